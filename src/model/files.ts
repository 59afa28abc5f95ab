import { dirname } from 'node:path/posix';

export type FileRead =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  /** There, but it can't be read: too large, not UTF-8, a device, a link that leaves the root. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * A repository as the model sees it. Paths are relative to the audited root, with forward slashes and without `.` or
 * `..`; what lies outside the root is not asked for.
 */
export interface Files {
  read(path: string): FileRead;
  /** Names in a folder, folders marked with a trailing slash; empty if there is none. */
  list(folder: string): readonly string[];
  /** Whether the last part of a path is a symbolic link. */
  isLink(path: string): boolean;
}

/** An in-memory repository: for examples, tests and the library's users. */
export function memoryFiles(contents: Readonly<Record<string, string>>): Files {
  const paths = new Map(Object.entries(contents));
  return {
    read(path) {
      const text = paths.get(path);
      return text === undefined ? { kind: 'absent' } : { kind: 'text', text };
    },
    list(folder) {
      const prefix = folder === '' ? '' : `${folder}/`;
      const names = new Set<string>();
      for (const path of paths.keys()) {
        if (!path.startsWith(prefix)) continue;
        const [first = '', ...rest] = path.slice(prefix.length).split('/');
        names.add(rest.length > 0 ? `${first}/` : first);
      }
      return [...names].sort();
    },
    isLink: () => false,
  };
}

/** The folder of a path; '' at the root. */
export const folderOf = (path: string): string => (dirname(path) === '.' ? '' : dirname(path));

/**
 * `path` as seen from `folder`, relative to the root: `../x` from `.devcontainer` is `x`, the root itself is `.`.
 * Paths that leave the root start with `..`; absolute and home paths stay what they are.
 */
export function resolveFrom(folder: string, path: string): string {
  return normal(/^[/~]/.test(path) ? path : `${folder || '.'}/${path}`);
}

/** As `normalize` of Node, which takes the square of the length for `../../…`. */
function normal(path: string): string {
  const absolute = path.startsWith('/');
  /** What is above the home folder is not known. */
  const home = path.startsWith('~') ? 1 : 0;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > home && parts.at(-1) !== '..') parts.pop();
    else if (!absolute) parts.push(part);
  }
  return absolute ? `/${parts.join('/')}` : parts.join('/') || '.';
}

/** Whether a resolved path lies inside the root. */
export const insideRoot = (path: string): boolean => !/^(?:\/|~|\.\.(?:\/|$)|[A-Za-z]:[\\/])/.test(path);

/** Whether `path` is `folder` or lies below it; both resolved. `.` is the root. */
export function within(path: string, folder: string): boolean {
  if (folder === '/') return path.startsWith('/');
  if (folder === '.') return insideRoot(path);
  return path === folder || path.startsWith(`${folder}/`);
}
