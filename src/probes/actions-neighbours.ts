import type { Facts, Outcome } from '../core/probing.ts';
import { LAYOUT } from '../policy/layout.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { type ActionTarget, ask, withoutActions } from './support/actions.ts';
import { breached, failed, held, UNREACHABLE } from './support/judge.ts';

/** Where the sidecar has an address, and its name. */
async function hosts(bench: Bench): Promise<readonly string[]> {
  const sidecar = (await bench.project()).find(({ role }) => role === 'actions');
  return [LAYOUT.actionsHost, ...(sidecar?.networks.map(({ address }) => address).filter(Boolean) ?? [])];
}

const target = (place: Place, host: string): ActionTarget => ({
  place,
  host,
  path: '/health',
  as: 'without a token',
  headers: {},
});

export default defineProbe<ActionTarget, Outcome<Facts['http']>>({
  id: 'actions-neighbours',
  title: 'Only the agent’s container reaches the sidecar for actions',
  group: 'network',
  attacks: ['SHR-02', 'SHR-04'],
  why: 'It has the secrets of the actions, and runs programs for who asks.',
  leaves: 'Everything that runs in the agent’s container reaches it.',
  inside: 'no',
  notApplicable: withoutActions,
  async targets(bench) {
    const places: readonly Place[] = bench.policy?.topology === 'split' ? ['neighbour', 'editor'] : ['neighbour'];
    const all = await hosts(bench);
    return places.flatMap((place) => all.map((host) => target(place, host)));
  },
  // From the one place that may: shows that the same request is answered.
  control: () => Promise.resolve(target('box', LAYOUT.actionsHost)),
  attempt: ask,
  judge(out) {
    if (out.ok) return breached(`it answers ${out.value.status}`);
    if (out.code === 'ENOTFOUND' || out.code === 'EAI_AGAIN') return held(`${out.code}: no such name`);
    return out.code === 'connect-timeout' || UNREACHABLE.has(out.code) ? held(out.code) : failed(out);
  },
});
