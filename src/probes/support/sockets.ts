import type { FoundSocket } from '../../core/probing.ts';
import type { Attempt, Bench, Place, User } from '../probe.ts';
import { need } from './judge.ts';

/** Folders in which engines, agents and editors put their sockets; listening ones are found elsewhere, too. */
export const FOLDERS = ['/tmp', '/run', '/var/run', '/var/tmp', '/dev/shm', '/home', '/root', '/workspace/.git'];

/** All sockets of a place, or one that is put there. */
export interface SweepTarget {
  readonly place: Place;
  readonly user: User;
  /** Only this folder: one of this run. */
  readonly folder?: string;
}

export const boxSweep: readonly SweepTarget[] = [{ place: 'box', user: 'agent' }];

export async function sweep(
  bench: Bench,
  { place, user, folder }: SweepTarget,
): Promise<Attempt<readonly FoundSocket[]>> {
  const site = await bench.at(place, user);
  const { environment } = need(await site.perform({ do: 'status' }), 'status');
  const own = [environment.XDG_RUNTIME_DIR, environment.TMPDIR].filter((path): path is string => !!path);
  const out = await site.perform({
    do: 'sockets',
    folders: folder === undefined ? [...FOLDERS, ...own] : [folder],
    // What another probe of this run has put into the box is no way out of it.
    ...(place === 'box' && folder === undefined ? { skip: bench.nonce } : {}),
  });
  const found = need(out, 'sweep of sockets');
  return folder === undefined
    ? { did: 'connect to every unix socket', out: found }
    : { did: 'the same with one of this run', out: found.filter(({ path }) => path.startsWith(folder)) };
}

/** A socket of ours in the weak container that answers as the real one would. */
export async function plant(
  bench: Bench,
  as: 'engine' | 'ssh-agent' | 'gpg-agent' | 'editor',
  path: string,
): Promise<SweepTarget> {
  const site = await bench.at('weak', 'root');
  need(await site.perform({ do: 'serve', at: { socket: path }, as }), 'canary socket');
  return { place: 'weak', user: 'root' };
}

/** As `plant`, where we stand. */
export async function plantHere(
  bench: Bench,
  as: 'engine' | 'ssh-agent' | 'gpg-agent' | 'editor',
  name: string,
): Promise<SweepTarget> {
  const folder = await bench.spare();
  const at = { socket: `${folder}/${name}` };
  need(await (await bench.at('box')).perform({ do: 'serve', at, as }), 'canary socket');
  return { place: 'box', user: 'agent', folder };
}

export const count = (sockets: readonly FoundSocket[]): string => {
  const open = sockets.filter(({ connect }) => connect === 'ok').length;
  return `${sockets.length} socket(s) found, ${open} accept a connection`;
};
