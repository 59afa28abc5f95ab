import { type Bench, defineProbe } from './probe.ts';
import { type ApiTarget, callApi, isSandboxed, toCanary, withoutDocker, withoutEngine } from './support/docker.ts';
import { judgeWrite } from './support/judge.ts';

/** The foreign container runs already: the engine answers 304 and does nothing. */
async function start(bench: Bench, from: ApiTarget['from']): Promise<ApiTarget> {
  const id = bench.from === 'host' ? (await bench.container('foreign')).id : `cofferdam-verify-absent-${bench.nonce}`;
  return { from, method: 'POST', path: `/containers/${id}/start`, exists: bench.from === 'host' };
}

/** Requests about a neighbour that the engine answers without doing anything, should they get through. */
async function harmless(bench: Bench): Promise<readonly ApiTarget[]> {
  const { id } = await bench.container('foreign');
  const to = `/containers/${id}`;
  return ['unpause', 'resize?h=x&w=x', 'attach', 'update', 'rename?name=/'].map(
    (verb): ApiTarget => ({ from: 'box', method: 'POST', path: `${to}/${verb}`, exists: true }),
  );
}

const VERBS = ['start', 'stop', 'kill', 'restart', 'pause', 'unpause', 'wait', 'update', 'attach?stream=1'];

export default defineProbe<ApiTarget, Awaited<ReturnType<typeof callApi>>['out']>({
  id: 'docker-lifecycle',
  title: 'No container can be started, stopped, changed or removed through Docker',
  group: 'docker',
  attacks: ['DKR-04'],
  why: 'Stopping a guard or restarting a neighbour with other settings needs a single verb that slipped through.',
  leaves: 'Faults in the firewall or the engine.',
  inside: async (bench) => toCanary(bench, await start(bench, 'box')),
  absentInside: withoutEngine,
  notApplicable: withoutDocker,
  async targets(bench) {
    // A name that nothing has: should the request get through, the engine says so and nothing happens.
    const absent = `cofferdam-verify-absent-${bench.nonce}`;
    if (isSandboxed(bench)) return [await start(bench, 'box'), ...(await harmless(bench))];
    return [
      await start(bench, 'box'),
      ...VERBS.map((verb): ApiTarget => ({ from: 'box', method: 'POST', path: `/containers/${absent}/${verb}` })),
      { from: 'box', method: 'POST', path: `/containers/${absent}/rename?name=x${bench.nonce}` },
      { from: 'box', method: 'DELETE', path: `/containers/${absent}?force=1` },
    ];
  },
  control: (bench) => start(bench, 'weak'),
  attempt: callApi,
  judge: judgeWrite,
});
