import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { kindOf, namesIn, readTextFile } from '../host/disk.ts';
import { errno } from '../host/folder.ts';
import type { ProtectedPath } from '../policy/git-paths.ts';
import { gitOf, hostPaths, parseWorktree, WORKTREE_PATH, WORKTREES_PATH, type Worktree } from '../policy/worktree.ts';
import type { GitFacts } from '../probes/probe.ts';

const AGAIN =
  'cofferdam worktree list, in the main checkout, says what it knows; remove this worktree and add it again.';

const unsupported = (message: string, hint: string): ToolError => new ToolError('folder-unsupported', message, hint);

const MAX_BYTES = 16_384;

/** What `cofferdam worktree add` wrote about this folder; undefined if it made none of it. */
export function readWorktree(root: string): Worktree | undefined {
  if (kindOf(root, '.devcontainer') !== 'folder' || kindOf(root, WORKTREE_PATH) === 'absent') return undefined;
  const read = parseWorktree(readTextFile(root, WORKTREE_PATH, { maxBytes: MAX_BYTES }) ?? '');
  if (typeof read === 'string') throw unsupported(`${WORKTREE_PATH} ${read}.`, AGAIN);
  return read;
}

/**
 * Refuses a worktree that the main repository does not know: the file could have come with a branch, and name somebody
 * else's repository. Only the main repository's side counts, which no agent can write.
 */
export function refuseUnknown(root: string, worktree: Worktree): void {
  const here = realpathSync(root);
  const known = worktree.own === undefined ? registered(worktree, here) : linked(worktree, worktree.own, here);
  if (!known) {
    throw unsupported(`${worktree.main} does not know this folder as its worktree ${worktree.name}.`, AGAIN);
  }
}

function registered({ main, name }: Worktree, root: string): boolean {
  const lines = textBelow(main, `${WORKTREES_PATH}/${name}`)?.split('\n') ?? [];
  return lines.some((line) => line.slice(line.indexOf('=') + 1) === root);
}

/** Git's own link, back from its side: gitrepository-layout(5), worktrees/<id>/gitdir. */
function linked({ common }: Worktree, own: string, root: string): boolean {
  const back = textBelow(common, `${own.slice(common.length + 1)}/gitdir`)?.replace(/\n$/, '');
  if (back === undefined) return false;
  const place = isAbsolute(back) ? back : resolve(own, back);
  return place.endsWith('/.git') && real(dirname(place)) === root;
}

function textBelow(folder: string, path: string): string | undefined {
  return real(folder) === folder ? readTextFile(folder, path, { maxBytes: MAX_BYTES }) : undefined;
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** What the box of a worktree mounts from outside of the workspace, by absolute paths. */
export function outsideOf(root: string): readonly ProtectedPath[] {
  const worktree = readWorktree(root);
  return worktree === undefined ? [] : hostPaths(worktree, realpathSync(root));
}

/** The folder that git on the host takes configuration and hooks from, and the one for what is this folder's own. */
export function gitFolders(root: string): { readonly common: string; readonly own: string } {
  const { common, own } = readWorktree(root) ?? { common: undefined, own: undefined };
  const plain = join(root, '.git');
  return own === undefined || common === undefined ? { common: plain, own: plain } : { common, own };
}

/** The workspace's repository for probes. Where nothing says that it is a worktree it counts as an ordinary one. */
export function gitFacts(root: string): GitFacts {
  const worktree = readWorktree(root);
  const kind = worktree === undefined ? 'directory' : gitOf(worktree);
  return { kind, main: worktree?.main, ...gitFolders(root), neighbours: worktree ? neighbours(worktree, root) : [] };
}

/** As git and the registry of the main checkout have them; in a box there is no registry. */
function neighbours({ main, common, own }: Worktree, root: string): readonly string[] {
  const linked = namesIn(common, 'worktrees')
    .filter((name) => `${common}/worktrees/${name}` !== own)
    .flatMap((name) => textBelow(common, `worktrees/${name}/gitdir`)?.trim() ?? [])
    .map(dirname);
  const listed = namesIn(main, WORKTREES_PATH).flatMap((name) => {
    const [, path] = /^PATH=(.+)$/m.exec(textBelow(main, `${WORKTREES_PATH}/${name}`) ?? '') ?? [];
    return path ?? [];
  });
  return [...new Set([...linked, ...listed])].filter((path) => isAbsolute(path) && path !== real(root)).sort();
}
