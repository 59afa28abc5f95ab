import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { breached, failed, held, need } from './support/judge.ts';
import { noWorktree } from './support/worktree.ts';

interface Target {
  readonly place: Place;
  readonly path: string;
}

/** What the box may see there: nothing, or the repository that git needs. */
const OURS = new Set(['.git']);

const GONE = new Set(['ENOENT', 'EACCES', 'EPERM']);

async function planted(bench: Bench): Promise<Target> {
  const path = await bench.spare();
  need(await (await bench.at('box')).perform({ do: 'create', path: `${path}/file.txt`, text: 'canary\n' }), 'canary');
  return { place: 'box', path };
}

export default defineProbe<Target, Outcome<Facts['list']>>({
  id: 'git-neighbour-files',
  title: 'Working files of the main checkout and of other worktrees are not in the box',
  group: 'tampering',
  attacks: ['TAM-12', 'CRD-09'],
  why: 'A folder that was mounted for git’s sake brings along the .env, the sources and the hooks of another checkout.',
  leaves: 'What is committed: every object of the main repository can be read.',
  notApplicable: noWorktree,
  inside: planted,
  targets: ({ git: { main, neighbours } }) =>
    Promise.resolve([...(main === undefined ? [] : [main]), ...neighbours].map((path) => ({ place: 'box', path }))),
  async control(bench) {
    const { main } = await bench.scratch('weak');
    if (main === undefined) throw new Error('there is no main checkout');
    return { place: 'weak', path: main };
  },
  async attempt(bench, { place, path }) {
    const out = await (await bench.at(place)).perform({ do: 'list', path });
    return { did: place === 'box' && bench.from === 'host' ? `list ${path}` : 'list a folder of this run', out };
  },
  judge(out) {
    if (!out.ok) return GONE.has(out.code) ? held(out.code) : failed(out);
    const seen = out.value.filter((name) => !OURS.has(name));
    return seen.length > 0 ? breached(`there: ${seen.slice(0, 5).join(', ')}`) : held('nothing but the repository');
  },
});
