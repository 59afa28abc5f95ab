import { type Bench, type ContainerFacts, defineProbe } from './probe.ts';
import { breached, held, unclear } from './support/judge.ts';

interface Target {
  readonly place: 'box' | 'weak';
  readonly project: string | undefined;
}

interface Out {
  readonly volumes: readonly string[];
  readonly others: readonly ContainerFacts[];
}

async function target(bench: Bench, place: Target['place']): Promise<Target> {
  const { labels } = await bench.container(place);
  return { place, project: labels['com.docker.compose.project'] };
}

export default defineProbe<Target, Out>({
  id: 'shared-volumes',
  title: 'No other project’s container mounts a volume of the box',
  group: 'network',
  attacks: ['PER-01', 'PER-02', 'PER-03'],
  why: 'A package store or an agent’s configuration that two projects share carries an infection from one to the other.',
  leaves: 'A container that is made later.',
  inside: 'no',
  targets: async (bench) => [await target(bench, 'box')],
  async control(bench) {
    await bench.container('foreign'); // it mounts the same volume
    return await target(bench, 'weak');
  },
  async attempt(bench, { place }) {
    const { id, mounts } = await bench.container(place);
    const volumes = mounts.filter(({ type }) => type === 'volume').map(({ source }) => source);
    const everyone = await bench.everyone();
    return {
      did: `look for ${volumes.length} volume(s) in ${everyone.length} container(s)`,
      out: { volumes, others: everyone.filter((one) => one.id !== id) },
    };
  },
  judge({ volumes, others }, { project }) {
    if (others.length === 0) return unclear('there is no other container to compare with');
    const sharing = others.filter(
      ({ labels, mounts }) =>
        (project === undefined || labels['com.docker.compose.project'] !== project) &&
        mounts.some(({ type, source }) => type === 'volume' && volumes.includes(source)),
    );
    if (sharing.length > 0) return breached(`shared with ${sharing.map(({ name }) => name).join(', ')}`);
    // compose gives a volume of the project its name; another name is another project’s, or everybody’s.
    const odd = volumes.filter(
      (name) => project !== undefined && !name.startsWith(`${project}_`) && !/^[0-9a-f]{64}$/.test(name),
    );
    return odd.length > 0 ? breached(`not of this project: ${odd.join(', ')}`) : held('none is shared');
  },
});
