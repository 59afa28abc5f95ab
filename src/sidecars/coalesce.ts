import type { AuditEntry } from '../core/decision.ts';
import type { Audit } from './audit.ts';

type Detail = AuditEntry['detail'];

/** What makes two lines the same kind of line. Its parts must be few: the caller's own words don't belong in it. */
export interface Kind {
  /** The same for the same parts, also of the event, and different for different ones. */
  readonly key: string;
  /** What the line says that counts them. */
  parts(): Detail;
  /** So many have a line each in a window. */
  readonly lines: number;
}

export type KindOf = (event: string, detail: Detail) => Kind;

const WINDOW_MS = 60_000;
/** A kind that goes on is summed up ever less often. */
const WINDOW_MAX_MS = 64 * WINDOW_MS;
const MAX_KINDS = 512;

export interface Limits {
  /** How many times the lines of one kind that `KindOf` allows are written one by one in each window. */
  readonly times: number;
  /** Of all kinds together: so many at once, and then so many a second. */
  readonly burst: number;
  readonly perSecond: number;
}

/** For what docker keeps of standard output: what a person at work makes at once, and then a line every two seconds. */
export const NARROW: Limits = { times: 1, burst: 1_000, perSecond: 0.5 };

interface Known {
  readonly event: string;
  readonly kind: Detail;
  window: number;
  ends: number;
  written: number;
  held: number;
  count: number;
}

export interface Coalesced {
  readonly audit: Audit;
  /** Writes what was held back and whose time has come, or everything. */
  flush(everything: boolean): void;
  /** How many got no line of their own so far. */
  coalesced(): number;
}

/**
 * Keeps the agent from pushing what it did out of a log of limited size by repeating something harmless. The first line
 * of each kind in each window is always written, more of them while there is room, and the rest as one line that counts.
 */
export function coalesce(
  audit: Audit,
  kindOf: KindOf,
  { times, burst, perSecond }: Limits,
  now: () => number = () => performance.now(),
): Coalesced {
  const known = new Map<string, Known>();
  let room = burst;
  let counted = now();
  let coalesced = 0;

  function take(): boolean {
    const time = now();
    room = Math.min(burst, room + ((time - counted) / 1_000) * perSecond);
    counted = time;
    if (!(room >= 1)) return false;
    room--;
    return true;
  }

  function tell(entry: Known): void {
    const { event, kind, held, count } = entry;
    if (held > 0) audit(event, { ...kind, ...(count > 0 ? { count } : {}), repeated: held });
    entry.held = 0;
    entry.count = 0;
  }

  function find(event: string, { key, parts }: Kind): Known {
    const full = known.size >= MAX_KINDS;
    const found = known.get(key) ?? (full ? known.get(event) : undefined);
    if (found) return found;
    const made = { event, kind: full ? {} : parts(), window: WINDOW_MS, ends: 0, written: 0, held: 0, count: 0 };
    made.ends = now() + made.window;
    known.set(full ? event : key, made);
    return made;
  }

  return {
    audit(event, detail, at) {
      const kind = kindOf(event, detail);
      const entry = find(event, kind);
      if (entry.written === 0 || (entry.written < kind.lines * times && take())) {
        entry.written++;
        audit(event, detail, at);
        return;
      }
      entry.held++;
      coalesced++;
      entry.count += typeof detail['count'] === 'number' ? detail['count'] : 0;
    },
    flush(everything) {
      const time = now();
      for (const [key, entry] of known) {
        if (!everything && time < entry.ends) continue;
        const busy = entry.held > 0;
        tell(entry);
        if (!busy) {
          known.delete(key);
          continue;
        }
        entry.window = Math.min(2 * entry.window, WINDOW_MAX_MS);
        entry.ends = time + entry.window;
        entry.written = 0;
      }
    },
    coalesced: () => coalesced,
  };
}

/** For the guard: what it counts once a second, by pattern. */
export const guardKind: KindOf = (event, { pattern, code }) => ({
  key: `${event}\n${pattern}\n${code}`,
  parts: () => ({ ...(pattern === undefined ? {} : { pattern }), ...(code === undefined ? {} : { code }) }),
  lines: 20,
});

/** For the forward: a line for each port and reason, not for each connection of a flood. */
export const forwardKind: KindOf = (event, { port, code }) => ({
  key: `${event}\n${port}\n${code}`,
  parts: () => ({ ...(port === undefined ? {} : { port }), ...(code === undefined ? {} : { code }) }),
  lines: event === 'traffic' ? 60 : 5,
});
