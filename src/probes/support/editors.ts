import type { Facts } from '../../core/probing.ts';
import { EDITOR_VARIABLES } from '../../policy/editor-environment.ts';
import type { Bench, Place, Site } from '../probe.ts';
import { need } from './judge.ts';

export const VARIABLES: readonly string[] = EDITOR_VARIABLES.map(({ name }) => name);

/** How the sockets of VS Code, of what is made from it, and of its servers are called. */
const EDITOR_SOCKET =
  /(?:^|[/@])(?:vscode-|cursor-|windsurf-|code-server)[^/]*\.sock$|\.(?:vscode|cursor|windsurf)-server|exthost/i;

/**
 * code-server’s list of its own sessions, in its data folder: it answers with names of other sockets and does nothing
 * else (its vscodeSocket.js, 4.139), and whoever can connect to those finds them by himself.
 */
export const isSessionList = (path: string): boolean => path.endsWith('/code-server-ipc.sock');

export const isEditorSocket = (path: string): boolean => EDITOR_SOCKET.test(path) && !isSessionList(path);

/** What evidence says of those, so that none is passed over. */
export const lists = (paths: readonly string[]): string => {
  const found = paths.filter(isSessionList).length;
  return found > 0 ? `; ${found} list(s) of code-server’s sessions answer, which do nothing` : '';
};

/** Where an editor’s server puts its sockets: XDG_RUNTIME_DIR, else TMPDIR, else /tmp. */
export async function runtimeFolder(site: Site): Promise<string> {
  const { environment } = need(await site.perform({ do: 'status' }), 'status');
  return environment.XDG_RUNTIME_DIR || environment.TMPDIR || '/tmp';
}

/** Whether two places are containers of their own. */
export const areApart = async (bench: Bench, one: Place, other: Place): Promise<boolean> =>
  bench.from === 'host' && one !== other && (await bench.container(one)).id !== (await bench.container(other)).id;

/** A server of ours that looks like an editor’s, in the weak container or (inside) where we stand. Each probe has its own. */
export async function pretended(
  bench: Bench,
  probe: string,
): Promise<{ readonly place: Place; readonly folder: string } & Facts['pretend']> {
  const [place, folder]: [Place, string] =
    bench.from === 'inside' ? ['box', await bench.spare()] : ['weak', `/tmp/${bench.nonce}-${probe}`];
  const site = await bench.at(place);
  if (place === 'weak') {
    const made = await site.perform({ do: 'mkdir', path: folder });
    if (!made.ok && made.code !== 'EEXIST') need(made, folder);
  }
  return { place, folder, ...need(await site.perform({ do: 'pretend', folder }), 'pretended editor') };
}

/** The editor’s processes that are seen in a place: all but those of this run, or only those in a folder of this run. */
export async function editorsIn(bench: Bench, place: Place, only: string | undefined): Promise<Facts['editors']> {
  const which = only === undefined ? { skip: bench.nonce } : { only };
  return need(await (await bench.at(place)).perform({ do: 'editors', ...which }), 'editor’s processes');
}
