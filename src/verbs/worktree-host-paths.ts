import { git } from '../host/git.ts';
import { executedPaths, type HostPath, parseRawDiff } from '../policy/host-paths.ts';
import { protectedPaths } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import type { Main } from './worktree-main.ts';

/** Raw listings: no program of the configuration's compares or converts anything (git-diff-tree(1)). */
const RAW = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', '--ignore-submodules=none'];

const inPolicy = (policy: Policy): Parameters<typeof executedPaths>[1] => protectedPaths(policy, { git: 'directory' });

/** What the host executes and two commits of the main checkout have differently. */
export async function changedForHost(
  { repository }: Main,
  policy: Policy,
  from: string,
  to: string,
): Promise<readonly HostPath[]> {
  return executedPaths(parseRawDiff(await git(repository, [...RAW, from, to])), inPolicy(policy));
}

/**
 * The same for everything that comes in with `tip`: between its ends, and in each commit that the main checkout does not
 * have, because what one adds and a later one takes away is there again with `git bisect` or a checkout of the former.
 */
export async function broughtForHost(
  main: Main,
  policy: Policy,
  from: string,
  tip: string,
  known: readonly string[],
): Promise<readonly HostPath[]> {
  const { repository } = main;
  const commits = await git(repository, ['rev-list', '--stdin'], {
    input: [tip, ...known.map((commit) => `^${commit}`), ''].join('\n'),
  });
  const each =
    commits === '' ? '' : await git(repository, [...RAW, '--stdin', '--root', '-c'], { input: `${commits}\n` });
  const ends = await git(repository, [...RAW, from, tip]);
  return executedPaths([...parseRawDiff(ends), ...parseRawDiff(each)], inPolicy(policy));
}
