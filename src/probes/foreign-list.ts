import { type Bench, defineProbe } from './probe.ts';
import { type ApiTarget, callApi, withoutDocker } from './support/docker.ts';
import { held, judgeRead } from './support/judge.ts';

type Target = ApiTarget & { readonly nonce: string };

async function list(bench: Bench, from: ApiTarget['from'], path: string): Promise<Target> {
  await bench.container('foreign'); // its names hold the nonce
  return { from, method: 'GET', path, nonce: bench.nonce };
}

const isList = (body: string): boolean => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
};

export default defineProbe<Target, Awaited<ReturnType<typeof callApi>>['out']>({
  id: 'foreign-list',
  title: 'Containers, networks and volumes of other projects are not listed',
  group: 'docker',
  attacks: ['DKR-03'],
  why: 'A list is where an attack on a neighbour starts; names, labels and commands already say much.',
  leaves: 'Counts in `docker info`.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: (bench) =>
    Promise.all(
      ['/containers/json?all=1', '/containers/json?all=1&size=0&limit=100', '/networks', '/volumes', '/system/df'].map(
        (path) => list(bench, 'box', path),
      ),
    ),
  control: (bench) => list(bench, 'weak', '/containers/json?all=1'),
  attempt: callApi,
  judge(out, { nonce }) {
    if (out.ok && out.value.status === 200 && isList(out.value.body) && !out.value.body.includes(nonce)) {
      return held('200, without the other project');
    }
    return judgeRead(out, nonce);
  },
});
