import type { Severity } from '../core/finding.ts';
import { printable } from '../core/printable.ts';
import type { Span } from '../core/span.ts';
import { type AuditReport, countBySeverity, placeOf } from './findings.ts';
import { Places } from './places.ts';

const COMMANDS = { critical: 'error', high: 'error', medium: 'warning', low: 'notice' } as const satisfies Record<
  Severity,
  string
>;

/**
 * What stands behind the `::` of a workflow command. `%`, and in properties `:` and `,`, are written as percent signs with
 * a number, as GitHub's own toolkit does; line breaks never get here. `##[` starts a command of the older kind anywhere in
 * a line.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
const data = (text: string): string => plain(text).replaceAll('%', '%25');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** A line that is no command, whatever the repository has named its files. */
const plain = (text: string): string =>
  printable(text)
    .replaceAll('##[', '# #[')
    .replace(/^\s*::/, ': :');

/** Workflow commands, so that GitHub shows each finding beside its line, and the sums as plain lines. */
export function findingsGithub(report: AuditReport): string {
  const { findings, accepted, silenced, unusedIgnores, baseline, notChecked, configurations, texts } = report;
  const places = new Places(texts);
  const at = (span: Span): string => {
    const { line, column, endLine, endColumn } = placeOf({ at: span }, places);
    // GitHub takes columns only where the text is on one line; its last column is the last one that is marked.
    const columns = line === endLine ? `,col=${column},endColumn=${Math.max(endColumn - 1, column)}` : '';
    return `file=${property(span.file)},line=${line},endLine=${endLine}${columns}`;
  };
  const place = (span: Span): string => {
    const { line, column } = places.at(span.file, span.start);
    return `${span.file}:${line}:${column}`;
  };
  const lines = findings.map(({ rule, severity, at: span, message, attacks, see }) => {
    const more = (see ?? []).map(({ value, span: other }) => ` (see ${place(other)}: ${value})`).join('');
    const text = `${message}${more}; attacks: ${attacks.join(' ')}; cofferdam explain ${rule}`;
    return `::${COMMANDS[severity]} ${at(span)},title=${property(`${severity}: ${rule}`)}::${data(text)}`;
  });
  for (const { file, reason, span } of notChecked) {
    const where = span ? at(span) : `file=${property(file)}`;
    lines.push(`::error ${where},title=${property('not checked')}::${data(`${file}: ${reason}`)}`);
  }
  for (const { value, span } of unusedIgnores) {
    lines.push(
      `::notice ${at(span)},title=${property('unused ignore comment')}::${data(`nothing to ignore: ${value}`)}`,
    );
  }
  for (const { id, because, findings: list } of accepted) {
    lines.push(plain(`accepted by the policy: ${id} (${list.length} findings): ${because}`));
  }
  for (const { finding, by, because } of silenced) {
    const how = by === 'comment' ? `ignored (${because})` : 'known from the baseline';
    lines.push(plain(`${how}: ${finding.severity} ${finding.rule} ${place(finding.at)}`));
  }
  for (const { rule, file, message } of baseline?.gone ?? []) {
    lines.push(plain(`gone since the baseline: ${rule} ${file}: ${message}`));
  }
  const counts = countBySeverity(findings);
  const sums = (['critical', 'high', 'medium', 'low'] as const).map((severity) => `${counts[severity]} ${severity}`);
  lines.push(
    plain(
      `cofferdam audit: dev containers: ${configurations.length}, files: ${texts.size}, rules: ${report.rules}; findings: ${sums.join(', ')}; silenced: ${silenced.length}; not checked: ${notChecked.length}`,
    ),
  );
  return `${lines.join('\n')}\n`;
}
