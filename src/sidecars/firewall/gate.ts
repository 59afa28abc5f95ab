import { setTimeout as sleep } from 'node:timers/promises';

export interface GateLimits {
  /** Inside at once. */
  readonly inside: number;
  /** In line; whoever comes later is sent away. */
  readonly waiting: number;
  /** How many may enter a second in the long run, and how many without any wait before that counts. */
  readonly perSecond: number;
  readonly burst: number;
}

export class Busy extends Error {
  override readonly name = 'Busy';
}

/** Bounds how much is done at once and how often. */
export interface Gate {
  /** Gives what must be called on leaving, at once where nobody has to wait. Throws `Busy` when the line is full. */
  enter(signal: () => AbortSignal): (() => void) | Promise<() => void>;
}

export function makeGate({ inside, waiting, perSecond, burst }: GateLimits, now = () => performance.now()): Gate {
  const line: (() => void)[] = [];
  const interval = 1_000 / perSecond;
  let taken = 0;
  let due = Number.NEGATIVE_INFINITY;

  function leave(): void {
    const next = line.shift();
    if (next) next();
    else taken--;
  }

  async function inLine(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', away);
        resolve();
      };
      const away = (): void => {
        line.splice(line.indexOf(go), 1);
        reject(signal.reason);
      };
      line.push(go);
      signal.addEventListener('abort', away, { once: true });
    });
  }

  /** How long to wait for one's turn, which is taken with this. */
  function turn(): number {
    if (interval === 0) return 0;
    const time = now();
    due = Math.max(due, time - burst * interval) + interval;
    return due - time;
  }

  async function later(signal: AbortSignal, known?: number): Promise<() => void> {
    if (known === undefined) await inLine(signal);
    const wait = known ?? turn();
    if (wait > 0) {
      try {
        await sleep(wait, undefined, { signal });
      } catch (error) {
        due -= interval;
        leave();
        throw error;
      }
    }
    return leave;
  }

  return {
    enter(signal) {
      if (taken < inside) {
        taken++;
        const wait = turn();
        return wait > 0 ? later(signal(), wait) : leave;
      }
      if (line.length < waiting) return later(signal());
      throw new Busy();
    },
  };
}
