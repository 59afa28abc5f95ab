import type { ProtectedPath } from './git-paths.ts';

/** A path that a commit changes, and what is there afterwards (git's mode; 160000 is another repository). */
export interface ChangedPath {
  readonly path: string;
  readonly mode: string;
}

export interface HostPath {
  readonly path: string;
  readonly why: string;
}

/**
 * What file systems leave out when they compare names: HFS+ some (Apple TN1150; CVE-2014-9390), ext4 and f2fs with
 * `casefold` all that Unicode calls so (the kernel's fs/unicode, Default_Ignorable_Code_Point).
 */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * A path as the most forgiving file system would take it: no case, one form of Unicode, a backslash for a slash, no dots
 * and spaces at the end of a name and nothing after a colon (NTFS: CVE-2019-1352).
 */
export const folded = (path: string): string =>
  path
    .replace(IGNORABLE, '')
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC')
    .split(/[\\/]/)
    .map((name) => name.replace(/:.*$/s, '').replace(/(?<![. ])[. ]+$/, ''))
    .join('/');

/** `VSCODE~1` is another name of `.vscode` on NTFS: six letters at most, without dots. */
const short = (name: string): string => name.replace(/[^a-z0-9_-]/g, '').slice(0, 6);

function sameName(name: string, own: string): boolean {
  const [, stem] = /^([^~]{1,6})~\d+$/.exec(name) ?? [];
  return name === own || (stem !== undefined && stem === short(own));
}

/** Whether `path` is `own`, lies below it, or (a file in place of a folder) above it. */
function touches(path: readonly string[], own: readonly string[]): boolean {
  const length = Math.min(path.length, own.length);
  return path.slice(0, length).every((name, index) => sameName(name, own[index] ?? ''));
}

/**
 * Of the paths that commits change, those that the host executes: an agent that cannot write them in its checkout can still
 * commit a tree that has them. Also repositories within the repository: git on the host looks into one.
 */
export function executedPaths(
  changed: readonly ChangedPath[],
  protectedPaths: readonly ProtectedPath[],
): readonly HostPath[] {
  const own = protectedPaths
    .filter(({ access, path }) => access === 'read-only' && !path.startsWith('.git/'))
    .map(({ path, why }) => ({ parts: folded(path).split('/'), why }));
  const found = new Map<string, string>();
  for (const { path, mode } of changed) {
    const parts = folded(path).split('/');
    const why = own.find((each) => touches(parts, each.parts))?.why;
    if (why !== undefined) found.set(path, why);
    else if (mode === '160000') found.set(path, 'a repository in the repository, whose configuration names programs');
  }
  return [...found].map(([path, why]) => ({ path, why })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Whether a path, or a folder that it is in, is among those that the user accepted. */
export const isAccepted = (path: string, accepted: readonly string[]): boolean =>
  accepted.some((one) => {
    const own = one.replace(/(?<!\/)\/+$/, '');
    return own !== '' && (path === own || path.startsWith(`${own}/`));
  });

/** The output of `git diff-tree -r -z --raw`, also of merges (`-c`) and of several commits (`--stdin`). */
export function parseRawDiff(text: string): readonly ChangedPath[] {
  const words = text.split('\0');
  const found: ChangedPath[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [, colons = ''] = /^(:+)[0-7]{6} /.exec(word) ?? [];
    if (colons === '') continue; // a commit's name
    const mode = word.slice(colons.length).split(' ')[colons.length] ?? '';
    at++;
    found.push({ path: words[at] ?? '', mode });
  }
  return found;
}
