import { type Bench, defineProbe } from './probe.ts';
import {
  type ApiTarget,
  callApi,
  isSandboxed,
  json,
  toCanary,
  withoutDocker,
  withoutEngine,
} from './support/docker.ts';
import { judgeWrite } from './support/judge.ts';

/** Without a name, which the engine refuses: nothing comes into being even where it gets through. */
const network = (from: ApiTarget['from']): ApiTarget => ({
  from,
  method: 'POST',
  path: '/networks/create',
  body: json({}),
});

const ofNobody = (absent: string): readonly ApiTarget[] => [
  { from: 'box', method: 'POST', path: `/networks/${absent}/connect`, body: json({ Container: absent }) },
  { from: 'box', method: 'DELETE', path: `/volumes/${absent}` },
  { from: 'box', method: 'DELETE', path: `/networks/${absent}` },
];

/** A neighbour's network, which the engine does not remove while somebody is on it. */
async function ofOthers(bench: Bench): Promise<readonly ApiTarget[]> {
  const { networks } = await bench.container('foreign');
  return networks.flatMap(({ id }): ApiTarget[] => [
    { from: 'box', method: 'POST', path: `/networks/${id}/connect`, body: json({ Container: '/' }), exists: true },
    { from: 'box', method: 'DELETE', path: `/networks/${id}`, exists: true },
  ]);
}

export default defineProbe<ApiTarget, Awaited<ReturnType<typeof callApi>>['out']>({
  id: 'docker-resources',
  title: 'Volumes, networks, images and plugins cannot be changed through Docker',
  group: 'docker',
  attacks: ['DKR-04'],
  why: 'A volume with driver options binds a host folder; a network connection reaches a neighbour; a file goes into a container by PUT.',
  leaves: 'Faults in the firewall or the engine.',
  inside: (bench) => toCanary(bench, network('box')),
  absentInside: withoutEngine,
  notApplicable: withoutDocker,
  async targets(bench) {
    const absent = `cofferdam-verify-absent-${bench.nonce}`;
    const prune = encodeURIComponent(json({ label: [`dev.cofferdam.verify=${absent}`] }));
    const calls: ApiTarget[] = [
      network('box'),
      { from: 'box', method: 'POST', path: '/volumes/create', body: json({ Name: '/' }) },
      { from: 'box', method: 'POST', path: `/commit?container=${absent}` },
      { from: 'box', method: 'POST', path: `/images/${absent}/tag?repo=${absent}` },
      { from: 'box', method: 'POST', path: `/images/${absent}/push` },
      { from: 'box', method: 'DELETE', path: `/images/${absent}` },
      { from: 'box', method: 'PUT', path: `/containers/${absent}/archive?path=/` },
      { from: 'box', method: 'POST', path: `/containers/prune?filters=${prune}` },
      { from: 'box', method: 'POST', path: `/plugins/${absent}/enable` },
    ];
    return [...calls, ...(isSandboxed(bench) ? await ofOthers(bench) : ofNobody(absent))];
  },
  control: () => Promise.resolve(network('weak')),
  attempt: callApi,
  judge: judgeWrite,
});
