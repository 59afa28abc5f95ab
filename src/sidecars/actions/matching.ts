import vm from 'node:vm';
import { wholly } from '../../policy/actions.ts';

/** Far longer than a sound pattern needs for 4096 characters. */
const TIMEOUT_MS = 100;

/** The limit is by the clock. On a machine that is too busy the time may be others': then it is tried again, so often. */
const TRIES = 4;

/** So much may be spent at once, and this part of all time: refused calls cost time too, and no other limit counts them. */
const ROOM_MS = 2_000;
const SHARE = 0.05;

export interface Matching {
  readonly matches: (pattern: string, value: string) => boolean;
  /** Seconds until more may be matched; 0: now. */
  wait(): number;
}

/** Milliseconds of the processor that this process has had. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Some patterns take years for some values, which the caller chooses: `(a+)+b` and many `a`. Nothing else would run
 * meanwhile, no timeout either. A script of node:vm can be interrupted, also inside of a regular expression.
 */
export function makeMatching(now: () => number = () => performance.now(), worked: () => number = cpuMs): Matching {
  const context = vm.createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  let room = ROOM_MS;
  let counted = now();
  return {
    matches(pattern, value) {
      const code = `${wholly(pattern)}.test(${JSON.stringify(value)})`;
      const began = now();
      try {
        for (let tries = 1; ; tries++) {
          const before = worked();
          try {
            return vm.runInContext(code, context, { timeout: TIMEOUT_MS }) === true;
          } catch {
            if (tries === TRIES || worked() - before >= TIMEOUT_MS / 2) return false;
          }
        }
      } finally {
        room -= now() - began;
      }
    },
    wait() {
      const time = now();
      room = Math.min(ROOM_MS, room + (time - counted) * SHARE);
      counted = time;
      return room > 0 ? 0 : Math.max(1, Math.ceil(-room / SHARE / 1000));
    },
  };
}
