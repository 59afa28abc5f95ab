import { ATTACKS, type Attack, findAttack, GROUPS } from '../attacks/catalogue.ts';
import { ERRORS, ToolError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import { nearest, unknownName } from '../core/nearest.ts';
import { ruleUrl } from '../core/published.ts';
import type { Terminal } from '../host/terminal.ts';
import { DEFAULTS, residualRisks } from '../policy/residual.ts';
import { PROBES } from '../probes/index.ts';
import type { ProbeFacts } from '../probes/probe.ts';
import { wrap } from '../report/frame.ts';
import { RULES } from '../rules/index.ts';
import type { Example, Rule } from '../rules/rule.ts';

declare const __VERSION__: string;

interface Writer {
  readonly terminal: Terminal;
  readonly width: number;
}

/** Explains a rule, probe, attack or error by its ID; without one, lists the rules. */
export async function explain(id: string | undefined, json: boolean, terminal: Terminal): Promise<ExitCode> {
  const writer = { terminal, width: Math.min(Math.max(terminal.width, 40), 80) };
  if (id === undefined) {
    listRules(json, writer);
    return EXIT.ok;
  }
  const name = id.trim();
  const rule = RULES.find((candidate) => candidate.id === name);
  const probe = PROBES.find((candidate) => candidate.id === name);
  const attack = findAttack(name.toUpperCase());
  const error = Object.entries(ERRORS).find(([code]) => code === name);
  if (!rule && !probe && !attack && !error) throw unknown(name);
  if (json) {
    // A rule and a probe may share a name: they look for the same thing, in files and in the running box.
    const document = {
      schemaVersion: 1,
      ...(rule ? { rule: facts(rule) } : {}),
      ...(probe ? { probe: probeFacts(probe) } : {}),
      ...(attack ? { attack } : {}),
      ...(error ? { error: { code: error[0], ...error[1] } } : {}),
    };
    terminal.out(`${JSON.stringify(document, null, 2)}\n`);
    return EXIT.ok;
  }
  if (rule) explainRule(rule, writer);
  if (rule && probe) terminal.out('\n');
  if (probe) explainProbe(probe, writer);
  if (attack) explainAttack(attack, writer);
  if (error) {
    const [code, { title, why, exit }] = error;
    print(writer, [heading(writer, `${code} · ${title}`), `error, exit code ${exit}`, '', wrap(why, writer.width)]);
  }
  return EXIT.ok;
}

function explainAttack(attack: Attack, writer: Writer): void {
  const joined = (units: readonly { readonly id: string; readonly attacks: readonly string[] }[]): string =>
    units
      .filter(({ attacks }) => attacks.includes(attack.id))
      .map(({ id }) => id)
      .join(', ');
  const rules = joined(RULES);
  const probes = joined(PROBES);
  print(writer, [
    heading(writer, `${attack.id} · ${attack.title}`),
    `attack, ${attack.severity}, ${GROUPS[attack.group]}`,
    '',
    wrap(attack.summary, writer.width),
    '',
    wrap(`What remains: ${attack.residual}`, writer.width),
    wrap(rules === '' ? 'In files: no rule looks for it.' : `In files: ${rules}`, writer.width, '  '),
    wrap(probes === '' ? 'In the box: no probe tries it.' : `In the box: ${probes}`, writer.width, '  '),
  ]);
}

function explainProbe(probe: ProbeFacts, writer: Writer): void {
  const { width } = writer;
  print(writer, [
    heading(writer, `${probe.id} · ${probe.title}`),
    `probe of cofferdam verify, ${probe.group}`,
    '',
    wrap(probe.why, width),
    '',
    wrap(`What remains: ${probe.leaves}`, width),
    '',
    'Attacks:',
    ...probe.attacks.map((id) => attackLine(id, width)),
  ]);
}

const attackLine = (id: string, width: number): string =>
  `  ${wrap(`${id} ${findAttack(id)?.title ?? ''}`, width - 2, '         ')}`;

/** What the policy in `cwd` leaves open; without a policy, what the default box does. */
export async function explainRisks(cwd: string, json: boolean, terminal: Terminal): Promise<ExitCode> {
  const writer = { terminal, width: Math.min(Math.max(terminal.width, 40), 80) };
  const policy = await policyIn(cwd);
  const settings = policy ?? DEFAULTS;
  const risks = residualRisks(settings);
  if (json) {
    const document = { schemaVersion: 1, policy: policy !== undefined, risks, accepted: settings.accept };
    terminal.out(`${JSON.stringify(document, null, 2)}\n`);
    return EXIT.ok;
  }
  print(writer, [
    heading(
      writer,
      policy ? 'What this policy leaves open' : 'What the default box leaves open (there is no policy here)',
    ),
    '',
    ...risks.flatMap(({ setting, because, attacks }) => [
      wrap(`- ${setting === undefined ? '' : `${setting}: `}${because}`, writer.width, '  '),
      `  ${attacks.join(' ')}`,
    ]),
    ...(settings.accept.length > 0 ? ['', 'Accepted in the policy:'] : []),
    ...settings.accept.map(({ id, because }) => wrap(`- ${id}: ${because}`, writer.width, '  ')),
    '',
    wrap('`cofferdam explain ID` tells more about each; `cofferdam verify` attacks the rest.', writer.width),
  ]);
  return EXIT.ok;
}

async function policyIn(cwd: string) {
  const { findRoot } = await import('./project.ts');
  try {
    findRoot(cwd);
  } catch (error) {
    if (error instanceof ToolError && error.code === 'policy-missing') return undefined;
    throw error;
  }
  const { loadPolicy } = await import('./load-policy.ts');
  return loadPolicy(findRoot(cwd)).policy;
}

function explainRule(rule: Rule, writer: Writer): void {
  const { width } = writer;
  print(writer, [
    heading(writer, `${rule.id} · ${rule.title}`),
    `rule, ${rule.severity}${rule.persona === 'pedantic' ? ', only with --pedantic' : ''}`,
    '',
    wrap(rule.why, width),
    '',
    wrap(`What to do: ${rule.remedy}`, width),
    wrap(`What --fix does: ${rule.fixes ?? 'nothing; this is yours to change.'}`, width),
    '',
    'Attacks:',
    ...rule.attacks.map((id) => attackLine(id, width)),
    '',
    ...rule.bad.flatMap((example) => showExample('Found', example)),
    ...rule.good.flatMap((example) => showExample('Not found', example)),
    'See:',
    ...rule.references.map((reference) => `  ${reference}`),
    `  ${ruleUrl(__VERSION__, rule.id)}`,
  ]);
}

/** An example with what is found marked «so». */
function showExample(verdict: string, { title, files }: Example): readonly string[] {
  return [
    `${verdict}: ${title}`,
    ...Object.entries(files).flatMap(([file, text]) => [
      `    # ${file}`,
      ...text
        .trimEnd()
        .split('\n')
        .map((line) => `    ${line}`),
    ]),
    '',
  ];
}

function listRules(json: boolean, writer: Writer): void {
  if (json) {
    writer.terminal.out(`${JSON.stringify({ schemaVersion: 1, rules: RULES.map(facts) }, null, 2)}\n`);
    return;
  }
  const width = Math.max(...RULES.map(({ id }) => id.length));
  print(writer, [
    heading(
      writer,
      `${RULES.length} rules (and ${PROBES.length} probes, ${ATTACKS.length} attacks: docs/probes, docs/attacks.md)`,
    ),
    ...RULES.map(({ id, severity, title }) => {
      const lead = `${id.padEnd(width)}  ${severity.padEnd(8)}  `;
      const room = writer.width - lead.length;
      // On a narrow terminal the title gets lines of its own.
      return room >= 24
        ? lead + wrap(title, room, ' '.repeat(lead.length))
        : `${id}  ${severity}\n  ${wrap(title, writer.width - 2, '  ')}`;
    }),
    '',
    'cofferdam explain ID tells more about a rule, probe, attack (DKR-01) or error.',
  ]);
}

const facts = ({ check: _, ...rest }: Rule) => ({ ...rest, help: ruleUrl(__VERSION__, rest.id) });

const probeFacts = ({ id, title, group, attacks, why, leaves }: ProbeFacts) => ({
  id,
  title,
  group,
  attacks,
  why,
  leaves,
});

const heading = ({ terminal, width }: Writer, text: string): string =>
  terminal.style('out', 'bold', wrap(text, width, '  '));

const print = ({ terminal }: Writer, lines: readonly string[]): void => terminal.out(`${lines.join('\n')}\n`);

function unknown(id: string): ToolError {
  const known = [...RULES, ...PROBES, ...ATTACKS].map((unit): string => unit.id).concat(Object.keys(ERRORS));
  const near = nearest(id, known);
  const hint = near === undefined ? 'cofferdam explain lists the rules.' : `cofferdam explain ${near}`;
  return new ToolError('unknown-id', unknownName('Nothing is called', id, near), hint);
}
