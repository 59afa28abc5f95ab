/**
 * What doctor says about one thing. `note`: a fact to know. `warn`: works, with less protection or comfort. `bad`: the box
 * would not contain. `missing`: a needed program is absent or too old. `unreachable`: could not be asked.
 */
export type State = 'ok' | 'note' | 'warn' | 'bad' | 'missing' | 'unreachable';

export interface Check {
  readonly name: string;
  readonly state: State;
  readonly found: string;
  /** What to do, as something that can be pasted where that is possible. */
  readonly next?: string;
  /** Where a security fact comes from. */
  readonly source?: string;
}

/** The numbers at the start of a version, or undefined: `v2.40.3-3` → [2, 40, 3]. */
export function versionOf(text: string): readonly number[] | undefined {
  const found = /^\D{0,2}(\d+(?:\.\d+)*)/.exec(text.trim())?.[1];
  return found?.split('.').map(Number);
}

/** Whether a version is at least another. An unreadable version is not. */
export function atLeast(text: string, wanted: string): boolean {
  const [has, asked] = [versionOf(text), versionOf(wanted)];
  if (!has || !asked) return false;
  for (const [index, part] of asked.entries()) {
    const own = has[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
