import { type Bench, defineProbe } from './probe.ts';
import { type ApiTarget, callApi, withoutDocker } from './support/docker.ts';
import { judgeForeign } from './support/judge.ts';

type Target = ApiTarget & { readonly secret: string };

async function call(bench: Bench, from: ApiTarget['from'], method: string, what: string): Promise<Target> {
  const { id } = await bench.container('foreign');
  return { from, method, path: `/containers/${id}/${what}`, secret: bench.secret };
}

export default defineProbe<Target, Awaited<ReturnType<typeof callApi>>['out']>({
  id: 'foreign-files',
  title: 'Files of another project’s container cannot be read through Docker',
  group: 'docker',
  attacks: ['DKR-02'],
  why: '`docker cp` and `docker export` are GET requests: a proxy that only stops POST gives away every file of every container, its host folders included.',
  leaves: 'Faults in the firewall.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: (bench) =>
    Promise.all([
      call(bench, 'box', 'GET', 'archive?path=/canary'),
      call(bench, 'box', 'GET', 'archive?path=/proc/1/environ'),
      call(bench, 'box', 'GET', 'export'),
    ]),
  control: (bench) => call(bench, 'weak', 'GET', 'archive?path=/canary'),
  attempt: callApi,
  judge: (out, { secret }) => judgeForeign(out, secret),
});
