import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { ToolError } from '../core/errors.ts';
import { DiskFault, errno, type Folder, inParent } from './folder.ts';

export type EntryKind = 'file' | 'folder' | 'link' | 'other' | 'absent';

export interface FileState {
  readonly bytes: Buffer;
  readonly sha256: string;
  /** Permission bits, as chmod(2) takes them. */
  readonly mode: number;
}

export const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

/** More than any file that is planned for. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What is at a path below the workspace. A link on the way there is an error; one at the end is `link`. */
export function kindOf(root: string, path: string): EntryKind {
  return asReading(path, () =>
    inParent(root, path, (parent, name) => {
      const entry = parent && lstatSync(parent.at(name), { throwIfNoEntry: false });
      if (!entry) return 'absent';
      if (entry.isSymbolicLink()) return 'link';
      return entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other';
    }),
  );
}

/** Names in a folder below the workspace (`.`: the workspace), sorted; none if there is no such folder. */
export function namesIn(root: string, path: string): readonly string[] {
  return asReading(path, () =>
    inParent(root, path === '.' ? 'entry' : `${path}/entry`, (folder) =>
      folder ? readdirSync(folder.at('.')).sort() : [],
    ),
  );
}

/**
 * A regular file below the workspace; undefined if there is none. Links anywhere below the workspace, devices, and files
 * over `maxBytes` are an error (`file-unreadable`): the agent may have put them there.
 */
export function readFile(root: string, path: string, { maxBytes = MAX_BYTES } = {}): FileState | undefined {
  return asReading(path, () => inParent(root, path, (parent, name) => parent && stateOf(parent, name, path, maxBytes)));
}

/** As readFile, and it must be UTF-8. A byte order mark stays in the text. */
export function readTextFile(root: string, path: string, options: { maxBytes?: number } = {}): string | undefined {
  const file = readFile(root, path, options);
  return file && asReading(path, () => textOf(file, path));
}

export function textOf({ bytes }: FileState, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new DiskFault(path, 'not-text', `${path} is not UTF-8 text`);
  }
}

export function stateOf(parent: Folder, name: string, path: string, maxBytes = MAX_BYTES): FileState | undefined {
  const full = parent.at(name);
  const entry = lstatSync(full, { throwIfNoEntry: false });
  if (!entry) return undefined;
  if (entry.isSymbolicLink()) throw new DiskFault(path, 'link', `${path} is a symbolic link`);
  if (!entry.isFile()) throw new DiskFault(path, 'not-a-file', `${path} is not a regular file`);
  // O_NONBLOCK: should a FIFO have taken the file's place by now, open(2) must not wait for a writer.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const descriptor = openSync(full, flags);
  try {
    const opened = fstatSync(descriptor);
    if (!opened.isFile()) throw new DiskFault(path, 'not-a-file', `${path} is not a regular file`);
    const bytes = readBounded(descriptor, opened.size, maxBytes);
    if (!bytes) throw new DiskFault(path, 'too-large', `${path} is larger than ${maxBytes} bytes`);
    return { bytes, sha256: sha256(bytes), mode: opened.mode & 0o7777 };
  } finally {
    closeSync(descriptor);
  }
}

/** The whole file, or undefined if it has more than `maxBytes`, also if it grows while it is read. */
function readBounded(descriptor: number, size: number, maxBytes: number): Buffer | undefined {
  if (!(size <= maxBytes)) return undefined;
  let buffer = Buffer.alloc(size + 1);
  let used = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, used, buffer.length - used, null);
    if (count === 0) return buffer.subarray(0, used);
    used += count;
    if (!(used <= maxBytes)) return undefined;
    if (used === buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(buffer.length)]);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  ELOOP: 'it is a symbolic link',
  EIO: 'the disk fails',
};

function asReading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DiskFault) {
      throw new ToolError('file-unreadable', `${error.message}.`, fileHint(error), { cause: error });
    }
    const code = errno(error);
    if (code === '') throw error;
    throw new ToolError(
      'file-unreadable',
      `${path}: ${REASONS[code] ?? code}.`,
      `ls -ld '${path.replaceAll("'", "'\\''")}'`,
      { cause: error },
    );
  }
}

const fileHint = ({ reason, path }: DiskFault): string =>
  ({
    link: `Replace ${path} by what it points to.`,
    'not-a-folder': `Move ${path} away, or make a folder of it.`,
    'not-a-file': `Move ${path} away, or make a regular file of it.`,
    'too-large': `Look at ${path}: nobody writes that much by hand.`,
    'not-text': `Save ${path} as UTF-8.`,
  })[reason];
