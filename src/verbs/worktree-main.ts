import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { kindOf, readTextFile } from '../host/disk.ts';
import { git, type Repository, tryGit } from '../host/git.ts';
import { POLICY_PATH } from '../policy/policy.ts';
import { parseWorktree, WORKTREE_PATH, WORKTREES_PATH } from '../policy/worktree.ts';
import type { WorktreeEntry } from '../policy/worktree-entry.ts';
import { findRoot } from './project.ts';
import { readEntry } from './worktree-registry.ts';

/** The checkout that worktrees are made from. */
export interface Main {
  /** Absolute path, links resolved. */
  readonly root: string;
  readonly repository: Repository;
  /** The worktree that the command was called in, as that one says. */
  readonly here: { readonly name: string; readonly root: string } | undefined;
}

const unsupported = (message: string, hint: string): ToolError => new ToolError('folder-unsupported', message, hint);

/** The main checkout of the folder that the command was called in: that folder’s own, or that of a worktree of ours. */
export function findMain(cwd: string): Main {
  refuseBare(cwd);
  const root = realpathSync(findRoot(cwd));
  const text = readTextFile(root, WORKTREE_PATH, { maxBytes: 65_536 });
  if (text === undefined) return main(root, undefined);
  const says = parseWorktree(text);
  if (typeof says === 'string') throw unsupported(`${WORKTREE_PATH} of ${root} ${says}.`, 'cofferdam worktree list');
  if (!existsSync(join(says.main, POLICY_PATH))) {
    throw new ToolError(
      'worktree-moved',
      `The main checkout of this worktree is no longer at ${says.main}.`,
      `cd to where it is now and run \`cofferdam worktree add ${says.name}\`.`,
    );
  }
  const found = main(realpathSync(says.main), { name: says.name, root });
  refuseUnregistered(found, says.name, root);
  return found;
}

/** The file could have come with a branch, or with a copy of a worktree: the main checkout’s side counts. */
function refuseUnregistered(found: Main, name: string, root: string): void {
  const entry = readEntry(found, name);
  // Where the entry’s folder is gone, this may be it: `add` looks closer.
  const fits = entry !== undefined && (entry.path === root || !existsSync(entry.path));
  if (fits) return;
  throw unsupported(
    `${root} says that it is the worktree ${name} of ${found.root}, which does not know it.`,
    'Run the command in the main checkout, and remove .devcontainer/state/worktree here if it is none.',
  );
}

function main(root: string, here: Main['here']): Main {
  const odd = /[$\\\p{Cc}]/u.exec(root)?.[0];
  if (odd !== undefined) {
    throw unsupported(
      `The path of ${JSON.stringify(root)} has ${odd === '$' ? 'a dollar sign' : odd === '\\' ? 'a backslash' : 'a control character'}, which the box cannot mount.`,
      'Rename the folder.',
    );
  }
  switch (kindOf(root, '.git')) {
    case 'absent':
      throw unsupported(`${root} is not a git repository.`, 'git init, and make a first commit.');
    case 'file':
      throw unsupported(
        `${root} is a linked worktree that cofferdam did not make, or a submodule.`,
        'Run the command in the main checkout (`git worktree list` names it first).',
      );
    case 'folder':
      break;
    default:
      throw unsupported(`.git of ${root} is no folder.`, 'Put the repository itself in its place.');
  }
  for (const folder of ['.git/objects', '.git/refs']) {
    if (kindOf(root, folder) === 'folder') continue;
    throw unsupported(`${folder} of ${root} is no folder.`, 'Put the repository itself in its place.');
  }
  return { root, repository: { gitDir: join(root, '.git') }, here };
}

/** A repository without a checkout has no policy either; say which of the two is the matter. */
function refuseBare(cwd: string): void {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (lstatSync(join(folder, POLICY_PATH), { throwIfNoEntry: false })) return;
    const bare = ['HEAD', 'objects', 'refs'].every((name) => existsSync(join(folder, name)));
    if (bare && basename(folder) !== '.git') {
      throw unsupported(`${folder} is a bare repository.`, 'Clone it, and make worktrees from the clone.');
    }
    if (dirname(folder) === folder) return;
  }
}

/** Where the worktree `name` of a main checkout goes. */
export const worktreePath = (root: string, name: string): string => join(dirname(root), `${basename(root)}-${name}`);

/**
 * Refuses repositories whose objects are not all in their own folder: a borrower sees only that one. The list of further
 * folders is nothing to go by either: in the main checkout’s box it is the agent’s to write.
 */
export async function refuseIncomplete({ root, repository }: Main): Promise<void> {
  const alternates = readTextFile(root, '.git/objects/info/alternates') ?? '';
  if (alternates.trim() !== '') {
    throw unsupported(
      `${root} borrows objects from another repository (.git/objects/info/alternates).`,
      'git repack -a -d && rm .git/objects/info/alternates',
    );
  }
  if (kindOf(root, '.git/shallow') !== 'absent') {
    throw unsupported(`${root} is a shallow clone: its history is not whole.`, 'git fetch --unshallow');
  }
  const promised = await tryGit(repository, ['config', '--local', '--get-regexp', '^remote\\..*\\.promisor$']);
  if (promised.exit === 0) {
    throw unsupported(
      `${root} is a partial clone: git would fetch what is missing, which the box cannot.`,
      'Clone it again without --filter.',
    );
  }
  if ((await tryGit(repository, ['config', '--local', '--type=bool', '--get', 'core.bare'])).stdout === 'true\n') {
    throw unsupported(`${root} is a bare repository.`, 'git config core.bare false, if it has a checkout.');
  }
}

/** The commit that a name means, or undefined. */
export async function commitOf(repository: Repository, name: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const { exit, stdout } = await tryGit(repository, args);
  return exit === 0 ? stdout.trim() : undefined;
}

/** Commit and, where the name is one of a branch, its full name. */
export async function baseOf(
  { repository }: Main,
  name: string | undefined,
): Promise<{ readonly base: string; readonly baseRef: string }> {
  const base = await commitOf(repository, name ?? 'HEAD');
  if (base === undefined) {
    if (name === undefined || (await commitOf(repository, 'HEAD')) === undefined) {
      throw new ToolError('base-missing', 'The repository has no commit yet.', 'git add . && git commit');
    }
    throw new ToolError('base-missing', `There is no commit called ${JSON.stringify(name)}.`, 'git branch --all');
  }
  const full = await tryGit(repository, [
    'rev-parse',
    '--symbolic-full-name',
    '--verify',
    '--quiet',
    '--end-of-options',
    name ?? 'HEAD',
  ]);
  const ref = full.stdout.trim();
  return { base, baseRef: full.exit === 0 && ref.startsWith('refs/') ? ref : '' };
}

export const objectFormat = (repository: Repository): Promise<string> =>
  git(repository, ['rev-parse', '--show-object-format']);

/**
 * Whether the folder of an entry is still the worktree that it was, of this main checkout. `foreign`: the entry was copied
 * with the main checkout, and the original has it, too.
 */
export function placeOf(main: Main, entry: WorktreeEntry): 'here' | 'absent' | 'other' | 'main-moved' | 'foreign' {
  if (entry.main !== main.root && existsSync(join(entry.main, WORKTREES_PATH, entry.name))) return 'foreign';
  const path = lstatSync(entry.path, { throwIfNoEntry: false });
  if (!path) return 'absent';
  if (!path.isDirectory() || kindOf(entry.path, '.devcontainer') !== 'folder') return 'other';
  const says = parseWorktree(readTextFile(entry.path, WORKTREE_PATH, { maxBytes: 65_536 }) ?? '');
  if (typeof says === 'string' || says.name !== entry.name) return 'other';
  return says.main === main.root && entry.main === main.root ? 'here' : 'main-moved';
}
