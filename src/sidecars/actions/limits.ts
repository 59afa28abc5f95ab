import type { Action } from '../../policy/actions.ts';

const WINDOW_MS = 60_000;

export type Admission =
  /** `ran`: whether it counts; what could not be started does not. */
  | { readonly ok: true; end(ran: boolean): void }
  | { readonly ok: false; readonly code: 'rate' | 'busy'; readonly retryAfter: number };

/** How often an action may start, and how many of it may run. A window that slides: no minute has more, wherever it begins. */
export function makeLimit(
  { perMinute, concurrency }: Pick<Action, 'perMinute' | 'concurrency'>,
  now: () => number = () => performance.now(),
): { admit(): Admission; running(): number } {
  const started: number[] = [];
  let running = 0;
  return {
    running: () => running,
    admit() {
      const time = now();
      while (started[0] !== undefined && started[0] <= time - WINDOW_MS) started.shift();
      const [first] = started;
      if (!(started.length < perMinute)) {
        return { ok: false, code: 'rate', retryAfter: Math.ceil(((first ?? time) + WINDOW_MS - time) / 1000) };
      }
      if (!(running < concurrency)) return { ok: false, code: 'busy', retryAfter: 1 };
      started.push(time);
      running++;
      let ended = false;
      return {
        ok: true,
        end(ran) {
          if (ended) return;
          ended = true;
          running--;
          const place = ran ? -1 : started.indexOf(time); // -1 too: a minute has passed
          if (place >= 0) started.splice(place, 1);
        },
      };
    },
  };
}
