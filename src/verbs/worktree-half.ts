import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readTextFile } from '../host/disk.ts';
import { tryGit } from '../host/git.ts';
import { keepRef, type WorktreeEntry } from '../policy/worktree-entry.ts';
import { putFile } from './put-file.ts';
import { commitOf, type Main } from './worktree-main.ts';
import { configHash } from './worktree-make.ts';
import { removeIfEmpty } from './worktree-registry.ts';

const TEMPORARY = /^\.cofferdam-[0-9a-f]{16}$/;

/** Whether the folder that an entry names is one of ours, beside the main checkout. */
export const isTemporary = ({ temporary, path }: WorktreeEntry): boolean =>
  dirname(temporary) === dirname(path) && TEMPORARY.test(temporary.slice(dirname(temporary).length + 1));

/** Removes what a run of `add` that did not end has left. The folder's name was drawn at random: it is nobody else's. */
export async function discardHalf(main: Main, entry: WorktreeEntry): Promise<void> {
  const { temporary, name, base } = entry;
  const own = isTemporary(entry);
  if (own) rmSync(temporary, { recursive: true, force: true });
  if (own && entry.isolation === 'shared') {
    const worktrees = join(main.root, '.git/worktrees');
    for (const inner of folders(worktrees)) {
      const leads = readTextFile(main.root, `.git/worktrees/${inner}/gitdir`, { maxBytes: 65_536 }) ?? '';
      if (leads.startsWith(`${temporary}/`)) rmSync(join(worktrees, inner), { recursive: true });
    }
    removeIfEmpty(worktrees);
    // Only where no commit was added: nobody's work is lost.
    if ((await commitOf(main.repository, `refs/heads/${name}`)) === base) {
      await tryGit(main.repository, ['update-ref', '-d', `refs/heads/${name}`, base]);
    }
  }
  await tryGit(main.repository, ['update-ref', '-d', keepRef(name)]);
}

/** The checkout is in its place: what else says where it is follows, also where an earlier run got no further. */
export async function finishPlace(main: Main, entry: WorktreeEntry): Promise<WorktreeEntry> {
  removeIfEmpty(entry.temporary);
  if (entry.isolation === 'clone') return { ...entry, config: configHash(entry.path) };
  const own = readFileSync(join(entry.path, '.git'), 'utf8').trim().split('/').at(-1) ?? '';
  putFile(main.root, `.git/worktrees/${own}/gitdir`, `${entry.path}/.git\n`);
  return { ...entry, own };
}

const folders = (path: string): readonly string[] =>
  lstatSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(path, { withFileTypes: true })
        .filter((inner) => inner.isDirectory())
        .map((inner) => inner.name)
    : [];
