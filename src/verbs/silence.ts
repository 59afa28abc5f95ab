import type { Finding, NotChecked } from '../core/finding.ts';
import { nearest, unknownName } from '../core/nearest.ts';
import type { Located } from '../core/span.ts';
import { ignoreComments } from '../model/ignores.ts';
import { type AuditReport, isAtLeast, type Reported, type Silenced } from '../report/findings.ts';
import { RULES } from '../rules/index.ts';
import type { Baseline } from './baseline.ts';

/**
 * Takes the findings out that the repository's own ignore comments mean; each goes into `silenced` with its reason. A
 * comment that is not understood silences nothing and is listed as not checked. `checked`: rules whose findings are all here.
 */
export function withoutIgnored(report: AuditReport, checked: (rule: string) => boolean): AuditReport {
  const known = RULES.map(({ id }) => id);
  const notChecked: NotChecked[] = [...report.notChecked];
  const unusedIgnores: Located<string>[] = [];
  const silenced = new Map<Finding, Silenced>();
  for (const [file, text] of report.texts) {
    const comments = ignoreComments(file, text);
    if (comments.length === 0) continue;
    const here = report.findings.filter(({ at }) => at.file === file);
    for (const { span, rules, because, fault, covers } of comments) {
      const unknown = rules.find((id) => !known.includes(id));
      const wrong =
        fault ??
        (unknown === undefined
          ? undefined
          : unknownName('an ignore comment for a rule that there is not:', unknown, nearest(unknown, known)));
      if (wrong !== undefined) {
        notChecked.push({ file, reason: `${wrong.replace(/\.$/, '')}; it silences nothing`, span });
        continue;
      }
      for (const rule of rules) {
        const meant = here.filter(
          (finding) =>
            finding.rule === rule &&
            covers.some(({ start, end }) => start <= finding.at.start && finding.at.start < end),
        );
        for (const finding of meant) silenced.set(finding, { finding, by: 'comment', because, at: span });
        if (meant.length === 0 && checked(rule)) unusedIgnores.push({ value: rule, span });
      }
    }
  }
  return {
    ...report,
    findings: report.findings.filter((finding) => !silenced.has(finding)),
    silenced: [...report.silenced, ...silenced.values()],
    unusedIgnores,
    notChecked,
  };
}

/**
 * Takes the findings out that the baseline knows, unless they have become worse, and tells which of it are gone. What
 * could not be `checked` this time is not called gone.
 */
export function withoutKnown(
  report: AuditReport,
  baseline: Baseline,
  checked: (rule: string, file: string) => boolean,
): AuditReport {
  const known = new Map(baseline.findings.map((entry) => [entry.fingerprint, entry]));
  const isKnown = ({ fingerprint, severity }: Reported): boolean => {
    const entry = known.get(fingerprint);
    return entry !== undefined && isAtLeast(entry.severity, severity);
  };
  const findings = report.findings.filter((finding) => !isKnown(finding));
  const silenced = report.findings
    .filter(isKnown)
    .map((finding): Silenced => ({ finding, by: 'baseline', because: 'known from the baseline' }));
  const found = new Set([...report.findings, ...report.silenced.map(({ finding }) => finding)].map(fingerprintOf));
  const gone = baseline.findings
    .filter(({ fingerprint, rule, file }) => !found.has(fingerprint) && checked(rule, file))
    .map(({ rule, file, message }) => ({ rule, file, message }));
  return {
    ...report,
    findings,
    silenced: [...report.silenced, ...silenced],
    baseline: { new: findings.length, known: silenced.length, gone },
  };
}

const fingerprintOf = ({ fingerprint }: Reported): string => fingerprint;
