import type { Action, ActionName } from '../../core/probing.ts';
import type { Attempt, Bench, Site } from '../probe.ts';
import { moved } from './here.ts';
import type { RouteResult, TamperTarget } from './tamper.ts';

const result = (route: string, code: string): RouteResult => ({ route, code, hostSees: false, fired: false });

/** Makes something and takes it away again; the errno if it can't be made. */
async function made(site: Site, action: Action<'create'> & { readonly do: 'create' }): Promise<string> {
  const outcome = await site.perform(action);
  if (!outcome.ok) return outcome.code;
  await site.perform<ActionName>({ do: 'unlink', path: action.path });
  return 'ok';
}

/** The folder itself, or the nearest one above it that exists. */
async function nearestFolder(site: Site, path: string): Promise<string> {
  for (let folder = path; folder !== ''; folder = folder.slice(0, folder.lastIndexOf('/'))) {
    if ((await site.perform({ do: 'list', path: folder })).ok) return folder;
  }
  return '/';
}

/** A linked worktree's repository is outside of the workspace, at the same place as on the host. */
function placeOf({ path, own, main }: TamperTarget, { git, root }: Bench): string {
  if (main) return `${git.main}/${path}`;
  if (own) return `${git.own}/${path}`;
  return git.kind === 'worktree' && path.startsWith('.git/')
    ? `${git.common}/${path.slice('.git/'.length)}`
    : `${root}/${path}`;
}

/**
 * The routes that change nothing even where they are open: what is there is the user's. Files are opened for writing and
 * nothing is written, new ones get a name of this run and are removed, and renames stop short of being done.
 */
export async function tamperHere(bench: Bench, target: TamperTarget): Promise<Attempt<readonly RouteResult[]>> {
  const site = await bench.at('box');
  const at = target.at ?? placeOf(target, bench);
  const { nonce } = bench;
  if (
    target.at === undefined &&
    !bench.policy &&
    !(await site.perform({ do: 'list', path: `${bench.root}/.git` })).ok
  ) {
    throw new Error('this is no repository: run it in the workspace');
  }
  const list = await site.perform({ do: 'list', path: at });
  const results: RouteResult[] = [];
  const add = (route: string, code: string): void => {
    results.push(result(route, code));
  };
  const write = async (path: string): Promise<string> => {
    const outcome = await site.perform({ do: 'append', path, text: '' });
    return outcome.ok ? 'ok' : outcome.code;
  };
  const move = async (kind: 'file' | 'folder'): Promise<string> => {
    const outcome = await moved(site, at, kind, nonce);
    return outcome.ok ? 'ok' : outcome.code;
  };
  if (list.ok) {
    if (target.replaceOnly === undefined) {
      add('make a file in it', await made(site, { do: 'create', path: `${at}/${nonce}`, text: '' }));
      const leaf = target.leaf === undefined ? 'ENOENT' : await write(`${at}/${target.leaf}`);
      if (leaf !== 'ENOENT') add('open for writing', leaf);
    }
    add('rename it', await move('folder'));
  } else if (list.code === 'ENOTDIR') {
    add('open for writing', await write(at));
    add('rename it', await move('file'));
  } else {
    const folder = await nearestFolder(site, at);
    add('make it', await made(site, { do: 'create', path: `${folder}/${nonce}`, text: '' }));
  }
  return {
    did: `${results.length} harmless routes to ${target.at ? 'a folder of this run' : target.path}`,
    out: results,
  };
}
