import { type Finding, type NotChecked, SEVERITIES, type Severity } from '../core/finding.ts';
import type { Located, Span } from '../core/span.ts';
import type { Places } from './places.ts';

/** Findings that the policy accepts, with its reason. Printed in every report, also where nothing was found. */
export interface Accepted {
  readonly id: string;
  readonly because: string;
  readonly findings: readonly Reported[];
}

/** A finding under a name that it keeps while the text it points at stays the same, wherever that moves in its file. */
export interface Reported extends Finding {
  readonly fingerprint: string;
}

/** A finding that an ignore comment or the baseline silences: it counts as neither new nor clean. */
export interface Silenced {
  readonly finding: Reported;
  readonly by: 'comment' | 'baseline';
  readonly because: string;
  /** The comment. */
  readonly at?: Span;
}

/** How the findings differ from those that a baseline file holds. */
export interface BaselineDifference {
  readonly new: number;
  readonly known: number;
  /** In the file, but not found any more. */
  readonly gone: readonly { readonly rule: string; readonly file: string; readonly message: string }[];
}

/** Everything that an audit has to say, before it becomes text, JSON or another format. */
export interface AuditReport {
  readonly findings: readonly Reported[];
  readonly accepted: readonly Accepted[];
  /** Found, but silenced in the repository. Printed in every report. */
  readonly silenced: readonly Silenced[];
  /** Ignore comments that silence nothing, each with its rule. */
  readonly unusedIgnores: readonly Located<string>[];
  /** Only where there was a baseline. */
  readonly baseline?: BaselineDifference;
  /** Rules that were left out on the command line. */
  readonly leftOut: readonly string[];
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
export function sortFindings<F extends Finding>(findings: readonly F[]): readonly F[] {
  return [...findings].sort(
    (a, b) =>
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      compare(a.at.file, b.at.file) ||
      a.at.start - b.at.start ||
      compare(a.rule, b.rule),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Where something starts and ends, as people and editors count. */
export function placeOf({ at }: { readonly at: Span }, places: Places) {
  const start = places.at(at.file, at.start);
  const end = places.at(at.file, at.end);
  return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}
