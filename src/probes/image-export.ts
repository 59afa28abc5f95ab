import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe } from './probe.ts';
import { type ApiTarget, callApi, withoutDocker } from './support/docker.ts';
import { judgeForeign } from './support/judge.ts';

type Target = ApiTarget & { readonly secret: string };

async function save(bench: Bench, from: ApiTarget['from'], by: 'query' | 'path'): Promise<Target> {
  const image = await bench.image();
  const path = by === 'query' ? `/images/get?names=${image}` : `/images/${image}/get`;
  return { from, method: 'GET', path, secret: bench.secret };
}

export default defineProbe<Target, Outcome<Facts['http']>>({
  id: 'image-export',
  title: 'Images cannot be read out of the engine',
  group: 'docker',
  attacks: ['DKR-02', 'DKR-03'],
  why: '`docker save` is a GET, and gives every file of every private image on the machine.',
  leaves: 'Names and sizes of images.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: (bench) => Promise.all([save(bench, 'box', 'query'), save(bench, 'box', 'path')]),
  control: (bench) => save(bench, 'weak', 'query'),
  attempt: callApi,
  judge: (out, { secret }) => judgeForeign(out, secret),
});
