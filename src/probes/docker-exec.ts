import { type Bench, defineProbe } from './probe.ts';
import { type ApiTarget, callApi, json, toCanary, withoutDocker, withoutEngine } from './support/docker.ts';
import { judgeWrite } from './support/judge.ts';

async function exec(bench: Bench, from: ApiTarget['from'], place: 'foreign' | 'box'): Promise<ApiTarget> {
  const id =
    bench.from === 'host' ? (await bench.container(place)).id : `cofferdam-verify-absent-${bench.nonce}-${place}`;
  // Only created: an exec that is never started runs nothing and goes away with its container.
  const body = json({ Cmd: ['true'], User: '0' });
  return { from, method: 'POST', path: `/containers/${id}/exec`, body, exists: bench.from === 'host' };
}

export default defineProbe({
  id: 'docker-exec',
  title: 'Nothing can be executed in a container through Docker',
  group: 'docker',
  attacks: ['DKR-04'],
  why: 'An exec runs as root in any container, the agent’s own included, whatever the container’s user is.',
  leaves: 'Faults in the firewall or the engine.',
  inside: async (bench) => toCanary(bench, await exec(bench, 'box', 'foreign')),
  absentInside: withoutEngine,
  notApplicable: withoutDocker,
  targets: (bench) => Promise.all([exec(bench, 'box', 'foreign'), exec(bench, 'box', 'box')]),
  control: (bench) => exec(bench, 'weak', 'foreign'),
  attempt: callApi,
  judge: judgeWrite,
});
