import { type Finding, type NotChecked, SEVERITIES, type Severity } from '../core/finding.ts';
import type { Places } from './places.ts';

/** Findings that the policy accepts, with its reason. Printed in every report, also where nothing was found. */
export interface Accepted {
  readonly id: string;
  readonly because: string;
  readonly findings: readonly Finding[];
}

/** Everything that an audit has to say, before it becomes text or JSON. */
export interface AuditReport {
  readonly findings: readonly Finding[];
  readonly accepted: readonly Accepted[];
  readonly notChecked: readonly NotChecked[];
  /** Findings that only `--pedantic` shows. */
  readonly hidden: number;
  readonly configurations: readonly string[];
  readonly rules: number;
  /** Texts of the files that were read, by the names that the findings use. */
  readonly texts: ReadonlyMap<string, string>;
}

export const isAtLeast = (severity: Severity, floor: Severity): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(floor);

/** How many findings there are of each severity. */
export function countBySeverity(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const count = { low: 0, medium: 0, high: 0, critical: 0 };
  for (const { severity } of findings) count[severity]++;
  return count;
}

/** Worst first; within a severity by place, so that two runs print the same. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort(
    (a, b) =>
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      compare(a.at.file, b.at.file) ||
      a.at.start - b.at.start ||
      compare(a.rule, b.rule),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Where a finding starts and ends, as people and editors count. */
export function placeOf({ at }: Finding, places: Places) {
  const start = places.at(at.file, at.start);
  const end = places.at(at.file, at.end);
  return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}
