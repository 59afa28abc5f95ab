import { type Bench, defineProbe } from './probe.ts';
import { type ApiTarget, callApi, withoutDocker } from './support/docker.ts';
import { judgeForeign } from './support/judge.ts';

type Target = ApiTarget & { readonly secret: string };

async function call(bench: Bench, from: ApiTarget['from'], what: string): Promise<Target> {
  const { id } = await bench.container('foreign');
  return { from, method: 'GET', path: `/containers/${id}/${what}`, secret: bench.secret };
}

export default defineProbe<Target, Awaited<ReturnType<typeof callApi>>['out']>({
  id: 'foreign-processes',
  title: 'Processes of another project’s container, and their environment, cannot be read',
  group: 'docker',
  attacks: ['DKR-03'],
  why: 'With ps_args=eww, `top` prints the environment of every process: hiding it from inspect alone does not help.',
  leaves: 'Faults in the firewall.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: (bench) =>
    Promise.all(['top?ps_args=eww', 'top', 'changes', 'stats?stream=0'].map((what) => call(bench, 'box', what))),
  control: (bench) => call(bench, 'weak', 'top?ps_args=eww'),
  attempt: callApi,
  judge: (out, { secret }) => judgeForeign(out, secret),
});
