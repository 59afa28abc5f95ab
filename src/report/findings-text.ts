import type { Finding, Severity } from '../core/finding.ts';
import { printable } from '../core/printable.ts';
import type { Span } from '../core/span.ts';
import { type AuditReport, countBySeverity } from './findings.ts';
import { codeFrame, wrap } from './frame.ts';
import { maskedTexts } from './masked.ts';
import { Places } from './places.ts';

export type Paint = (style: 'red' | 'yellow' | 'cyan' | 'bold' | 'dim' | 'green', text: string) => string;

const COLOURS = { critical: 'red', high: 'red', medium: 'yellow', low: 'cyan' } as const satisfies Record<
  Severity,
  string
>;

/** The report for people, at most `width` columns wide where the words allow it. */
export function findingsText(report: AuditReport, options: { width: number; paint: Paint }): string {
  const width = Math.min(Math.max(options.width, 40), 80);
  const { paint } = options;
  const places = new Places(report.texts);
  // Another finding's line may hold a secret too.
  const texts = maskedTexts(report);
  const parts = report.findings.map((finding) => oneFinding(finding, texts, places, width, paint));
  if (report.accepted.length > 0) {
    const lines = report.accepted.map(({ id, because, findings }) => {
      const count = findings.length === 1 ? '1 finding' : `${findings.length} findings`;
      return wrap(`  ${id} (${count}): ${printable(because)}`, width, '    ').replace(/^/, '  ');
    });
    parts.push(['Accepted by the policy:', ...lines].join('\n'));
  }
  parts.push(...silencedParts(report, places, width));
  if (report.notChecked.length > 0) {
    const lines = report.notChecked.map(({ file, reason, span }) => {
      const at = span ? places.at(span.file, span.start) : undefined;
      const place = at ? `${file}:${at.line}:${at.column}` : file;
      return `  ${wrap(`${printable(place)}: ${printable(reason)}`, width - 2, '    ')}`;
    });
    parts.push([paint('yellow', 'Not checked:'), ...lines].join('\n'));
  }
  parts.push(summary(report, width, paint));
  return `${parts.join('\n\n')}\n`;
}

/** What the repository's own files silence: said every time, because whoever writes those files may be the agent. */
function silencedParts(report: AuditReport, places: Places, width: number): readonly string[] {
  const { silenced, unusedIgnores, baseline } = report;
  const at = ({ file, start }: Span): string => {
    const { line, column } = places.at(file, start);
    return `${file}:${line}:${column}`;
  };
  const item = (text: string): string => `  ${wrap(printable(text), width - 2, '    ')}`;
  const section = (title: string, items: readonly string[]): readonly string[] =>
    items.length > 0 ? [[title, ...items.map(item)].join('\n')] : [];
  return [
    ...section(
      'Ignored by comments:',
      silenced
        .filter(({ by }) => by === 'comment')
        .map(({ finding, because }) => `${at(finding.at)} ${finding.rule} (${finding.severity}): ${because}`),
    ),
    ...section(
      'Ignore comments that silence nothing:',
      unusedIgnores.map(({ value, span }) => `${at(span)} ${value}`),
    ),
    ...section(
      'Gone since the baseline (--write-baseline forgets them):',
      (baseline?.gone ?? []).map(({ rule, file, message }) => `${file} ${rule}: ${message}`),
    ),
  ];
}

function oneFinding(
  finding: Finding,
  texts: AuditReport['texts'],
  places: Places,
  width: number,
  paint: Paint,
): string {
  const { rule, severity, confidence, attacks, at, see, fix } = finding;
  const place = places.at(at.file, at.start);
  const frame = codeFrame(texts.get(at.file) ?? '', at, place, { width, secret: finding.secret === true });
  const [code = '', carets = ''] = frame.lines;
  const title = wrap(`${severity} [${rule}] ${printable(finding.message)}`, width, '  ');
  const margin = ' '.repeat(carets.indexOf('|'));
  const lines = [
    paint('bold', title).replace(severity, paint(COLOURS[severity], severity)),
    `${margin.slice(0, -1)}--> ${printable(at.file)}:${place.line}:${place.column}`,
    code,
    paint(COLOURS[severity], carets),
  ];
  for (const { value, span } of see ?? []) {
    const { line, column } = places.at(span.file, span.start);
    lines.push(
      `${margin}= ${wrap(`see ${printable(span.file)}:${line}:${column}: ${printable(value)}`, width - margin.length - 2, `${margin}  `)}`,
    );
  }
  const sure = confidence === 'high' ? '' : `, confidence ${confidence}`;
  lines.push(`${margin}= ${wrap(`attacks: ${attacks.join(' ')}${sure}`, width - margin.length - 2, `${margin}  `)}`);
  if (fix) {
    const text = `[fixable] ${fix.safe ? '' : 'unsafe: '}${printable(fix.does)}`;
    lines.push(`${margin}= ${wrap(text, width - margin.length - 2, `${margin}  `)}`);
  }
  lines.push(paint('dim', `${margin}= help: cofferdam explain ${rule}`));
  return lines.join('\n');
}

function summary(report: AuditReport, width: number, paint: Paint): string {
  const { findings, notChecked, configurations, hidden, silenced, baseline, leftOut } = report;
  const ignored = silenced.filter(({ by }) => by === 'comment').length;
  const counts = countBySeverity(findings);
  const each = (['critical', 'high', 'medium', 'low'] as const)
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severity}`);
  const where = `${plural(configurations.length, 'dev container')}, ${plural(report.texts.size, 'file')}, ${report.rules} rules`;
  const found =
    findings.length === 0
      ? baseline
        ? 'No new findings'
        : 'No findings'
      : `${plural(findings.length, baseline ? 'new finding' : 'finding')} (${each.join(', ')})`;
  const rest = [
    ...(report.accepted.length > 0 ? [`${report.accepted.length} accepted`] : []),
    ...(ignored > 0 ? [`${ignored} ignored by comments`] : []),
    ...(baseline ? [`${baseline.known} known from the baseline, ${baseline.gone.length} gone`] : []),
    ...(leftOut.length > 0 ? [`left out: ${leftOut.join(' ')}`] : []),
    ...(notChecked.length > 0 ? [`${notChecked.length} not checked`] : []),
    ...(hidden > 0 ? [`${hidden} more with --pedantic`] : []),
  ];
  const line = wrap(`${found} in ${where}${rest.length > 0 ? `; ${rest.join(', ')}` : ''}.`, width);
  const good = findings.length === 0 && notChecked.length === 0;
  // Only where there is a policy is anything accepted.
  const remains = report.accepted.length > 0 ? '\nWhat remains: cofferdam explain --risks' : '';
  const note = 'Files only: what the running container really stops, `cofferdam verify` attacks.';
  return `${paint(good ? 'green' : 'bold', line)}\n${wrap(note, width)}${remains}`;
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
