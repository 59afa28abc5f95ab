import type { Finding } from '../core/finding.ts';
import type { Fix } from '../core/fix.ts';
import { apart, type Change, type Opened, prepare } from './edit.ts';
import { applyEdits } from './text.ts';

/** A finding that is to be fixed, under a name that it keeps while lines move. */
export interface Candidate {
  readonly id: string;
  readonly finding: Finding;
  readonly fix: Fix;
}

export interface Pass {
  /** What is changed in one go. */
  readonly taken: readonly Candidate[];
  /** The new texts of the files that change. */
  readonly texts: ReadonlyMap<string, string>;
  readonly refused: readonly { readonly candidate: Candidate; readonly reason: string }[];
  /** Left for the next pass: they touch what another one changes. */
  readonly waiting: readonly Candidate[];
}

/**
 * As many fixes as can be made at once. All of them are worked out on the same texts, so no two may touch the same list
 * or map: what one of them found there, the other may have taken away.
 */
export function planPass(candidates: readonly Candidate[], read: (file: string) => string | undefined): Pass {
  const changes = new Map<string, Change[]>();
  const taken: Candidate[] = [];
  const refused: { candidate: Candidate; reason: string }[] = [];
  const waiting: Candidate[] = [];
  const opened: Opened = new Map();
  for (const candidate of candidates) {
    const prepared = prepare(candidate.fix, read, opened);
    if (prepared.kind === 'refused') {
      refused.push({ candidate, reason: prepared.reason });
      continue;
    }
    const files = [...prepared.files];
    const free = files.every(([file, change]) => (changes.get(file) ?? []).every((other) => apart(other, change)));
    if (!free) {
      waiting.push(candidate);
      continue;
    }
    for (const [file, change] of files) changes.set(file, [...(changes.get(file) ?? []), change]);
    taken.push(candidate);
  }
  const texts = new Map<string, string>();
  for (const [file, list] of changes) {
    const text = applyEdits(
      read(file) ?? '',
      list.flatMap(({ edits }) => edits),
    );
    // Cannot happen while claims hold; one at a time is right in any case.
    if (text === undefined) return planPass(candidates.slice(0, 1), read);
    texts.set(file, text);
  }
  return { taken, texts, refused, waiting };
}
