import { hash } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { CHAIN_START } from '../core/decision.ts';
import { ToolError } from '../core/errors.ts';

export interface FileLimits {
  readonly maxBytes: number;
  /** The one that is written to and the older ones: FILE, FILE.1, FILE.2 … At least two. */
  readonly files: number;
}

export const FILE_LIMITS: FileLimits = { maxBytes: 10 * 1024 * 1024, files: 5 };

/** A file that outlives the process, with one chain of lines through all its starts and rotations. */
export interface AuditFile {
  /** What the next line has to name as the line before it. */
  readonly previous: string;
  /** Bytes of a last line that a crash or a full disk cut off. */
  readonly torn: number;
  /** Lines that are not on the disk yet. */
  waiting(): number;
  add(line: string): void;
  /** Writes what waits; throws what the system says, and goes on at the same byte the next time. */
  write(): void;
  close(): void;
}

// O_NOFOLLOW: a link in its place would let somebody choose what we write to. O_NONBLOCK: a FIFO must not hold us up.
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** What each line starts with. Whoever gives us another program's file by mistake keeps that file as it is. */
const LINE_START = Buffer.from('{"time":"');
/** A line has at most about ten values of a thousand characters, each escaped with up to six. */
const MAX_LINE = 1024 * 1024;

interface Open {
  readonly descriptor: number;
  readonly inode: number;
  readonly device: number;
  size: number;
}

export function openAuditFile(path: string, { maxBytes, files }: FileLimits = FILE_LIMITS): AuditFile {
  let current: Open;
  let last: Last | undefined;
  try {
    current = open(path);
    last = lastLine(current) ?? lastOfOlder(`${path}.1`);
  } catch (error) {
    throw new ToolError(
      'settings-invalid',
      `cannot write the audit log to ${path}: ${error instanceof Error ? error.message : error}`,
      'Give --audit-log a file in a folder of its own that only this user may write to.',
      { cause: error },
    );
  }
  const lines: string[] = [];
  /** What the disk took only in part. A torn line gets its end, so that ours start on a line of their own. */
  let rest = Buffer.from(last?.torn && current.size > 0 ? '\n' : '');
  /** Lines in it. */
  let unfinished = 0;
  let moved = false;

  function rotate(): void {
    if (!moved) {
      // From the oldest down, leaving out what is missing: when one step fails, all can be done again.
      for (let number = files - 1; number >= 1; number--) {
        move(number === 1 ? path : `${path}.${number - 1}`, `${path}.${number}`);
      }
      moved = true;
    }
    reopen();
    moved = false;
  }

  function reopen(): void {
    const next = open(path);
    closeSync(current.descriptor);
    current = next;
  }

  function drain(): void {
    while (rest.length > 0) {
      const count = writeSync(current.descriptor, rest);
      current.size += count;
      rest = rest.subarray(count);
    }
    unfinished = 0;
  }

  return {
    previous: last === undefined ? CHAIN_START : hash('sha256', last.text),
    torn: last?.torn ? last.text.length : 0,
    waiting: () => unfinished + lines.length,
    add: (line) => void lines.push(line),
    write() {
      drain();
      if (moved) rotate();
      else if (!isAt(current, path)) reopen(); // moved or removed: nobody would find there what we write
      while (lines.length > 0) {
        const count = fitting(lines, maxBytes - current.size);
        if (count === 0 && current.size > 0) {
          rotate();
          continue;
        }
        unfinished = Math.max(count, 1);
        rest = Buffer.from(lines.splice(0, unfinished).join(''), 'latin1');
        drain();
      }
    },
    close() {
      fsyncSync(current.descriptor);
      closeSync(current.descriptor);
    },
  };
}

/** How many lines have room together. */
function fitting(lines: readonly string[], room: number): number {
  let bytes = 0;
  let count = 0;
  for (const line of lines) {
    bytes += line.length;
    if (!(bytes <= room)) break;
    count++;
  }
  return count;
}

function open(path: string): Open {
  const descriptor = openSync(path, FLAGS, 0o600);
  try {
    const entry = fstatSync(descriptor);
    const { ino, dev, size, nlink } = entry;
    if (!entry.isFile()) throw new Error('it is not a regular file');
    if (!(nlink <= 1)) throw new Error('it has a second name (a hard link)');
    fchmodSync(descriptor, 0o600); // fails if it is another user's
    const start = Buffer.alloc(Math.min(size, LINE_START.length));
    readSync(descriptor, start, 0, start.length, 0);
    if (!LINE_START.subarray(0, start.length).equals(start)) throw new Error('it holds something else');
    return { descriptor, inode: ino, device: dev, size };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function isAt({ inode, device }: Open, path: string): boolean {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  return entry?.ino === inode && entry.dev === device;
}

function move(from: string, to: string): void {
  if (lstatSync(from, { throwIfNoEntry: false })) renameSync(from, to);
}

interface Last {
  readonly text: string;
  /** It has no end. */
  readonly torn: boolean;
}

function lastLine({ descriptor, size }: Pick<Open, 'descriptor' | 'size'>): Last | undefined {
  if (size === 0) return undefined;
  const bytes = Buffer.alloc(Math.min(size, MAX_LINE));
  readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
  const torn = bytes[bytes.length - 1] !== 0x0a;
  const end = torn ? bytes.length : bytes.length - 1;
  const start = end === 0 ? 0 : bytes.lastIndexOf(0x0a, end - 1) + 1;
  if (start === 0 && bytes.length < size) throw new Error('its last line is too long to be one of ours');
  // As the reader of the log takes it: a byte is a character, also in what is not ours.
  return { text: bytes.toString('latin1', start, end), torn };
}

/** When a crash came between the renaming and the first line of the new file. */
function lastOfOlder(path: string): Last | undefined {
  if (!lstatSync(path, { throwIfNoEntry: false })) return undefined;
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const entry = fstatSync(descriptor);
    if (!entry.isFile()) throw new Error(`${path} is not a regular file`);
    return lastLine({ descriptor, size: entry.size });
  } finally {
    closeSync(descriptor);
  }
}
