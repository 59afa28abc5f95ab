import type { Facts, FoundFile, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly names: readonly string[];
  /** Instead of PATH and the usual places. */
  readonly path?: string;
}

interface Out {
  readonly found: readonly FoundFile[];
  /** `sh` is looked for together with them: a search that does not find it finds nothing. */
  readonly works: boolean;
  readonly tried: Outcome<Facts['run']> | undefined;
}

/** Programs whose only purpose is to become another user. `su` belongs to Debian's base and is judged by its bit. */
const HELPERS = ['sudo', 'doas', 'pkexec', 'sudoedit', 'gosu', 'su-exec', 'run0'];

async function planted(bench: Bench, place: Place, path: string): Promise<Target> {
  const site = await bench.at(place, 'root');
  need(await site.perform({ do: 'copy', path: '/bin/true', to: `${path}/sudo` }), 'canary program');
  return { place, names: HELPERS, ...(bench.from === 'inside' ? { path } : {}) };
}

export default defineProbe<Target, Out>({
  id: 'privilege-helpers',
  title: 'sudo, su, doas and their like are absent or powerless',
  group: 'runtime',
  attacks: ['RUN-04'],
  why: 'Root in the container rewrites control scripts. `command -v` is a shell’s builtin and finds nothing when it is executed as a program: PATH is searched, and what is found is run.',
  leaves: 'Helpers of other names that are not setuid.',
  inside: async (bench) => planted(bench, 'box', await bench.spare()),
  targets: () => Promise.resolve([{ place: 'box', names: [...HELPERS, 'su'] }]),
  control: (bench) => planted(bench, 'weak', '/usr/local/bin'),
  async attempt(bench, { place, names, path: folder }) {
    const site = await bench.at(place);
    const found = need(
      await site.perform({ do: 'search', names: [...names, 'sh'], ...(folder === undefined ? {} : { path: folder }) }),
      'search of PATH',
    );
    const helper = found.find(({ path }) => !path.endsWith('/sh'));
    const argv = helper?.path.endsWith('/su') ? [helper.path, '-c', 'id -u'] : [helper?.path ?? '', '-n', 'id', '-u'];
    const tried = helper && (await site.perform({ do: 'run', argv, timeoutMs: 30_000 }));
    return {
      did: `search PATH for ${names.join(', ')}`,
      out: {
        found: found.filter(({ path }) => !path.endsWith('/sh')),
        works: found.some(({ path }) => path.endsWith('/sh')),
        tried,
      },
    };
  },
  judge({ found, works, tried }) {
    if (tried?.ok && tried.value.stdout.trim() === '0') return breached(`${found[0]?.path} made the agent uid 0`);
    const live = found.filter(({ path, mode }) => !path.endsWith('/su') || (mode & 0o4000) !== 0);
    if (live.length > 0)
      return breached(`found ${live.map(({ path, mode }) => `${path} ${mode.toString(8)}`).join(', ')}`);
    if (!works) return unclear('the search does not even find sh');
    return held(
      found.length > 0 ? `${found.map(({ path }) => path).join(', ')} without its bit, and it did not help` : 'none',
    );
  },
});
