import type { Span } from '../core/span.ts';
import { type AuditReport, countBySeverity, placeOf } from './findings.ts';
import { Places } from './places.ts';

/** The document of `audit --format json`; its schema is schema/audit.schema.json. Paths are relative to the audited root. */
export function findingsJson(report: AuditReport): string {
  const { findings, accepted, silenced, unusedIgnores, baseline, notChecked, configurations, texts } = report;
  const places = new Places(texts);
  const start = (at: Span) => ({ file: at.file, ...places.at(at.file, at.start) });
  const document = {
    schemaVersion: 1,
    findings: findings.map((finding) => ({
      rule: finding.rule,
      severity: finding.severity,
      confidence: finding.confidence,
      message: finding.message,
      file: finding.at.file,
      ...placeOf(finding, places),
      fixable: finding.fix !== undefined,
      ...(finding.fix ? { fix: { safe: finding.fix.safe, does: finding.fix.does } } : {}),
      attacks: finding.attacks,
      fingerprint: finding.fingerprint,
    })),
    notChecked: notChecked.map(({ file, reason }) => ({ file, reason })),
    summary: {
      configurations,
      files: texts.size,
      rules: report.rules,
      leftOut: report.leftOut,
      findings: countBySeverity(findings),
      accepted: accepted.map(({ id, because, findings: list }) => ({ id, because, findings: list.length })),
      silenced: silenced.map(({ finding, by, because }) => ({
        rule: finding.rule,
        severity: finding.severity,
        message: finding.message,
        ...start(finding.at),
        fingerprint: finding.fingerprint,
        by,
        because,
      })),
      unusedIgnores: unusedIgnores.map(({ value, span }) => ({ rule: value, ...start(span) })),
      ...(baseline ? { baseline } : {}),
      notChecked: notChecked.length,
      hidden: report.hidden,
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
