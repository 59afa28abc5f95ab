import type { Audit } from '../audit.ts';
import type { ForwardLimits } from './settings.ts';

/** One connection's place; given back once. */
export interface Pass {
  end(traffic: { readonly up: number; readonly down: number }): void;
}

export interface Gate {
  /** Undefined: there are as many connections as there may be. */
  enter(port: number): Pass | undefined;
  open(): number;
  /** Tells what went through since the last time. */
  tell(): void;
}

interface Count {
  open: number;
  connections: number;
  up: number;
  down: number;
}

/** Counts connections, for each port and in all. */
export function makeGate(
  { perPort, total }: Pick<ForwardLimits, 'perPort' | 'total'>,
  ports: readonly number[],
  audit: Audit,
): Gate {
  const counts = new Map<number, Count>(ports.map((port) => [port, { open: 0, connections: 0, up: 0, down: 0 }]));
  let open = 0;
  return {
    enter(port) {
      const count = counts.get(port);
      if (!count || !(open < total && count.open < perPort)) {
        audit('refused', { port, code: open < total ? 'port-full' : 'full' });
        return undefined;
      }
      open++;
      count.open++;
      count.connections++;
      let ended = false;
      return {
        end({ up, down }) {
          if (ended) return;
          ended = true;
          open--;
          count.open--;
          count.up += up;
          count.down += down;
        },
      };
    },
    open: () => open,
    tell() {
      for (const [port, count] of counts) {
        const { connections, up, down } = count;
        if (connections + up + down === 0) continue;
        audit('traffic', { port, connections, open: count.open, up, down });
        Object.assign(count, { connections: 0, up: 0, down: 0 });
      }
    },
  };
}
