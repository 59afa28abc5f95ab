import { type Bench, type ContainerFacts, defineProbe, type Place } from './probe.ts';
import { breached, held } from './support/judge.ts';

interface Target {
  readonly whose: 'project' | Place;
}

const LOOPBACK = /^(?:127\.|::1$)/;

const look = async (bench: Bench, whose: Target['whose']): Promise<readonly ContainerFacts[]> =>
  whose === 'project' ? await bench.project() : [await bench.container(whose)];

export default defineProbe<Target, readonly ContainerFacts[]>({
  id: 'published-ports',
  title: 'No port of the box is published to the network',
  group: 'network',
  attacks: ['PRT-04'],
  why: 'A published port without an address is open to the whole network, past the host’s firewall.',
  leaves: 'Ports that the editor forwards to the host’s localhost.',
  inside: 'no',
  targets: () => Promise.resolve([{ whose: 'project' }]),
  control: () => Promise.resolve({ whose: 'exposed' }),
  async attempt(bench, { whose }) {
    const out = await look(bench, whose);
    if (out.length === 0) throw new Error('the project has no containers');
    return { did: `ask the engine for the ports of ${out.length} container(s)`, out };
  },
  judge(out) {
    const open = out.flatMap(({ name, published }) =>
      published
        .filter(({ hostIp }) => !LOOPBACK.test(hostIp))
        .map(({ port, hostIp }) => `${name} ${port} on ${hostIp || '0.0.0.0'}`),
    );
    return open.length > 0 ? breached(open.join(', ')) : held('none, or on the host’s localhost only');
  },
});
