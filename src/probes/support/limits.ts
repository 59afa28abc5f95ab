import type { Facts } from '../../core/probing.ts';
import type { Attempt, Bench, Judged, Place } from '../probe.ts';
import { breached, held, need, unclear } from './judge.ts';

export type Limits = Facts['limits'];

export async function readLimits(bench: Bench, { place }: { readonly place: Place }): Promise<Attempt<Limits>> {
  const out = need(await (await bench.at(place)).perform({ do: 'limits' }), 'limits of the cgroup');
  return { did: 'read the limits of the container’s cgroup', out };
}

/** Held only for a number that is a limit: anything unreadable proves nothing. */
export function judgeLimit(value: string | null, what: string): Judged {
  if (value === null) return unclear(`${what} cannot be read`);
  if (value === 'max' || /^max\s/.test(value)) return breached(`${what}: none`);
  return /^\d+(?:\s+\d+)?$/.test(value) ? held(`${what}: ${value}`) : unclear(`${what}: ${value}`);
}

export const limitProbe = {
  group: 'resources' as const,
  inside: 'uncontrolled' as const,
  targets: () => Promise.resolve([{ place: 'box' } as const]),
  control: () => Promise.resolve({ place: 'weak' } as const),
  attempt: readLimits,
};
