import type { EditorProcess } from '../../core/probing.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Bench, ContainerFacts, Judged, Place } from '../probe.ts';
import { areApart, editorsIn, pretended } from './editors.ts';
import { unclear } from './judge.ts';

/** Where an editor's server is looked for, and from where it is attacked. */
export interface LiveTarget {
  readonly editor: Place;
  readonly agent: Place;
  /** Only processes with this in their command line count: those of this run. */
  readonly folder?: string;
}

/** What the probes of an attached editor have in common. */
export const liveProbe = (id: string) => {
  const control = async (bench: Bench): Promise<LiveTarget> => {
    const { place, folder } = await pretended(bench, id);
    return { editor: place, agent: place, folder };
  };
  return {
    group: 'editor' as const,
    live: true as const,
    targets: (): Promise<readonly LiveTarget[]> => Promise.resolve([{ editor: 'editor', agent: 'box' }]),
    control,
    inside: control,
  };
};

/** In one container and of one user, what the server has is the agent's by nature. */
export const attached = ({ topology }: Policy): string | undefined =>
  topology === 'attached' ? 'topology: attached' : undefined;

type Mounts = ContainerFacts['mounts'];

/** A name that two containers have for the same thing: where the host, or a volume, has it. */
function behind(mounts: Mounts, path: string): string | undefined {
  const [mount] = mounts
    .filter(({ target }) => path === target || path.startsWith(`${target}/`))
    .sort((a, b) => b.target.length - a.target.length);
  return mount && `${mount.type} ${mount.source}${path.slice(mount.target.length)}`;
}

/** The path by which another container has what this one has at `path`; undefined if they do not share it. */
export function sharedPath(from: Mounts, to: Mounts, path: string): string | undefined {
  const name = behind(from, path);
  const [mount] = to.flatMap(({ type, source, target }) => {
    const start = `${type} ${source}`;
    const below = name === start || name?.startsWith(`${start}/`);
    return below && name !== undefined ? [`${target}${name.slice(start.length)}`] : [];
  });
  return mount;
}

export interface Live {
  readonly processes: readonly EditorProcess[];
  /** Editor and agent are in containers of their own. */
  readonly apart: boolean;
  /** Addresses of the editor's container. */
  readonly addresses: readonly string[];
  /** The agent's path of something of the editor's container. */
  seen(path: string): string | undefined;
}

/** The server's processes, and how the agent gets at what they have. */
export async function look(bench: Bench, { editor, agent, folder }: LiveTarget): Promise<Live> {
  const { processes } = await editorsIn(bench, editor, folder);
  if (!(await areApart(bench, editor, agent))) {
    return { processes, apart: false, addresses: [], seen: (path) => path };
  }
  const [there, here] = [await bench.container(editor), await bench.container(agent)];
  return {
    processes,
    apart: true,
    addresses: there.networks.map(({ address }) => address).filter((address) => address !== ''),
    seen: (path) => sharedPath(there.mounts, here.mounts, path),
  };
}

/** Why nothing can be said of these processes, if so. */
export function unseen(processes: readonly EditorProcess[]): Judged | undefined {
  if (!processes.some(({ server }) => server)) {
    return unclear('no editor’s server runs there: attach an editor, open a terminal in it, and run again');
  }
  const hidden = processes.filter(({ files }) => files !== 'ok');
  if (hidden.length === 0) return undefined;
  return unclear(
    `files that could not be looked at: ${hidden.map(({ pid, files }) => `${pid} (${files})`).join(', ')}`,
  );
}

export const many = (processes: readonly EditorProcess[]): string =>
  `${processes.length} process(es) of ${processes.filter(({ server }) => server).length} server(s)`;
