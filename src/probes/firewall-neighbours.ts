import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { withoutDocker } from './support/docker.ts';
import { breached, failed, held, UNREACHABLE } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly host: string;
}

const PORT = 2375;

async function addresses(bench: Bench): Promise<readonly string[]> {
  const firewall = (await bench.project()).find(({ role }) => role === 'firewall');
  return ['docker-firewall', ...(firewall?.networks.map(({ address }) => address).filter(Boolean) ?? [])];
}

export default defineProbe<Target, Outcome<Facts['http']>>({
  id: 'firewall-neighbours',
  title: 'Only the agent’s container reaches the Docker firewall',
  group: 'docker',
  attacks: ['DKR-05'],
  why: 'It asks nobody for a password: whoever reaches it has the agent’s view of the engine.',
  leaves: 'Nothing, as long as the network between the two has no other member.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: async (bench) => (await addresses(bench)).map((host): Target => ({ place: 'neighbour', host })),
  // From the one place that may: shows that the same request is answered.
  control: async (bench) => {
    const [host] = await addresses(bench);
    return { place: 'box', host: host ?? '' };
  },
  async attempt(bench, { place, host }) {
    const site = await bench.at(place);
    const to = { host, port: PORT };
    const connected = await site.perform({ do: 'connect', to, timeoutMs: 5000 });
    const out: Outcome<Facts['http']> = connected.ok
      ? await site.perform({ do: 'http', to, method: 'GET', path: '/_ping' })
      : connected;
    return { did: `GET /_ping from ${host} by ${place}`, out };
  },
  judge(out) {
    if (out.ok) return breached(`it answers ${out.value.status}`);
    if (out.code === 'ENOTFOUND' || out.code === 'EAI_AGAIN') return held(`${out.code}: no such name`);
    return out.code === 'connect-timeout' || UNREACHABLE.has(out.code) ? held(out.code) : failed(out);
  },
});
