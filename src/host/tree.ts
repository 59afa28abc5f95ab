import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { join, sep } from 'node:path';

/** What reading one file gives; a reason instead of an error, because an audit goes on. */
export type TreeFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** A folder that is only read, and out of which no link leads. */
export interface ReadOnlyTree {
  read(path: string): TreeFile;
  /** Names, folders with a trailing slash; empty where there is no folder or it can't be listed, see `faults`. */
  list(folder: string): readonly string[];
  /** Whether the last part of a path is a symbolic link. */
  isLink(path: string): boolean;
  /** Folders that could not be listed. */
  readonly faults: readonly { readonly file: string; readonly reason: string }[];
}

/** More than any configuration; some compose files of generators have a few hundred kilobytes. */
const MAX_BYTES = 2 * 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  ELOOP: 'its links go in a circle',
  ENAMETOOLONG: 'its name is too long',
};

/**
 * `root` as a tree for the auditor. Links inside of it are followed, one that leads out of it is a reason: a hostile
 * repository must not make the report show files of the host.
 */
export function readOnlyTree(root: string): ReadOnlyTree {
  const top = realpathSync.native(root);
  const faults: { file: string; reason: string }[] = [];
  const real = (path: string): string | undefined => {
    const found = realpathSync.native(join(top, path));
    return found === top || found.startsWith(top.endsWith(sep) ? top : top + sep) ? found : undefined;
  };
  return {
    faults,
    isLink,
    read(path) {
      try {
        const file = real(path);
        return file === undefined
          ? { kind: 'unreadable', reason: 'a link that leads out of the audited folder' }
          : readText(file);
      } catch (error) {
        return fault(error);
      }
    },
    list(folder) {
      try {
        const found = real(folder);
        if (found === undefined) return [];
        return readdirSync(found, { withFileTypes: true })
          .map((entry) => {
            const isFolder =
              entry.isDirectory() || (entry.isSymbolicLink() && pointsAtFolder(join(folder, entry.name)));
            return isFolder ? `${entry.name}/` : entry.name;
          })
          .sort();
      } catch (error) {
        const why = fault(error);
        if (why.kind === 'unreadable') faults.push({ file: folder || '.', reason: why.reason });
        return [];
      }
    },
  };

  function isLink(path: string): boolean {
    return lstatSync(join(top, path), { throwIfNoEntry: false })?.isSymbolicLink() === true;
  }

  function pointsAtFolder(path: string): boolean {
    try {
      const found = real(path);
      return found !== undefined && statSync(found).isDirectory();
    } catch {
      return false;
    }
  }
}

function readText(file: string): TreeFile {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return { kind: 'unreadable', reason: 'not a regular file' };
    if (!(stat.size <= MAX_BYTES)) return { kind: 'unreadable', reason: `larger than ${MAX_BYTES / 1024} KiB` };
    const bytes = readFileSync(descriptor);
    if (!(bytes.length <= MAX_BYTES)) return { kind: 'unreadable', reason: `larger than ${MAX_BYTES / 1024} KiB` };
    return decode(bytes);
  } finally {
    closeSync(descriptor);
  }
}

function decode(bytes: Uint8Array): TreeFile {
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { kind: 'unreadable', reason: 'not UTF-8 text' };
  }
}

function fault(error: unknown): TreeFile {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
  if (code === '') throw error;
  return { kind: 'unreadable', reason: REASONS[code] ?? code };
}
