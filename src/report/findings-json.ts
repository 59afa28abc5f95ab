import { type AuditReport, countBySeverity, placeOf } from './findings.ts';
import { Places } from './places.ts';

/** The document of `audit --format json`; its schema is schema/audit.schema.json. Paths are relative to the audited root. */
export function findingsJson(report: AuditReport): string {
  const { findings, accepted, notChecked, configurations, texts } = report;
  const places = new Places(texts);
  const document = {
    schemaVersion: 1,
    findings: findings.map((finding) => ({
      rule: finding.rule,
      severity: finding.severity,
      confidence: finding.confidence,
      message: finding.message,
      file: finding.at.file,
      ...placeOf(finding, places),
      fixable: false,
      attacks: finding.attacks,
    })),
    notChecked: notChecked.map(({ file, reason }) => ({ file, reason })),
    summary: {
      configurations,
      files: texts.size,
      rules: report.rules,
      findings: countBySeverity(findings),
      accepted: accepted.map(({ id, because, findings: list }) => ({ id, because, findings: list.length })),
      notChecked: notChecked.length,
      hidden: report.hidden,
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
