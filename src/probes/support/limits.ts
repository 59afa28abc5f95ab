import type { Facts } from '../../core/probing.ts';
import type { Attempt, Bench, Judged, Place } from '../probe.ts';
import { weakLimits } from './here.ts';
import { breached, held, need, unclear } from './judge.ts';

export type Limits = Facts['limits'];

export interface LimitTarget {
  readonly place: Place;
  /** A made-up control group, for the control where no weak container can be made. */
  readonly base?: string;
}

export async function readLimits(bench: Bench, { place, base }: LimitTarget): Promise<Attempt<Limits>> {
  const out = need(
    await (await bench.at(place)).perform({ do: 'limits', ...(base === undefined ? {} : { base }) }),
    'limits of the cgroup',
  );
  return {
    did:
      base === undefined
        ? 'read the limits of the container’s cgroup'
        : 'read the limits of a made-up control group (a control of the detector only)',
    out,
  };
}

/** Held only for a number that is a limit: anything unreadable proves nothing. */
export function judgeLimit(value: string | null, what: string): Judged {
  if (value === null) return unclear(`${what} cannot be read`);
  if (value === 'max' || /^max\s/.test(value)) return breached(`${what}: none`);
  return /^\d+(?:\s+\d+)?$/.test(value) ? held(`${what}: ${value}`) : unclear(`${what}: ${value}`);
}

export const limitProbe = {
  group: 'resources' as const,
  inside: async (bench: Bench): Promise<LimitTarget> => ({ place: 'box', base: await weakLimits(bench) }),
  targets: (): Promise<readonly LimitTarget[]> => Promise.resolve([{ place: 'box' }]),
  control: (): Promise<LimitTarget> => Promise.resolve({ place: 'weak' }),
  attempt: readLimits,
};
