import { defineProbe } from './probe.ts';
import { type ApiTarget, callApi, toCanary, withoutDocker, withoutEngine } from './support/docker.ts';
import { judgeWrite } from './support/judge.ts';

const build = (from: ApiTarget['from']): ApiTarget => ({
  from,
  method: 'POST',
  path: '/build?dockerfile=there-is-none',
  headers: { 'Content-Type': 'application/x-tar', 'Content-Length': '0' },
});

const upgrade = (path: string): ApiTarget => ({
  from: 'box',
  method: 'POST',
  path,
  headers: { Connection: 'Upgrade', Upgrade: 'h2c', 'Content-Length': '0' },
});

export default defineProbe<ApiTarget, Awaited<ReturnType<typeof callApi>>['out']>({
  id: 'docker-build',
  title: 'Nothing can be built through Docker, by either builder',
  group: 'docker',
  attacks: ['DKR-04', 'DKR-07'],
  why: 'A build runs commands outside of the box, with the engine’s network; BuildKit hides behind /session and /grpc.',
  leaves: 'Faults in the firewall or the engine.',
  inside: (bench) => toCanary(bench, build('box')),
  absentInside: withoutEngine,
  notApplicable: withoutDocker,
  targets: () => Promise.resolve([build('box'), upgrade('/session'), upgrade('/grpc')]),
  control: () => Promise.resolve(build('weak')),
  attempt: callApi,
  judge: judgeWrite,
});
