import { type Bench, defineProbe, type NetworkFacts } from './probe.ts';
import { withoutDocker } from './support/docker.ts';
import { breached, held } from './support/judge.ts';

interface Target {
  readonly whose: 'firewall' | 'foreign';
}

interface Out {
  readonly networks: readonly NetworkFacts[];
  /** Ids of the agent and of the firewall itself. */
  readonly allowed: readonly string[];
}

async function look(bench: Bench, whose: Target['whose']): Promise<Out> {
  const project = await bench.project();
  const one = whose === 'foreign' ? await bench.container('foreign') : project.find(({ role }) => role === 'firewall');
  if (!one?.running) throw new Error('the firewall is not running');
  const allowed = project.filter(({ role }) => role === 'agent' || role === 'firewall').map(({ id }) => id);
  return { networks: await Promise.all(one.networks.map(({ id }) => bench.network(id))), allowed };
}

export default defineProbe<Target, Out>({
  id: 'firewall-network',
  title: 'The network of the Docker firewall holds it and the agent, and has no way out',
  group: 'docker',
  attacks: ['DKR-05', 'SHR-04'],
  why: 'The firewall holds the engine’s socket: nobody else should be able to try it, and it has nothing to do outside.',
  leaves: 'A container that is connected later.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: () => Promise.resolve([{ whose: 'firewall' }]),
  control: () => Promise.resolve({ whose: 'foreign' }),
  async attempt(bench, { whose }) {
    return { did: 'ask the engine for its networks and their members', out: await look(bench, whose) };
  },
  judge({ networks, allowed }) {
    if (networks.length === 0) return breached('it is on no network of its own');
    const open = networks.filter(({ internal }) => !internal);
    if (open.length > 0) return breached(`not internal: ${open.map(({ name }) => name).join(', ')}`);
    const strangers = networks.flatMap(({ members }) => members.filter((id) => !allowed.includes(id)));
    if (strangers.length > 0) return breached(`also there: ${strangers.map((id) => id.slice(0, 12)).join(', ')}`);
    return held('one internal network, two members');
  },
});
