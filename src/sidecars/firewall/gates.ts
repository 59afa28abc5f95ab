import type { Routed } from './decide.ts';
import { type Gate, makeGate } from './gate.ts';

/**
 * The engine works for the whole host and has no limit of its own: what the box asks of it is bounded here. Generous
 * for people and their tools, tight for loops.
 */
export interface Gates {
  /** The one for a request that is in the table. */
  of(routed: Routed): Gate;
  /** Refusals are slowed down, none is dropped. */
  readonly refusals: Gate;
}

/** Requests for which the engine walks through whole file systems. */
const isHeavy = ({ endpoint, asked }: Routed): boolean =>
  endpoint.id === 'SystemDataUsage' || /^(?:1|true)$/i.test(asked.query['size'] ?? '');

export function makeGates(): Gates {
  const usual = makeGate({ inside: 8, waiting: 64, perSecond: 100, burst: 200 });
  const streams = makeGate({ inside: 64, waiting: 0, perSecond: 20, burst: 64 });
  const heavy = makeGate({ inside: 1, waiting: 8, perSecond: 0.5, burst: 8 });
  return {
    of: (routed) => {
      if (isHeavy(routed)) return heavy;
      const { kind } = routed.endpoint.reply;
      return kind === 'bytes' || kind === 'lines' ? streams : usual;
    },
    refusals: makeGate({ inside: 1024, waiting: 1024, perSecond: 50, burst: 200 }),
  };
}
