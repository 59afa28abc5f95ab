import { LABELS } from '../policy/layout.ts';
import type { Bench } from './probe.ts';
import { defineProbe } from './probe.ts';
import { type ApiTarget, callApi, json, toCanary, withoutDocker, withoutEngine } from './support/docker.ts';
import { judgeWrite, need } from './support/judge.ts';

/** Those of the project, which the image brings along, are taken off again. */
const labels = (bench: Bench): Readonly<Record<string, string>> => ({
  [LABELS.project]: '',
  'com.docker.compose.project': `cofferdam-verify-${bench.nonce}`,
  [LABELS.verify]: bench.nonce,
});

async function create(bench: Bench, from: ApiTarget['from'], prefix: string): Promise<ApiTarget> {
  // An engine that gets the request and lacks the image says so, and makes nothing.
  const image = bench.from === 'host' ? (await bench.container('box')).image : `cofferdam-verify-absent-${bench.nonce}`;
  return {
    from,
    method: 'POST',
    path: `${prefix}/containers/create?name=cofferdam-verify-${bench.nonce}-${from}${prefix.replaceAll('/', '-')}`,
    // Never started, and removed by its label, should it come into being.
    body: json({ Image: image, Labels: labels(bench), HostConfig: { Binds: ['/:/host'] } }),
  };
}

export default defineProbe({
  id: 'docker-create',
  title: 'A container with the host’s file system cannot be created',
  group: 'docker',
  attacks: ['DKR-01', 'DKR-04'],
  why: 'Whoever can create a container can mount / of the host into it and is root there.',
  leaves: 'Faults in the firewall or the engine.',
  inside: async (bench) => toCanary(bench, await create(bench, 'box', '')),
  absentInside: withoutEngine,
  notApplicable: withoutDocker,
  targets: (bench) => Promise.all(['', '/v1.41', '/v1.24'].map((prefix) => create(bench, 'box', prefix))),
  control: (bench) => create(bench, 'weak', ''),
  async attempt(bench, target: ApiTarget) {
    if (bench.from === 'inside' && target.socket === undefined) {
      // A refusal proves nothing where nothing is allowed either.
      const { out } = await callApi(bench, { from: 'box', method: 'GET', path: '/containers/json' });
      if (need(out, 'docker ps').status !== 200) throw new Error('not even `docker ps` works');
    }
    return await callApi(bench, target);
  },
  judge: judgeWrite,
});
