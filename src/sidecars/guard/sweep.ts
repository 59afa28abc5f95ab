import {
  chmodSync,
  closeSync,
  constants,
  type Dir,
  type Dirent,
  lstatSync,
  opendirSync,
  openSync,
  readlinkSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Leftover, leftoverOf } from './leftovers.ts';
import { HOLD, type SecondNames } from './second-names.ts';

export interface SweepEvents {
  removed(leftover: Leftover): void;
  /** Another name of a socket that was removed before. */
  removedLink(leftover: Leftover): void;
  failed(leftover: Leftover, code: string): void;
  /** A folder was met, before anything in it is looked at. */
  folder(path: string): void;
  readonly links: SecondNames;
}

/**
 * Deeper than any editor puts sockets: a socket's whole path has at most 107 bytes (unix(7)). Who links one to a name that
 * is deeper keeps it; that is counted as untraced.
 */
export const MAX_DEPTH = 64;
/** Entries that are read at once, and looked at before other work may get its turn. */
const BATCH = 64;
/** How long one piece of work may keep others waiting. */
const SLICE_MS = 4;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';

/** Whether a path is a folder itself, not a link to one. */
export const isFolder = (path: string): boolean => {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false; // a name or path that is too long, a folder above that is not ours
  }
};

/**
 * Removes one entry if it is an editor's, or another name of one; nothing else is looked at as long as none is missing, so
 * that other names cost no time. Links in the last place are not followed.
 */
export function examine(folder: string, name: string, events: SweepEvents, maybeSocket = true): void {
  const leftover = leftoverOf(name);
  if (leftover === undefined && !(maybeSocket && events.links.wanted() > 0)) return;
  try {
    if (leftover === undefined) {
      const found = within(folder, (held) => events.links.look(join(held, name)));
      if (found) events.removedLink(found);
      return;
    }
    const removed = within(folder, (held) => {
      const path = join(held, name);
      return events.links.take(path, leftover, () => unlinkSync(path));
    });
    if (removed === true) events.removed(leftover);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return; // somebody else was faster
    if (leftover) events.failed(leftover, code);
  }
}

/**
 * Does something in a folder by a path that leads nowhere else. The agent can swap any folder above for a link while we
 * look, to the guard's own files or to the editor's /tmp beside its own; so the folder is held first, and the kernel says
 * where what we hold lies (proc_pid_fd(5)). From then on nobody can move it to another file system, and the box's /tmps
 * are one each.
 *
 * The agent may have closed the folder against us. It has our uid, so whatever mode it sets we can set back; a folder that
 * it can pass but we can't list would hide a socket until it opens the folder again.
 */
function within<T>(folder: string, work: (held: string) => T): T | undefined {
  const fd = openSync(folder, HOLD | constants.O_DIRECTORY);
  try {
    const held = `/proc/self/fd/${fd}`;
    if (readlinkSync(held) !== folder) return undefined;
    try {
      return work(held);
    } catch (error) {
      if (codeOf(error) !== 'EACCES') throw error;
      chmodSync(held, 0o700);
      return work(held);
    }
  } finally {
    closeSync(fd);
  }
}

/**
 * Looks at everything below `folder`, without following links. It holds one open folder a level and no list of what is
 * still to come: a million folders take no more memory than ten. Each step is short.
 */
export function* walk(folder: string, depth: number, events: SweepEvents): Generator<undefined, void> {
  events.folder(folder);
  let handle: Dir | undefined;
  try {
    handle = within(folder, (held) => opendirSync(held, { bufferSize: BATCH }));
  } catch {
    return; // gone meanwhile, or another user's
  }
  if (handle === undefined) return; // reached through a link
  try {
    let looked = 0;
    for (let entry = next(handle); entry !== null; entry = next(handle)) {
      if (entry.isDirectory()) {
        yield;
        if (depth > 0) yield* walk(join(folder, entry.name), depth - 1, events);
      } else examine(folder, entry.name, events, entry.isSocket());
      if (++looked % BATCH === 0) yield;
    }
  } finally {
    handle.closeSync();
  }
}

/** A folder that vanishes while it is read has ended. */
function next(handle: Dir): Dirent | null {
  try {
    return handle.readSync();
  } catch {
    return null;
  }
}

/** Goes through `steps`, and lets other work in between, however many they are. */
export async function inTurns(steps: Iterator<undefined, void>, stopped: () => boolean): Promise<void> {
  for (let began = performance.now(); !stopped() && !steps.next().done; ) {
    if (performance.now() - began < SLICE_MS) continue;
    await new Promise(setImmediate);
    began = performance.now();
  }
  steps.return?.();
}

/** Goes on with `steps` for one slice; whether there is more. */
export function oneSlice(steps: Iterator<undefined, void>): boolean {
  const began = performance.now();
  while (performance.now() - began < SLICE_MS) if (steps.next().done) return false;
  return true;
}
