import { type FSWatcher, lstatSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Watches are a budget of the user on the host, and memory of ours; folders beyond it are still swept. */
const MAX_WATCHES = 4096;
/** No editor's socket has a longer path (unix(7)), and a long one costs memory and time. */
const MAX_PATH = 256;
/**
 * Changes between two rounds. libuv reads changes for as long as there are any, so whoever makes them faster than we
 * handle them would stop everything else; such a folder is left to the rounds and sweeps for a while.
 */
const MAX_CHANGES = 2_000;
const MAX_CHANGES_TOGETHER = 10_000;

interface Watched {
  readonly watcher: FSWatcher;
  readonly inode: number;
  changes: number;
}

export interface Watches {
  has(path: string): boolean;
  /** Watches a folder, unless it is watched already or the budget is spent; an essential one has no budget. */
  add(path: string, essential: boolean): void;
  /** A watch follows the folder, not its name: after a rename or removal, everything below is another folder too. */
  forget(path: string): void;
  /** Begins a new count of changes, and gives what could not be watched since the last time. */
  renew(): { readonly unwatched: number; readonly muted: number };
  close(): void;
}

export function makeWatches(changed: (folder: string, name: string | null) => void): Watches {
  const known = new Map<string, Watched>();
  /** Watched folders, by the folder above: finding what lies below one must not mean looking at all. */
  const below = new Map<string, Set<string>>();
  let changes = 0;
  let unwatched = 0;
  let muted = 0;
  let closed = false;

  function drop(path: string): void {
    known.get(path)?.watcher.close();
    known.delete(path);
    const parent = dirname(path);
    const siblings = below.get(parent);
    siblings?.delete(path);
    if (siblings?.size === 0) below.delete(parent);
  }

  function forget(path: string): void {
    const open = [path];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const child of below.get(next) ?? []) open.push(child);
      drop(next);
    }
  }

  function happened(path: string, event: string, name: string | null, essential: boolean): void {
    const entry = known.get(path);
    if (closed || entry === undefined) return;
    entry.changes++;
    changes++;
    if (!(entry.changes <= MAX_CHANGES) || (!essential && !(changes <= MAX_CHANGES_TOGETHER))) {
      muted++;
      drop(path);
      return;
    }
    // Anything that gets a name is a "rename"; a "change" is of contents and modes.
    if (event === 'rename') changed(path, name);
  }

  return {
    has: (path) => known.has(path),
    add(path, essential) {
      const inode = inodeOf(path);
      if (closed || (inode !== undefined && known.get(path)?.inode === inode)) return;
      forget(path);
      if (inode === undefined) return;
      if (!essential && !(known.size < MAX_WATCHES && path.length <= MAX_PATH)) {
        unwatched++;
        return;
      }
      try {
        const watcher = watch(path, (event, name) => happened(path, event, name, essential));
        watcher.on('error', () => drop(path));
        known.set(path, { watcher, inode, changes: 0 });
        const parent = dirname(path);
        const siblings = below.get(parent);
        if (siblings) siblings.add(path);
        else below.set(parent, new Set([path]));
      } catch {
        unwatched++; // the kernel's limit, or gone meanwhile: the sweeps remain
      }
    },
    forget,
    renew() {
      changes = 0;
      for (const entry of known.values()) entry.changes = 0;
      const seen = { unwatched, muted };
      unwatched = 0;
      muted = 0;
      return seen;
    },
    close() {
      closed = true;
      for (const { watcher } of known.values()) watcher.close();
    },
  };
}

function inodeOf(path: string): number | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    return stat?.isDirectory() ? stat.ino : undefined;
  } catch {
    return undefined;
  }
}
