import { type Bench, defineProbe } from './probe.ts';
import { type ApiTarget, callApi, withoutDocker } from './support/docker.ts';
import { held, judgeRead } from './support/judge.ts';

type Target = ApiTarget & { readonly nonce: string };

async function events(bench: Bench, from: ApiTarget['from'], more = ''): Promise<Target> {
  await bench.container('foreign'); // its start is an event with the nonce in it
  const path = `/events?since=${bench.startedAt - 5}&until=${bench.now()}${more}`;
  return { from, method: 'GET', path, nonce: bench.nonce };
}

const filters = encodeURIComponent(JSON.stringify({ type: { container: true } }));

export default defineProbe<Target, Awaited<ReturnType<typeof callApi>>['out']>({
  id: 'foreign-events',
  title: 'Events of other projects are not told',
  group: 'docker',
  attacks: ['DKR-03'],
  why: 'Events name every container, image and label of the machine as things happen.',
  leaves: 'Faults in the firewall.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: (bench) => Promise.all([events(bench, 'box'), events(bench, 'box', `&filters=${filters}`)]),
  async control(bench) {
    // A new event: the engine keeps 256 (moby, daemon/events/events.go), and the other probes make some all the time.
    await bench.through('foreign', [], () => Promise.resolve());
    return await events(bench, 'weak');
  },
  attempt: callApi,
  judge(out, { nonce }) {
    if (out.ok && out.value.status === 200 && !out.value.body.includes(nonce))
      return held('200, without the other project');
    return judgeRead(out, nonce);
  },
});
