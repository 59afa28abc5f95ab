import { type ContainerFacts, defineProbe, type Place } from './probe.ts';
import { breached, held } from './support/judge.ts';

interface Out {
  readonly one: ContainerFacts;
  readonly sharing: readonly ContainerFacts[];
}

export default defineProbe<{ readonly place: Place }, Out>({
  id: 'network-sharing',
  title: 'No other container is in the box’s network namespace',
  group: 'network',
  attacks: ['SHR-03', 'RUN-05'],
  why: '`network_mode: service:…` gives both sides each other’s localhost, past every rule for one of them.',
  leaves: 'Services on a common network that the project declares.',
  inside: 'no',
  targets: () => Promise.resolve([{ place: 'box' }]),
  control: () => Promise.resolve({ place: 'exposed' }),
  async attempt(bench, { place }) {
    const one = await bench.container(place);
    const everyone = await bench.everyone();
    const sharing = everyone.filter(({ networkMode }) => networkMode === `container:${one.id}`);
    return { did: `ask the engine for the network of ${everyone.length} container(s)`, out: { one, sharing } };
  },
  judge({ one, sharing }) {
    if (one.networkMode === 'host' || one.networkMode.startsWith('container:'))
      return breached(`it is in ${one.networkMode}`);
    return sharing.length > 0
      ? breached(`shared with ${sharing.map(({ name }) => name).join(', ')}`)
      : held('it has its own');
  },
});
