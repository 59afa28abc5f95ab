import { printable } from '../core/printable.ts';
import type { ProbeResult } from '../core/verdict.ts';
import type { Verification } from '../core/verification.ts';

/** In TAP, `#` starts a directive and `\` escapes it (TAP 14, "Escaping"). */
const escaped = (text: string): string => printable(text).replace(/[\\#]/g, (character) => `\\${character}`);

/** TAP 14, with a plan. What could not be concluded is not ok: it was not shown to hold. */
export function verdictsTap({ probes, residual, summary }: Verification): string {
  const lines = ['TAP version 14', `1..${probes.length}`];
  for (const [index, probe] of probes.entries()) lines.push(...point(probe, index + 1));
  for (const { about, because } of residual) lines.push(`# remains: ${printable(about)}: ${printable(because)}`);
  const { held, breached, inconclusive, residual: left } = summary.probes;
  const skipped = summary.probes['not-applicable'];
  lines.push(
    `# held ${held}, breached ${breached}, inconclusive ${inconclusive}, residual ${left}, not applicable ${skipped}`,
  );
  return `${lines.join('\n')}\n`;
}

function point({ id, title, verdict, evidence, attacks, control }: ProbeResult, number: number): readonly string[] {
  const description = `${number} - ${escaped(`${id}: ${title}`)}`;
  if (verdict === 'not-applicable') return [`ok ${description} # SKIP ${printable(evidence)}`];
  if (verdict === 'held') return [`ok ${description}`];
  // `not ok` with this directive is what is known and does not count as a failure (TAP 14, "TODO tests").
  const known = verdict === 'residual' ? ' # TODO the policy leaves it open' : '';
  // A YAML block; its values are JSON strings, which are YAML.
  return [
    `not ok ${description}${known}`,
    '  ---',
    `  verdict: ${verdict}`,
    `  evidence: ${JSON.stringify(printable(evidence, { keepNewlines: true }))}`,
    `  attacks: ${JSON.stringify(attacks)}`,
    `  control: { ran: ${control.ran}, detected: ${control.detected} }`,
    '  ...',
  ];
}
