import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats, unlinkSync } from 'node:fs';
import type { Leftover } from './leftovers.ts';

/**
 * O_PATH (open(2)), which Node does not name, takes hold of a file of any kind without opening it; with O_NOFOLLOW, whose
 * number is another on arm64, a link itself included. What is held keeps its inode number, so that no other file can be
 * mistaken for it.
 */
export const HOLD = 0o10000000 | constants.O_NOFOLLOW;
/** Held sockets cost a file descriptor each. Beyond that the oldest is let go, and said. */
const MAX_HELD = 1024;

interface Held {
  readonly fd: number;
  readonly leftover: Leftover;
  /** Sweeps of everything that ended since then; the first may have begun before. */
  sweeps: number;
}

/** After so many, at least one began with the socket held, and did not find its name. */
const SWEEPS_TO_FIND = 2;

/**
 * A socket can be reached through any of its names (link(2)), and its owner may give it more. Who is fast enough to link
 * an editor's socket to a name that means nothing would keep it for good after the first name was removed; so what was
 * removed and still has a name is looked for by its inode. A socket that was *renamed* before the guard saw it is out of
 * its knowledge: nothing in it says what it was called.
 */
export interface SecondNames {
  /** How many sockets have a name left that was not found yet. */
  wanted(): number;
  /** A file under an editor's name: `remove` takes the name away, if the file is of the right kind. */
  take(path: string, leftover: Leftover, remove: () => void): boolean;
  /** Removes a file of any other name if it is one of those. */
  look(path: string): Leftover | undefined;
  /** A sweep of everything has ended. */
  swept(): void;
  /**
   * Lets go what has no name any more. How many there are news of: let go too early, or with a name that a sweep of
   * everything did not find, because it is too deep or moves about. These stay wanted.
   */
  settle(): number;
  close(): void;
}

/** Whether the name was there to be removed; any other failure is the caller's to tell. */
function succeeds(remove: () => void): boolean {
  try {
    remove();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

export function makeSecondNames(): SecondNames {
  const held = new Map<string, Held>();
  let lost = 0;
  const key = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

  function letGo(name: string): void {
    const entry = held.get(name);
    if (entry) closeSync(entry.fd);
    held.delete(name);
  }

  function keep(name: string, entry: Held): void {
    letGo(name);
    held.set(name, entry);
    const [oldest] = held.keys();
    if (held.size <= MAX_HELD || oldest === undefined) return;
    letGo(oldest);
    lost++;
  }

  return {
    wanted: () => held.size,
    take(path, leftover, remove) {
      const fd = openSync(path, HOLD);
      let kept = false;
      try {
        const stat = fstatSync(fd);
        if (!(leftover.kind === 'socket' ? stat.isSocket() : stat.isFile())) return false;
        const removed = succeeds(remove);
        // Where somebody else was faster, too: a rename leaves it a name, a removal does not.
        if (leftover.kind === 'socket' && fstatSync(fd).nlink > 0) {
          keep(key(stat), { fd, leftover, sweeps: 0 });
          kept = true;
        }
        return removed;
      } finally {
        if (!kept) closeSync(fd);
      }
    },
    look(path) {
      if (held.size === 0) return undefined;
      const stat = lstatSync(path, { throwIfNoEntry: false });
      const entry = stat?.isSocket() ? held.get(key(stat)) : undefined;
      if (stat === undefined || entry === undefined) return undefined;
      unlinkSync(path);
      if (fstatSync(entry.fd).nlink === 0) letGo(key(stat));
      return entry.leftover;
    },
    swept() {
      for (const [name, entry] of held) {
        if (fstatSync(entry.fd).nlink === 0) letGo(name);
        else if (++entry.sweeps === SWEEPS_TO_FIND) lost++;
      }
    },
    settle() {
      for (const [name, { fd }] of held) if (fstatSync(fd).nlink === 0) letGo(name);
      const seen = lost;
      lost = 0;
      return seen;
    },
    close() {
      for (const name of [...held.keys()]) letGo(name);
    },
  };
}
