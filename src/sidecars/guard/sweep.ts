import { lstatSync, opendirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Leftover, leftoverOf } from './leftovers.ts';

export interface SweepEvents {
  removed(leftover: Leftover): void;
  failed(leftover: Leftover, code: string): void;
  /** A folder was met. The sweep itself goes into it. */
  folder(path: string): void;
}

/** Deeper than any editor puts sockets: a socket's whole path has at most 107 bytes (unix(7)). */
const MAX_DEPTH = 64;
/** Entries looked at before other work gets its turn. */
const BATCH = 512;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';

/**
 * Removes one entry if it is an editor's. lstat and unlink do not follow a link in the last place. A folder above it
 * may be swapped for a link between the two; that leads to the guard's own container, which holds nothing of worth.
 * Says whether it is a folder.
 */
export function examine(folder: string, name: string, events: SweepEvents): boolean {
  const path = join(folder, name);
  const leftover = leftoverOf(name);
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return true;
    if (!stat || !leftover || !(leftover.kind === 'socket' ? stat.isSocket() : stat.isFile())) return false;
    unlinkSync(path);
    events.removed(leftover);
  } catch (error) {
    const code = codeOf(error);
    if (leftover && code !== 'ENOENT') events.failed(leftover, code); // ENOENT: somebody else was faster
  }
  return false;
}

/** Looks at everything below `folder`, however deep, without following links. Gives way to other work now and then. */
export async function sweep(folder: string, events: SweepEvents, stopped: () => boolean): Promise<void> {
  const open: { path: string; depth: number }[] = [{ path: folder, depth: 0 }];
  let looked = 0;
  for (let next = open.pop(); next !== undefined && !stopped(); next = open.pop()) {
    events.folder(next.path);
    for (const name of entries(next.path)) {
      if (examine(next.path, name, events) && next.depth < MAX_DEPTH) {
        open.push({ path: join(next.path, name), depth: next.depth + 1 });
      }
      if (++looked % BATCH === 0) await new Promise(setImmediate);
    }
  }
}

/** The names in a folder, read piece by piece: a folder of a million entries must not fill the memory. */
function* entries(path: string): Generator<string> {
  try {
    const handle = opendirSync(path, { bufferSize: BATCH });
    try {
      for (let entry = handle.readSync(); entry !== null; entry = handle.readSync()) yield entry.name;
    } finally {
      handle.closeSync();
    }
  } catch {
    // Gone meanwhile, or not ours to read; then the agent, whose uid this is, can't use what is in it either.
  }
}
