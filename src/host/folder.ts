import { closeSync, constants, existsSync, lstatSync, openSync } from 'node:fs';
import { join } from 'node:path';

/** Why something on the disk is not what was asked for. The callers turn it into an error of their own. */
export class DiskFault extends Error {
  readonly path: string;
  readonly reason: 'link' | 'not-a-folder' | 'not-a-file' | 'too-large' | 'not-text';

  constructor(path: string, reason: DiskFault['reason'], message: string) {
    super(message);
    this.name = 'DiskFault';
    this.path = path;
    this.reason = reason;
  }
}

/** An open folder below the workspace, reached without following a link. */
export interface Folder {
  /** The path by which an entry of this very folder is reached, even if the folder is renamed meanwhile. */
  at(name: string): string;
  readonly descriptor: number | undefined;
  close(): void;
}

/**
 * Node has no openat(2). On Linux /proc/self/fd/N is the open folder itself (proc_pid_fd(5)), so a path through it can't be
 * redirected by renaming or linking what is above; elsewhere each component is looked at just before it is used.
 */
const BY_DESCRIPTOR = process.platform === 'linux' && existsSync('/proc/self/fd');

const FOLDER = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0);
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

export const errno = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** The parts of a path relative to the workspace. Paths are made by cofferdam; one that leads out is a fault of ours. */
export function partsOf(path: string): readonly string[] {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) {
    throw new Error(`not a path below the workspace: ${JSON.stringify(path)}`);
  }
  return parts;
}

function open(path: string): Folder {
  if (!BY_DESCRIPTOR) return { at: (name) => join(path, name), descriptor: undefined, close: () => {} };
  const descriptor = openSync(path, FOLDER);
  return { at: (name) => `/proc/self/fd/${descriptor}/${name}`, descriptor, close: () => closeSync(descriptor) };
}

/** The workspace folder itself; the user may name it through links. */
export const openRoot = (root: string): Folder => open(root);

/** The folder `name` in `parent`; undefined if there is nothing of that name. `path` is for the message. */
export function openChild(parent: Folder, name: string, path: string): Folder | undefined {
  const full = parent.at(name);
  const entry = lstatSync(full, { throwIfNoEntry: false });
  if (!entry) return undefined;
  if (entry.isSymbolicLink()) throw new DiskFault(path, 'link', `${path} is a symbolic link`);
  if (!entry.isDirectory()) throw new DiskFault(path, 'not-a-folder', `${path} is not a folder`);
  if (!BY_DESCRIPTOR) return open(full);
  const descriptor = openSync(full, FOLDER | NO_FOLLOW);
  return { at: (inner) => `/proc/self/fd/${descriptor}/${inner}`, descriptor, close: () => closeSync(descriptor) };
}

/** Runs `use` with the folder that holds `path`, or with undefined where that folder is missing. */
export function inParent<T>(root: string, path: string, use: (parent: Folder | undefined, name: string) => T): T {
  const parts = partsOf(path);
  const name = parts.at(-1) ?? '';
  const opened: Folder[] = [openRoot(root)];
  try {
    for (const [index, part] of parts.slice(0, -1).entries()) {
      const last = opened.at(-1);
      const next = last && openChild(last, part, parts.slice(0, index + 1).join('/'));
      if (!next) return use(undefined, name);
      opened.push(next);
    }
    return use(opened.at(-1), name);
  } finally {
    for (const folder of opened) folder.close();
  }
}
