import { type Bench, defineProbe } from './probe.ts';
import { type ApiTarget, callApi, withoutDocker } from './support/docker.ts';
import { judgeForeign } from './support/judge.ts';

type Target = ApiTarget & { readonly secret: string };

async function logs(bench: Bench, from: ApiTarget['from'], by: 'id' | 'name'): Promise<Target> {
  const foreign = await bench.container('foreign');
  return { from, method: 'GET', path: `/containers/${foreign[by]}/logs?stdout=1&stderr=1`, secret: bench.secret };
}

export default defineProbe<Target, Awaited<ReturnType<typeof callApi>>['out']>({
  id: 'foreign-logs',
  title: 'Logs of another project’s container cannot be read',
  group: 'docker',
  attacks: ['DKR-03'],
  why: 'Logs hold tokens, mails with reset links, and whatever else a program prints.',
  leaves: 'Logs of this project’s own and its declared services can be read: that is what the access is for.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: (bench) => Promise.all([logs(bench, 'box', 'id'), logs(bench, 'box', 'name')]),
  control: (bench) => logs(bench, 'weak', 'id'),
  attempt: callApi,
  judge: (out, { secret }) => judgeForeign(out, secret),
});
