import { type Dirent, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errno } from '../host/folder.ts';
import { git, gitSays, tryGit } from '../host/git.ts';
import type { WorktreeEntry } from '../policy/worktree-entry.ts';
import { ownCommits } from './worktree-land.ts';
import type { Main } from './worktree-main.ts';
import { EXCLUDED, hideConfiguration } from './worktree-make.ts';
import { type Refs, refsOf } from './worktree-refs.ts';
import { refuseBombs } from './worktree-size.ts';
import type { View } from './worktree-view.ts';

/** What would be lost with a worktree. */
export interface Work {
  /** Commits, on whatever branch or stash, that the main checkout does not have. */
  readonly unlanded: number;
  /** Files that differ from what is committed, or are not under version control; at most some. */
  readonly changed: readonly string[];
  /** What could not be looked at, one sentence each. */
  readonly faults: readonly string[];
}

const MAX_CHANGED = 20;

/** Looks through a view, so that neither the agent’s index nor any filter takes part. */
export async function workOf(main: Main, entry: WorktreeEntry, view: View, withFiles: boolean): Promise<Work> {
  const refs = await refsOf(main, entry);
  const faults = [...refs.faults];
  const unlanded = await unlandedOf(main, entry, view, refs);
  if (unlanded === undefined) faults.push('The commits cannot be counted: objects are missing or broken.');
  const changed = withFiles ? await changedOf(entry, view, refs, faults) : [];
  return { unlanded: unlanded ?? 0, changed, faults };
}

async function unlandedOf(main: Main, entry: WorktreeEntry, view: View, refs: Refs): Promise<number | undefined> {
  // What is shared is in the main repository already; only a HEAD that no branch names could be lost.
  const tips = entry.isolation === 'clone' ? [...refs.all.values(), refs.head] : [refs.head];
  const known = entry.isolation === 'clone' ? await ownCommits(main) : [...refs.all.values()];
  const input = [...tips.filter((tip) => tip !== undefined), ...known.map((commit) => `^${commit}`), ''].join('\n');
  const { exit, stdout } = await tryGit(view.repository, ['rev-list', '--count', '--stdin'], { input });
  return exit === 0 ? Number(stdout) : undefined;
}

/**
 * The files of the checkout against its last commit, by an index of ours. `git status` in the worktree would believe the
 * agent’s index (skip-worktree, the monitor’s marks) and look into nested repositories, whose configuration names programs;
 * filters run from the configuration alone (gitattributes(5)), and this one has none.
 */
async function changedOf(
  entry: WorktreeEntry,
  view: View,
  { head }: Refs,
  faults: string[],
): Promise<readonly string[]> {
  const { gitDir } = view.repository;
  const repository = { gitDir, workTree: entry.path, index: join(view.folder, 'index') };
  mkdirSync(join(gitDir, 'info'), { recursive: true });
  writeFileSync(join(gitDir, 'info/exclude'), EXCLUDED);
  if (head !== undefined) {
    await refuseBombs(view.repository, [head]);
    const set = await tryGit(view.repository, ['update-ref', '--no-deref', 'HEAD', head]);
    const read = set.exit === 0 ? await tryGit(repository, ['read-tree', head]) : set;
    if (read.exit !== 0) {
      faults.push(`The last commit cannot be read: ${gitSays(read)}.`);
      return [];
    }
    await hideConfiguration(repository);
  }
  const odd = oddRules(entry.path);
  if (odd !== undefined) {
    faults.push(`The files cannot be compared: ${JSON.stringify(odd)} is no file.`);
    return [];
  }
  const args = [
    'status',
    '--porcelain=v1',
    '-z',
    '--no-renames',
    '--ignore-submodules=all',
    '--untracked-files=normal',
  ];
  const settings = { config: ['core.bare=false', 'core.fileMode=true'] };
  const words = (await git(repository, args, { ...settings, timeoutMs: 120_000 }))
    .split('\0')
    .filter((word) => word !== '');
  const names = words.map((word) => word.slice(3));
  return names.length > MAX_CHANGED
    ? [...names.slice(0, MAX_CHANGED), `… and ${names.length - MAX_CHANGED} more`]
    : names;
}

/** Git opens what is called so in every folder; a pipe would make it wait for a writer (fifo(7)). */
function oddRules(root: string, folder = ''): string | undefined {
  for (const entry of listed(join(root, folder))) {
    const path = join(folder, entry.name);
    if (/^\.git(?:ignore|attributes)$/i.test(entry.name) && (entry.isFIFO() || entry.isCharacterDevice())) return path;
    const inner = entry.isDirectory() && path !== '.git' ? oddRules(root, path) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function listed(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (errno(error) === '') throw error;
    return []; // closed by the agent, or gone: git cannot list it either, and opens nothing in it
  }
}
