import { printable } from '../core/printable.ts';
import { NOT_TRIED, type ProbeResult, type Verdict } from '../core/verdict.ts';
import { VERDICTS, type Verification } from '../core/verification.ts';

/** Colours a word by what it says; gives it back unchanged where there are no colours. */
export type Paint = (verdict: Verdict, text: string) => string;

const WORD: Record<Verdict, string> = {
  held: 'held',
  breached: 'BREACHED',
  inconclusive: 'UNCLEAR',
  residual: 'residual',
  'not-applicable': 'n/a',
};
const MARGIN = 11;

/** For people: the groups with their probes, evidence for whatever is not held, what remains, and the sum. */
export function verdictsText(verification: Verification, paint: Paint, width: number): string {
  const columns = Math.min(Math.max(width, 60), 100);
  const { target, probes, summary } = verification;
  const groups = [...new Set(probes.map(({ group }) => group))];
  const lines = [`Attacked: ${printable(target.name)}`, ''];
  for (const group of groups) {
    lines.push(group);
    for (const probe of probes.filter((one) => one.group === group)) lines.push(...line(probe, paint, columns));
    lines.push('');
  }
  lines.push(...table(probes, groups), '', ...remains(verification, columns), '');
  const { breached, inconclusive, residual, held } = summary.probes;
  const skipped = summary.probes['not-applicable'];
  const { open } = summary.attacks;
  lines.push(
    ...wrap(
      `${probes.length} probe${probes.length === 1 ? '' : 's'} in ${summary.seconds.toFixed(1)} s: ${held} held, ${breached} breached, ${residual} residual, ${inconclusive} could not be concluded, ${skipped} not applicable. ${open} known attacks are tried by no probe.`,
      0,
      columns,
    ),
  );
  const untried = probes.filter(({ evidence }) => evidence === NOT_TRIED).length;
  // Part of what could not be concluded, and nothing to look into.
  if (untried > 0) lines.push(...wrap(`${untried} of these were ${NOT_TRIED}.`, 0, columns));
  return `${lines.join('\n')}\n`;
}

function line(probe: ProbeResult, paint: Paint, columns: number): readonly string[] {
  const { verdict } = probe;
  const [first = '', ...rest] = wrap(`${probe.title} [${probe.id}]`, MARGIN, columns);
  const untried = probe.evidence === NOT_TRIED;
  const word = untried ? 'untried' : WORD[verdict];
  const head = `  ${paint(verdict, word.padEnd(MARGIN - 2))}${first.slice(MARGIN)}`;
  if (verdict === 'held' || untried) return [head, ...rest];
  const attacks = verdict === 'breached' || verdict === 'residual' ? [`attacks: ${probe.attacks.join(', ')}`] : [];
  const said = [...probe.evidence.split('\n'), ...attacks].flatMap((text) =>
    wrap(printable(text), MARGIN + 2, columns),
  );
  return [head, ...rest, ...said];
}

function table(probes: readonly ProbeResult[], groups: readonly string[]): readonly string[] {
  const row = (name: string, of: readonly ProbeResult[]): string =>
    name.padEnd(14) +
    VERDICTS.map((verdict) => String(of.filter((one) => one.verdict === verdict).length).padStart(10)).join('');
  return [
    ''.padEnd(14) + ['breached', 'unclear', 'residual', 'held', 'n/a'].map((name) => name.padStart(10)).join(''),
    ...groups.map((group) =>
      row(
        group,
        probes.filter((probe) => probe.group === group),
      ),
    ),
    row('all', probes),
  ];
}

function remains({ residual }: Verification, columns: number): readonly string[] {
  const stated = residual.filter(({ kind }) => kind !== 'open');
  const open = residual.filter(({ kind }) => kind === 'open').map(({ about }) => about);
  return [
    'What remains:',
    ...stated.flatMap(({ kind, about, because }) => {
      const accepted = kind === 'accepted' ? 'accepted: ' : '';
      return bullet(printable(`${about}: ${accepted}${because}`), columns);
    }),
    ...(open.length > 0 ? bullet(`tried by no probe: ${open.join(', ')}`, columns) : []),
  ];
}

const bullet = (text: string, columns: number): readonly string[] =>
  wrap(text, 4, columns).map((one, index) => (index === 0 ? `  - ${one.slice(4)}` : one));

/** Words on lines of at most `columns`, each with a margin; a longer word has a line of its own. */
function wrap(text: string, margin: number, columns: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    if (current !== '' && margin + current.length + 1 + word.length > columns) {
      lines.push(current);
      current = word;
    } else {
      current = current === '' ? word : `${current} ${word}`;
    }
  }
  return [...lines, current].map((one) => ' '.repeat(margin) + one);
}
