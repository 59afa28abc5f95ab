import { type Bench, defineProbe } from './probe.ts';
import { judgeTamper, type RouteResult, type TamperTarget, tamper } from './support/tamper.ts';

/** Writable binds from within the workspace to elsewhere in the box: their sources must stay what they are. */
async function sources(bench: Bench, place: TamperTarget['place']): Promise<readonly TamperTarget[]> {
  const { mounts } = await bench.container('box');
  return mounts.flatMap(({ type, source, target, writable }) => {
    const at = source.indexOf(`${bench.root}/`);
    if (type !== 'bind' || !writable || at < 0 || target.startsWith('/workspace')) return [];
    return [{ place, path: source.slice(at + bench.root.length + 1), leaf: 'canary', replaceOnly: true }];
  });
}

export default defineProbe<TamperTarget, readonly RouteResult[]>({
  id: 'bind-sources',
  title: 'What the box mounts from the workspace cannot be swapped for a link',
  group: 'tampering',
  attacks: ['RUN-08', 'RUN-10'],
  why: 'The engine follows links on the host: a folder that was replaced by one mounts whatever it points to at the next start.',
  leaves: 'Links that are there before the first start; the host script refuses those.',
  exclusive: 'scratch',
  inside: 'no',
  notApplicable: ({ agents }) => (agents.length === 0 ? 'no agent, so no folder of one is mounted' : undefined),
  targets: (bench) => sources(bench, 'twin'),
  async control(bench) {
    const [first] = await sources(bench, 'weak');
    if (!first) throw new Error('the box mounts nothing from the workspace to elsewhere');
    return first;
  },
  attempt: tamper,
  judge: judgeTamper,
});
