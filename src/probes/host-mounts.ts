import type { Mount } from '../core/probing.ts';
import { type Bench, type ContainerFacts, defineProbe, type Place } from './probe.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly root: string;
  /** What of the main repository a worktree's box has. */
  readonly outside: readonly string[];
}

interface Out {
  readonly seen: readonly Mount[];
  readonly declared: ContainerFacts['mounts'];
}

/** Made by the engine for each container (mount(8) types of the kernel, and three files about the network). */
const KERNEL = new Set(['proc', 'sysfs', 'cgroup', 'cgroup2', 'mqueue', 'devpts', 'tmpfs', 'devtmpfs', 'overlay']);
const ENGINE = new Set([
  '/etc/resolv.conf',
  '/etc/hostname',
  '/etc/hosts',
  '/dev/mqueue',
  '/sbin/docker-init',
  '/usr/sbin/docker-init',
]);

const is = (path: string, source: string): boolean => source === path || source === `/host_mnt${path}`;

const below = (root: string, path: string): boolean =>
  [path, path.replace(/^\/host_mnt(?=\/)/, '')].some((one) => one === root || one.startsWith(`${root}/`));

const target = async (bench: Bench, place: Place): Promise<Target> => ({
  place,
  root: bench.root,
  outside: (await bench.protectedPaths()).map(({ path }) => path).filter((path) => path.startsWith('/')),
});

export default defineProbe<Target, Out>({
  id: 'host-mounts',
  title: 'Nothing of the host is mounted but the workspace and what the agent owns',
  group: 'runtime',
  attacks: ['RUN-07', 'CRD-09', 'PER-04'],
  why: 'Home directories, key folders and sockets arrive by a mount that somebody added for convenience. The mount table inside is compared with what the engine says and with the workspace.',
  leaves: 'The workspace itself, with every .env in it.',
  inside: 'no',
  targets: async (bench) => [await target(bench, 'box')],
  control: (bench) => target(bench, 'weak'),
  async attempt(bench, { place }) {
    const seen = need(await (await bench.at(place)).perform({ do: 'mounts' }), '/proc/self/mountinfo');
    const { mounts } = await bench.container(place);
    return { did: 'compare the mount table with the workspace and the volumes', out: { seen, declared: mounts } };
  },
  judge({ seen, declared }, { root, outside: own }) {
    if (!seen.some(({ at }) => at === '/') || declared.length === 0) return unclear('there is no mount table');
    const outside = declared.filter(
      ({ type, source }) => type === 'bind' && !below(root, source) && !own.some((path) => is(path, source)),
    );
    if (outside.length > 0) {
      return breached(`from outside of the workspace: ${outside.map(({ target: at }) => at).join(', ')}`);
    }
    const known = new Set(declared.map(({ target: at }) => at));
    const undeclared = seen.filter(({ at, type }) => !known.has(at) && !KERNEL.has(type) && !ENGINE.has(at));
    if (undeclared.length > 0)
      return breached(`mounted, but not declared: ${undeclared.map(({ at }) => at).join(', ')}`);
    return held(`${declared.length} mounts, all of this workspace or volumes`);
  },
});
