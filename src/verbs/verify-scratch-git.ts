import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { RunResult } from '../host/run.ts';
import type { GitFacts } from '../probes/probe.ts';
import { mirror } from './verify-scratch.ts';

export type Git = (...args: readonly string[]) => Promise<RunResult>;

/** The repository of a scratch tree, as the workspace's is: ordinary, a linked worktree of another one, or a clone of it. */
export interface ScratchGit {
  readonly main: string | undefined;
  /** Name of this tree's folder in the main repository. */
  readonly entry: string;
  /** The branch that is checked out. */
  readonly branch: string;
  /** Where a path of the workspace's own repository is in this one, absolute; undefined if it belongs to neither. */
  place(source: string): string | undefined;
}

interface Options {
  readonly folder: string;
  readonly facts: GitFacts;
  /** Host paths outside of the workspace that the box mounts. */
  readonly outside: readonly string[];
  git(folder: string): Git;
}

/** Makes the repository in `folder`, which holds the files of a first commit. */
export async function makeScratchGit({ folder, facts, outside, git }: Options): Promise<ScratchGit> {
  if (facts.main === undefined) {
    await commit(git(folder));
    return { main: undefined, entry: '', branch: 'main', place: () => undefined };
  }
  const main = `${folder}-main`;
  const entry = basename(folder);
  await rm(folder, { recursive: true });
  await mkdir(main);
  await writeFile(join(main, 'file.txt'), 'scratch\n');
  await commit(git(main));
  await git(main)('worktree', 'add', '--quiet', '-b', 'neighbour', join(`${folder}-trees`, 'neighbour'));
  if (facts.kind === 'worktree') {
    await git(main)('worktree', 'add', '--quiet', '--lock', '-b', 'tree', folder);
  } else {
    await git(dirname(main))('clone', '--quiet', '--shared', main, folder);
    await git(folder)('switch', '--quiet', '--create', 'tree');
    await git(folder)('branch', 'other');
  }
  const place = (source: string): string | undefined => {
    const own = below(facts.own, source);
    if (own !== undefined) return join(main, '.git', 'worktrees', entry, own);
    const common = below(facts.common, source);
    if (common !== undefined) return join(main, '.git', common);
    const rest = below(facts.main ?? facts.common, source);
    return rest === undefined ? undefined : join(main, rest);
  };
  for (const source of [...outside].sort()) {
    const path = place(source);
    if (path !== undefined) await mirror(source, path, `.git/${basename(source)}`);
  }
  return { main, entry, branch: 'tree', place };
}

async function commit(git: Git): Promise<void> {
  await git('init', '--quiet', '--template=', '--initial-branch=main');
  await git('add', 'file.txt');
  await git('commit', '--quiet', '--message=scratch');
  await git('branch', 'other');
}

function below(folder: string, source: string): string | undefined {
  for (const candidate of [source, source.replace(/^\/host_mnt(?=\/)/, '')]) {
    const path = relative(folder, candidate);
    if (path !== '..' && !path.startsWith(`..${sep}`) && !path.startsWith(sep)) return path;
  }
  return undefined;
}
