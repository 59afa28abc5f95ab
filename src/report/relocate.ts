import type { NotChecked } from '../core/finding.ts';
import type { Located, Span } from '../core/span.ts';
import type { AuditReport, Reported } from './findings.ts';

/** The same report with `prefix` before every path: for readers that start from another folder than the audited one. */
export function relocated(report: AuditReport, prefix: string): AuditReport {
  if (prefix === '') return report;
  const span = (at: Span): Span => ({ ...at, file: prefix + at.file });
  const located = ({ value, span: at }: Located<string>): Located<string> => ({ value, span: span(at) });
  const finding = (one: Reported): Reported => ({
    ...one,
    at: span(one.at),
    ...(one.see ? { see: one.see.map(located) } : {}),
  });
  const unread = ({ file, reason, span: at }: NotChecked): NotChecked => ({
    file: prefix + file,
    reason,
    ...(at ? { span: span(at) } : {}),
  });
  const { baseline } = report;
  return {
    ...report,
    findings: report.findings.map(finding),
    accepted: report.accepted.map((one) => ({ ...one, findings: one.findings.map(finding) })),
    silenced: report.silenced.map((one) => ({
      ...one,
      finding: finding(one.finding),
      ...(one.at ? { at: span(one.at) } : {}),
    })),
    unusedIgnores: report.unusedIgnores.map(located),
    ...(baseline
      ? { baseline: { ...baseline, gone: baseline.gone.map((one) => ({ ...one, file: prefix + one.file })) } }
      : {}),
    notChecked: report.notChecked.map(unread),
    configurations: report.configurations.map((file) => prefix + file),
    texts: new Map([...report.texts].map(([file, text]) => [prefix + file, text])),
  };
}
