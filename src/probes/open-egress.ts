import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { breached, failed, held, need, UNREACHABLE } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly host: string;
}

const PORT = 39_841;

/** A listener on the host itself, at the address by which the box's network reaches it. */
async function sink(bench: Bench, place: Place): Promise<Target> {
  const gateway = (await bench.container('box')).networks.map((network) => network.gateway).find((one) => one !== '');
  if (gateway === undefined) throw new Error('the box has no gateway');
  const site = await bench.at('exposed', 'root');
  const served = await site.perform({ do: 'serve', at: { host: gateway, port: PORT }, as: 'silent' });
  if (!served.ok && served.code !== 'EADDRINUSE') need(served, 'sink');
  return { place, host: gateway };
}

export default defineProbe<Target, Outcome<Facts['connect']>>({
  id: 'open-egress',
  title: 'The box cannot send anywhere it likes',
  group: 'network',
  attacks: ['NET-01', 'NET-06', 'NET-13'],
  why: 'Whatever the agent can read it can send away, unless the only way out is one that looks at the address.',
  leaves: 'Hosts that the policy allows.',
  inside: 'no',
  notApplicable: ({ egress }) =>
    egress === 'open' ? 'the policy leaves egress open: an accepted risk, see below' : undefined,
  targets: async (bench) => [await sink(bench, 'box')],
  control: (bench) => sink(bench, 'neighbour'),
  async attempt(bench, { place, host }) {
    const out = await (await bench.at(place)).perform({ do: 'connect', to: { host, port: PORT }, timeoutMs: 5000 });
    return { did: 'connect to a listener on the host', out };
  },
  judge(out) {
    if (out.ok) return breached('connected');
    return out.code === 'connect-timeout' || UNREACHABLE.has(out.code) ? held(out.code) : failed(out);
  },
});
