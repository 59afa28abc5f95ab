import type { Routed } from './decide.ts';
import { type Gate, makeGate } from './gate.ts';
import type { Settings } from './settings.ts';

/**
 * The engine works for the whole host and has no limit of its own: what clients ask of it is bounded here. Generous
 * for people and their tools, tight for loops.
 */
export interface Gates {
  /** Connections at once. */
  readonly connections: number;
  /** The one for a request that is in the table. */
  of(routed: Routed): Gate;
  /** Refusals are slowed down, none is dropped. */
  readonly refusals: Gate;
}

/** Requests for which the engine walks through whole file systems. */
const isHeavy = ({ endpoint, asked }: Routed): boolean =>
  endpoint.id === 'SystemDataUsage' || /^(?:1|true)$/i.test(asked.query['size'] ?? '');

/** One after the other, each with the engine's lists of then: two at once could both be the last that a ceiling allows. */
const CREATES: ReadonlySet<string> = new Set(['ContainerCreate', 'NetworkCreate', 'VolumeCreate']);

/** `box` is one agent's share. `shared` is for many clients, as many connections as HAProxy takes for Tecnativa's proxy. */
const LIMITS = {
  box: {
    connections: 1024,
    usual: { inside: 8, waiting: 64, perSecond: 100, burst: 200 },
    streams: { inside: 64, waiting: 0, perSecond: 20, burst: 64 },
    refusals: { inside: 1024, waiting: 1024, perSecond: 50, burst: 200 },
  },
  shared: {
    connections: 4096,
    usual: { inside: 512, waiting: 4096, perSecond: Number.POSITIVE_INFINITY, burst: 0 },
    streams: { inside: 2048, waiting: 0, perSecond: 1000, burst: 2048 },
    refusals: { inside: 4096, waiting: 4096, perSecond: 1000, burst: 4096 },
  },
} as const;

export function makeGates(limits: Settings['limits']): Gates {
  const { connections, usual, streams, refusals } = LIMITS[limits];
  const [normal, long] = [makeGate(usual), makeGate(streams)];
  const creates = makeGate({ inside: 1, waiting: 32, perSecond: 5, burst: 16 });
  const heavy = makeGate({ inside: 1, waiting: 8, perSecond: 0.5, burst: 8 });
  return {
    connections,
    of: (routed) => {
      if (isHeavy(routed)) return heavy;
      if (CREATES.has(routed.endpoint.id)) return creates;
      const { kind } = routed.endpoint.reply;
      return kind === 'bytes' || kind === 'lines' || kind === 'hijack' ? long : normal;
    },
    refusals: makeGate(refusals),
  };
}
