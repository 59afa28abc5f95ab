import { type Bench, defineProbe } from './probe.ts';
import { type ApiTarget, callApi, withoutDocker } from './support/docker.ts';
import { held, judgeForeign, messageOf } from './support/judge.ts';

type Target = ApiTarget & { readonly mark: string };

/** A file that only root can read, and which is in every Debian container. */
async function shadow(bench: Bench, from: ApiTarget['from'], what: string): Promise<Target> {
  // The control reads another container's: of one with mounts below a link the engine makes no archive at all.
  const { id } = await bench.container(from === 'box' ? 'box' : 'foreign');
  return { from, method: 'GET', path: `/containers/${id}/${what}`, mark: 'root:' };
}

export default defineProbe<Target, Awaited<ReturnType<typeof callApi>>['out']>({
  id: 'own-files',
  title: 'Root’s files of the agent’s own container cannot be read through Docker',
  group: 'docker',
  attacks: ['DKR-02'],
  why: 'The engine reads as root: its archive of the agent’s own container undoes every file permission in it.',
  leaves: 'Faults in the firewall.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: (bench) => Promise.all([shadow(bench, 'box', 'archive?path=/etc/shadow'), shadow(bench, 'box', 'export')]),
  control: (bench) => shadow(bench, 'weak', 'archive?path=/etc/shadow'),
  attempt: callApi,
  judge(out, { mark }) {
    if (out.ok && out.value.status >= 400 && messageOf(out.value.body)?.startsWith('cofferdam:')) {
      return held(`${out.value.status} ${messageOf(out.value.body)}`);
    }
    return judgeForeign(out, mark);
  },
});
