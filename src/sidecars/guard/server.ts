import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import type { Audit } from '../audit.ts';
import { beat } from './health.ts';
import type { Leftover } from './leftovers.ts';
import { isLate, startRounds } from './rounds.ts';
import { makeSecondNames } from './second-names.ts';
import type { GuardSettings } from './settings.ts';
import { examine, inTurns, isFolder, MAX_DEPTH, type SweepEvents, walk } from './sweep.ts';
import { makeWatches } from './watches.ts';

const BEAT_MS = 5_000;
const REPORT_MS = 1_000;
/** Between two sweeps of everything: they find what neither the watching nor the rounds see. */
const SWEEP_PAUSE_MS = 2_000;
const SWEEP_PAUSE_MAX_MS = 30_000;
/** New folders that wait to be looked at; those beyond are left to the rounds and the next sweep. */
const MAX_FRESH = 1024;
/** For one of them: a large tree that is moved in must not keep the others waiting. */
const FRESH_MS = 250;

export interface Guard {
  close(): void;
}

/** Clears the folders once before it returns, then goes on for as long as it lives. */
export async function startGuard({ watch, state }: GuardSettings, audit: Audit): Promise<Guard> {
  const roots = watch.map((root) => realpathSync(root)); // as the kernel names what lies below
  const counts = new Map<string, { event: string; pattern: string; code: string; count: number }>();
  const fresh = new Set<string>();
  let missed = 0;
  let closed = false;
  const stopped = (): boolean => closed;

  const note = (event: string, { id }: Leftover, code: string): void => {
    const key = `${event} ${id} ${code}`;
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { event, pattern: id, code, count: 1 });
  };
  const watches = makeWatches(changed);
  const links = makeSecondNames();
  const events: SweepEvents = {
    removed: (leftover) => note('removed', leftover, ''),
    removedLink: (leftover) => note('removed-link', leftover, ''),
    failed: (leftover, code) => note('not-removed', leftover, code),
    folder: (path) => watches.add(path, roots.includes(path)),
    links,
  };
  const silent: SweepEvents = {
    removed: () => {},
    removedLink: () => {},
    failed: () => {},
    folder: () => {},
    links: makeSecondNames(),
  };

  mkdirSync(state, { recursive: true, mode: 0o700 });
  const canary = join(realpathSync(state), 'self-test');
  function changed(folder: string, name: string | null): void {
    if (name !== null) examine(folder, name, folder === canary ? silent : events);
    if (folder === canary) return;
    const path = name === null ? folder : join(folder, name);
    if (name !== null) watches.forget(path);
    if (fresh.size < MAX_FRESH) fresh.add(path);
    else missed++;
    if (fresh.size === 1) setImmediate(() => void lookAtFresh());
  }

  let looking = false;
  async function lookAtFresh(): Promise<void> {
    if (looking) return;
    looking = true;
    for (const path of fresh) {
      fresh.delete(path); // before the walk: what is made again meanwhile is another folder
      const until = performance.now() + FRESH_MS;
      const enough = (): boolean => closed || performance.now() > until;
      if (isFolder(path)) await inTurns(walk(path, MAX_DEPTH, events), enough);
    }
    looking = false;
  }

  async function sweepAll(): Promise<void> {
    for (const root of roots) await inTurns(walk(root, MAX_DEPTH, events), stopped);
    if (!closed) links.swept();
  }

  function report(): void {
    for (const { event, pattern, code, count } of counts.values()) {
      audit(event, { pattern, count, ...(code === '' ? {} : { code }) });
    }
    counts.clear();
  }

  audit('started', { watched: roots.length });
  mkdirSync(canary, { recursive: true, mode: 0o700 });
  await inTurns(walk(canary, 0, silent), stopped); // left by an earlier life
  watches.add(canary, true);
  for (const root of roots) watches.add(root, true);
  let unwatched = 0;
  let muted = 0;
  let untraced = 0;
  const rounds = startRounds(
    roots,
    events,
    () => {
      const seen = watches.renew();
      unwatched = Math.max(unwatched, seen.unwatched);
      muted += seen.muted;
      untraced += links.settle();
    },
    stopped,
  );

  let sound = true;
  /** What the agent can bring about is said; while the rounds keep up, sockets go nevertheless. */
  function confess(): void {
    const roundMs = rounds.longest();
    if (isLate(roundMs) || missed > 0 || muted > 0 || unwatched > 0 || untraced > 0) {
      audit('overwhelmed', { roundMs, missed, muted, unwatched, untraced });
    }
    [missed, muted, unwatched, untraced] = [0, 0, 0, 0];
  }
  /** The watching must clear a socket in our own folder, which nothing else visits, and the rounds must be in time. */
  async function prove(): Promise<void> {
    watches.add(canary, true); // again, if the kernel had no watch to give: the agent has our uid, and so our limits
    const removes = await plantAndWait(join(canary, `vscode-ipc-self-test-${process.pid}.sock`));
    if (closed) return;
    const inTime = rounds.inTime();
    confess();
    if (removes && inTime) beat(state);
    else if (sound) audit('self-test-failed', { removes, inTime });
    sound = removes && inTime;
  }

  const forever = async (work: () => Promise<void>, pause: (took: number) => number): Promise<void> => {
    while (!closed) {
      const began = performance.now();
      await work();
      const took = performance.now() - began;
      await new Promise((resolve) => setTimeout(resolve, pause(took)));
    }
  };
  const reports = setInterval(report, REPORT_MS);
  void forever(prove, () => BEAT_MS);
  await sweepAll();
  report();
  // A quarter of the time at most, and never much later than that.
  void forever(sweepAll, (took) => Math.min(Math.max(SWEEP_PAUSE_MS, 3 * took), SWEEP_PAUSE_MAX_MS));

  return {
    close: () => {
      closed = true;
      clearInterval(reports);
      report();
      watches.close();
      links.close();
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
