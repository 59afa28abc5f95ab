import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { breached, failed, held, need, UNREACHABLE } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly host: string;
}

const PORT = 7777;

async function listener(bench: Bench, place: Place): Promise<Target> {
  const site = await bench.at('foreign', 'root');
  const served = await site.perform({ do: 'serve', at: { host: '0.0.0.0', port: PORT }, as: 'engine' });
  if (!served.ok && served.code !== 'EADDRINUSE') need(served, 'canary listener');
  const [network] = (await bench.container('foreign')).networks;
  if (!network?.address) throw new Error('the other project’s container has no address');
  return { place, host: network.address };
}

export default defineProbe<Target, Outcome<Facts['connect']>>({
  id: 'foreign-network',
  title: 'Services of other projects cannot be reached over the network',
  group: 'network',
  attacks: ['SHR-02', 'SHR-01'],
  why: 'Databases, debuggers and emulators of other projects listen without a password on their own networks.',
  leaves: 'Ports that other projects publish on the host.',
  inside: 'no',
  targets: async (bench) => [await listener(bench, 'box')],
  // The weak container is on that network.
  control: (bench) => listener(bench, 'weak'),
  async attempt(bench, { place, host }) {
    const out = await (await bench.at(place)).perform({ do: 'connect', to: { host, port: PORT }, timeoutMs: 5000 });
    return { did: 'connect to a listener of another project', out };
  },
  judge(out) {
    if (out.ok) return breached('connected');
    // The engine drops packets between networks; that the listener is there is what the control has shown.
    return out.code === 'connect-timeout' || UNREACHABLE.has(out.code) ? held(out.code) : failed(out);
  },
});
