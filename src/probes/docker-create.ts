import { LABELS } from '../policy/layout.ts';
import type { Bench } from './probe.ts';
import { defineProbe } from './probe.ts';
import { type ApiTarget, callApi, json, withoutDocker } from './support/docker.ts';
import { judgeWrite } from './support/judge.ts';

/** Those of the project, which the image brings along, are taken off again. */
const labels = (bench: Bench): Readonly<Record<string, string>> => ({
  [LABELS.project]: '',
  'com.docker.compose.project': `cofferdam-verify-${bench.nonce}`,
  [LABELS.verify]: bench.nonce,
});

async function create(bench: Bench, from: ApiTarget['from'], prefix: string): Promise<ApiTarget> {
  const { image } = await bench.container('box');
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
  inside: 'no',
  notApplicable: withoutDocker,
  targets: (bench) => Promise.all(['', '/v1.41', '/v1.24'].map((prefix) => create(bench, 'box', prefix))),
  control: (bench) => create(bench, 'weak', ''),
  attempt: callApi,
  judge: judgeWrite,
});
