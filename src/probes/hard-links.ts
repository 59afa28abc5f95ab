import { type Bench, defineProbe } from './probe.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly workspace: 'box' | 'weak';
  readonly paths: readonly string[];
}

type Out = Awaited<ReturnType<Bench['secondNames']>>;

export default defineProbe<Target, Out>({
  id: 'hard-links',
  title: 'No protected file has a second name through which it could be written',
  group: 'tampering',
  attacks: ['RUN-10', 'TAM-07', 'TAM-08'],
  why: 'A read-only mount protects a name: another name of the same file, made before the box was started or by a tool on the host, leads round it (link(2)). The real workspace is looked at, from the host.',
  leaves: 'A second name that is made on the host later.',
  inside: 'no',
  async targets(bench) {
    // Borrowed objects may have names in other clones on the host, and other worktrees' folders are theirs to write: no name
    // of them is within this agent's reach.
    const theirs = [`${bench.git.common}/objects`, `${bench.git.common}/worktrees`];
    const paths = (await bench.protectedPaths()).filter(
      ({ access, path }) => access === 'read-only' && !theirs.includes(path),
    );
    return paths.length === 0 ? [] : [{ workspace: 'box', paths: paths.map(({ path }) => path) }];
  },
  async control(bench) {
    const site = await bench.at('weak');
    const path = `names-${bench.nonce}`;
    need(await site.perform({ do: 'create', path: `/workspace/${path}`, text: 'canary\n' }), 'canary');
    const second = { do: 'link', path: `/workspace/${path}.2`, to: `/workspace/${path}` } as const;
    need(await site.perform(second), 'second name');
    return { workspace: 'weak', paths: [path] };
  },
  async attempt(bench, { workspace, paths }) {
    return {
      did: `count the names of files below ${paths.length} path(s)`,
      out: await bench.secondNames(workspace, paths),
    };
  },
  judge({ files, linked, whole }) {
    if (linked.length > 0) return breached(`has a second name: ${linked.slice(0, 5).join(', ')}`);
    if (!whole) return unclear('there are too many files');
    return files === 0 ? unclear('there is no file') : held(`${files} files, one name each`);
  },
});
