import { join } from 'node:path';
import { PLACES } from './places.ts';
import { inTurns, isFolder, oneSlice, type SweepEvents, walk } from './sweep.ts';

/**
 * Between two rounds. A round is the work that must never wait for the amount of folders that the agent makes: it looks
 * at the places where editors put their sockets, even if all watching were lost.
 */
const PAUSE_MS = 100;
/** A round that takes longer has lost the race: an editor's socket would be there for long enough to be used. */
const LATE_MS = 2_000;

export interface Rounds {
  /** Whether the last round ended lately, and found all watched folders. */
  inTime(): boolean;
  /** How long the longest round took since this was last asked. */
  longest(): number;
}

/** Where editors put sockets, for the user that is the agent's and ours. */
const placesIn = (root: string, uid: number): readonly string[] =>
  PLACES.flatMap(({ below }) => (below === undefined ? [] : [join(root, below.replace('UID', String(uid)))]));

/** Runs for as long as the guard does. `between` is called after each round. */
export function startRounds(
  roots: readonly string[],
  events: SweepEvents,
  between: () => void,
  stopped: () => boolean,
): Rounds {
  const places = roots.flatMap((root) => placesIn(root, process.getuid?.() ?? 0));
  // Looking for further names takes a call for each socket that is there, so the work that must be in time leaves it out.
  const quick: SweepEvents = { ...events, links: { ...events.links, wanted: () => 0 } };
  const tours = roots.map((root) => ({ root, steps: walk(root, 2, events) }));
  let running: number | undefined;
  let ended = performance.now();
  let complete = true;
  let longest = 0;
  const slowest = (): number => Math.max(longest, running === undefined ? 0 : performance.now() - running);

  async function round(): Promise<void> {
    const began = performance.now();
    running = began;
    for (const place of places) if (isFolder(place)) await inTurns(walk(place, 0, quick), stopped);
    // The two levels below take their turns: one slice a round, from where the last one stopped.
    for (const tour of tours) if (!oneSlice(tour.steps)) tour.steps = walk(tour.root, 2, events);
    complete = roots.every(isFolder);
    running = undefined;
    ended = performance.now();
    longest = Math.max(longest, ended - began);
  }
  void (async () => {
    while (!stopped()) {
      const began = performance.now();
      await round();
      between();
      const took = performance.now() - began;
      await new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(PAUSE_MS, took), LATE_MS)));
    }
    for (const { steps } of tours) steps.return();
  })();

  return {
    inTime: () => complete && !isLate(slowest()) && performance.now() - ended <= 2 * LATE_MS,
    longest: () => {
      const seen = Math.round(slowest());
      longest = 0;
      return seen;
    },
  };
}

export const isLate = (milliseconds: number): boolean => !(milliseconds <= LATE_MS);
