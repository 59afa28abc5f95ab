import { type FSWatcher, lstatSync, mkdirSync, watch } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import type { Audit } from '../audit.ts';
import { beat } from './health.ts';
import type { Leftover } from './leftovers.ts';
import type { GuardSettings } from './settings.ts';
import { examine, type SweepEvents, sweep } from './sweep.ts';

/** Watches are a budget of the user on the host; folders beyond it are still swept. */
const MAX_WATCHES = 4096;
const BEAT_MS = 5_000;
const REPORT_MS = 1_000;
/** Between two sweeps, so that an overflow of the kernel's event queue is made good. */
const SWEEP_PAUSE_MS = 2_000;

export interface Guard {
  close(): void;
}

/** Clears the folders once before it returns, then goes on for as long as it lives. */
export async function startGuard({ watch: roots, state }: GuardSettings, audit: Audit): Promise<Guard> {
  const watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  const counts = new Map<string, { event: string; pattern: string; code: string; count: number }>();
  let closed = false;
  let unwatched = 0;

  const note = (event: string, { id }: Leftover, code: string): void => {
    const key = `${event} ${id} ${code}`;
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { event, pattern: id, code, count: 1 });
  };
  const events: SweepEvents = {
    removed: (leftover) => note('removed', leftover, ''),
    failed: (leftover, code) => note('not-removed', leftover, code),
    folder: watchFolder,
  };
  const silent: SweepEvents = { removed: () => {}, failed: () => {}, folder: () => {} };

  function watchFolder(path: string): void {
    const inode = lstatSync(path, { throwIfNoEntry: false })?.ino;
    if (closed || (inode !== undefined && watchers.get(path)?.inode === inode)) return;
    forget(path);
    if (inode === undefined) return;
    try {
      if (watchers.size >= MAX_WATCHES) throw new Error('budget spent');
      const watcher = watch(path, (_, name) => happened(path, name));
      watcher.on('error', () => forget(path));
      watchers.set(path, { watcher, inode });
    } catch {
      unwatched++; // the budget, the kernel's limit, or gone meanwhile: the sweeps remain
    }
  }

  /** A watch follows the folder, not its name: after a rename or removal, everything below is another folder too. */
  function forget(path: string): void {
    for (const [known, { watcher }] of watchers) {
      if (known !== path && !known.startsWith(`${path}/`)) continue;
      watchers.delete(known);
      watcher.close();
    }
  }

  function happened(folder: string, name: string | null): void {
    if (closed) return;
    const seen = folder === canary ? silent : events;
    if (name === null) {
      void sweep(folder, seen, () => closed);
      return;
    }
    const path = join(folder, name);
    const isFolder = examine(folder, name, seen);
    if (watchers.has(path)) forget(path);
    if (isFolder) void sweep(path, seen, () => closed);
  }

  async function sweepAll(): Promise<void> {
    unwatched = 0;
    for (const root of roots) await sweep(root, events, () => closed);
  }

  const canary = join(state, 'self-test');
  mkdirSync(canary, { recursive: true, mode: 0o700 });
  await sweep(canary, silent, () => closed); // left by an earlier life
  watchFolder(canary);
  await sweepAll();
  audit('started', { watched: roots.length });
  report();

  function report(): void {
    for (const { event, pattern, code, count } of counts.values()) {
      audit(event, { pattern, count, ...(code === '' ? {} : { code }) });
    }
    counts.clear();
  }

  let told = 0;
  let sound = true;
  /** The watching that clears the folders must clear a socket in our own, which no sweep visits; then the heart beats. */
  async function prove(): Promise<void> {
    const lost = roots.filter((root) => !watchers.has(root));
    const works = lost.length === 0 && (await plantAndWait(join(canary, `vscode-ipc-self-test-${process.pid}.sock`)));
    if (closed) return;
    if (works) beat(state);
    else if (sound) audit('self-test-failed', { unwatched: lost.length });
    if (unwatched > 0 && unwatched !== told) audit('unwatched', { folders: unwatched });
    [sound, told] = [works, unwatched];
  }

  const forever = async (work: () => Promise<void>, pause: number): Promise<void> => {
    while (!closed) {
      const began = Date.now();
      await work();
      // A tenth of the time at most, however many folders the agent makes.
      await new Promise((resolve) => setTimeout(resolve, Math.max(pause, 9 * (Date.now() - began))));
    }
  };
  void forever(sweepAll, SWEEP_PAUSE_MS);
  void forever(prove, BEAT_MS);
  const reports = setInterval(report, REPORT_MS);

  return {
    close: () => {
      closed = true;
      clearInterval(reports);
      report();
      for (const { watcher } of watchers.values()) watcher.close();
    },
  };
}

/** Whether a socket of an editor's name disappears from `path` within a beat. */
function plantAndWait(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    const until = Date.now() + BEAT_MS;
    server.on('error', () => resolve(false));
    server.listen(path, () => {
      const timer = setInterval(() => {
        const gone = lstatSync(path, { throwIfNoEntry: false }) === undefined;
        if (!gone && Date.now() < until) return;
        clearInterval(timer);
        server.close();
        resolve(gone);
      }, 50);
    });
  });
}
