import type { FoundSocket } from '../../core/probing.ts';
import type { Attempt, Bench, Place, User } from '../probe.ts';
import { need } from './judge.ts';

/** Folders in which engines, agents and editors put their sockets; listening ones are found elsewhere, too. */
const FOLDERS = ['/tmp', '/run', '/var/run', '/var/tmp', '/dev/shm', '/home', '/root', '/workspace/.git'];

/** All sockets of a place, or one that is put there. */
export interface SweepTarget {
  readonly place: Place;
  readonly user: User;
}

export const boxSweep: readonly SweepTarget[] = [{ place: 'box', user: 'agent' }];

export async function sweep(bench: Bench, { place, user }: SweepTarget): Promise<Attempt<readonly FoundSocket[]>> {
  const site = await bench.at(place, user);
  const { environment } = need(await site.perform({ do: 'status' }), 'status');
  const own = [environment.XDG_RUNTIME_DIR, environment.TMPDIR].filter((path): path is string => !!path);
  const out = await site.perform({
    do: 'sockets',
    folders: [...FOLDERS, ...own],
    // What another probe of this run has put into the box is no way out of it.
    ...(place === 'box' && user === 'agent' ? { skip: bench.nonce } : {}),
  });
  return { did: 'connect to every unix socket', out: need(out, 'sweep of sockets') };
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

/** As `plant`, where we stand; the sweep is then told not to skip it. */
export async function plantHere(
  bench: Bench,
  as: 'engine' | 'ssh-agent' | 'gpg-agent' | 'editor',
  path: string,
): Promise<SweepTarget> {
  const site = await bench.at('box', 'root');
  need(await site.perform({ do: 'serve', at: { socket: path }, as }), 'canary socket');
  return { place: 'box', user: 'root' };
}

export const count = (sockets: readonly FoundSocket[]): string => {
  const open = sockets.filter(({ connect }) => connect === 'ok').length;
  return `${sockets.length} socket(s) found, ${open} accept a connection`;
};
