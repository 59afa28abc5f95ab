import { type Bench, defineProbe } from './probe.ts';
import { type ApiTarget, callApi, withoutDocker } from './support/docker.ts';
import { judgeForeign } from './support/judge.ts';

type Target = ApiTarget & { readonly secret: string };

async function inspect(bench: Bench, from: ApiTarget['from'], by: 'id' | 'name', prefix = ''): Promise<Target> {
  const foreign = await bench.container('foreign');
  return { from, method: 'GET', path: `${prefix}/containers/${foreign[by]}/json`, secret: bench.secret };
}

export default defineProbe<Target, Awaited<ReturnType<typeof callApi>>['out']>({
  id: 'foreign-inspect',
  title: 'Environment and mounts of another project’s container cannot be read',
  group: 'docker',
  attacks: ['DKR-03'],
  why: 'Inspecting a container gives its whole environment: database passwords and keys of other projects.',
  leaves: 'That something runs on this machine can be guessed from the time that answers take.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: (bench) =>
    Promise.all([inspect(bench, 'box', 'id'), inspect(bench, 'box', 'name'), inspect(bench, 'box', 'id', '/v1.41')]),
  control: (bench) => inspect(bench, 'weak', 'id'),
  attempt: callApi,
  judge: (out, { secret }) => judgeForeign(out, secret),
});
