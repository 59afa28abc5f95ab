import type { Finding, NotChecked } from '../core/finding.ts';
import { type Candidate, planPass } from '../edits/pass.ts';
import { Places } from '../report/places.ts';

/** What an audit saw: enough to compare two of them. */
export interface Seen {
  readonly findings: readonly Finding[];
  readonly notChecked: readonly NotChecked[];
  readonly texts: ReadonlyMap<string, string>;
}

/** What is fixed: files that can be audited with changes that are not made yet. */
export interface Subject {
  /** Audits with these texts in place of what the files hold. */
  look(trial: ReadonlyMap<string, string>): Promise<Seen>;
  /** The text of a file that may be changed. Throws `Refused` for one that may not; `audited` is what the audit read. */
  editable(file: string, audited: string | undefined): string;
  /** These texts count from now on. */
  commit(texts: ReadonlyMap<string, string>): void;
  /** Whether the user wants this finding fixed. */
  wanted(finding: Finding): boolean;
  /** Also what may stop something from working. */
  readonly unsafe: boolean;
}

/** What became of one finding that has a fix. */
export interface Outcome {
  /** As the file was when it was tried. */
  readonly place: string;
  readonly rule: string;
  readonly does: string;
  /** Why the file stays as it is; undefined: fixed. */
  readonly refused?: string;
}

export interface Fixed {
  readonly outcomes: readonly Outcome[];
  /** Findings whose fix waits for `--fix-unsafe`. */
  readonly unsafe: number;
}

/** Fixes until nothing more can be fixed. Each step is audited before it counts. */
export async function fixAll(subject: Subject): Promise<Fixed> {
  const outcomes: Outcome[] = [];
  const refused = new Set<string>();
  let report = await subject.look(new Map());
  let most = Number.POSITIVE_INFINITY;
  for (;;) {
    const candidates = named(report).filter(
      ({ id, finding, fix }) => subject.wanted(finding) && !refused.has(id) && (fix.safe || subject.unsafe),
    );
    if (candidates.length === 0) break;
    const pass = planPass(candidates.slice(0, most), (file) => subject.editable(file, report.texts.get(file)));
    for (const { candidate, reason } of pass.refused) {
      refused.add(candidate.id);
      outcomes.push(outcome(candidate, report, reason));
    }
    if (pass.taken.length === 0) continue;
    const after = await subject.look(pass.texts);
    const fault = compare(report, after, pass.taken);
    if (fault === undefined) {
      for (const candidate of pass.taken) outcomes.push(outcome(candidate, report));
      subject.commit(pass.texts);
      report = after;
      most = Number.POSITIVE_INFINITY;
    } else if (pass.taken.length > 1) {
      // One of them is at fault: fewer at once, until it stands alone.
      most = Math.max(1, Math.floor(Math.min(most, candidates.length) / 2));
    } else {
      for (const candidate of pass.taken) {
        refused.add(candidate.id);
        outcomes.push(outcome(candidate, report, fault));
      }
    }
  }
  const unsafe = report.findings.filter((finding) => subject.wanted(finding) && finding.fix?.safe === false).length;
  return { outcomes, unsafe: subject.unsafe ? 0 : unsafe };
}

const keyOf = ({ rule, at, message }: Finding): string => `${rule}\n${at.file}\n${message}`;

/** The findings that have a fix, under names that hold while lines move: several of one name are numbered. */
function named({ findings }: Seen): readonly Candidate[] {
  const counts = new Map<string, number>();
  return findings.flatMap((finding) => {
    const key = keyOf(finding);
    const number = counts.get(key) ?? 0;
    counts.set(key, number + 1);
    return finding.fix ? [{ id: `${key}\n${number}`, finding, fix: finding.fix }] : [];
  });
}

function outcome({ finding, fix }: Candidate, { texts }: Seen, reason?: string): Outcome {
  const { line, column } = new Places(texts).at(finding.at.file, finding.at.start);
  return {
    place: `${finding.at.file}:${line}:${column}`,
    rule: finding.rule,
    does: fix.does,
    ...(reason === undefined ? {} : { refused: reason }),
  };
}

/** Why the texts are worse than before, or no better; undefined where all that was to go is gone and nothing came. */
function compare(before: Seen, after: Seen, taken: readonly Candidate[]): string | undefined {
  const count = (findings: readonly Finding[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const finding of findings) counts.set(keyOf(finding), (counts.get(keyOf(finding)) ?? 0) + 1);
    return counts;
  };
  const was = count(before.findings);
  const is = count(after.findings);
  const fixed = count(taken.map(({ finding }) => finding));
  for (const finding of after.findings) {
    if ((is.get(keyOf(finding)) ?? 0) > (was.get(keyOf(finding)) ?? 0)) {
      return `it would lead to another finding: ${finding.rule} (${finding.message})`;
    }
  }
  for (const [key, number] of fixed) {
    if (!((is.get(key) ?? 0) <= (was.get(key) ?? 0) - number)) return 'the finding would still be there';
  }
  const known = new Set(before.notChecked.map(({ file, reason }) => `${file}\n${reason}`));
  const fresh = after.notChecked.find(({ file, reason }) => !known.has(`${file}\n${reason}`));
  return fresh && `something could not be checked any more: ${fresh.file}: ${fresh.reason}`;
}
