import type { Policy } from '../../policy/policy.ts';
import type { Bench } from '../probe.ts';

/** Why there is nothing to attack where the workspace is no worktree. */
export const noWorktree = (_: Policy, { git }: Pick<Bench, 'git'>): string | undefined =>
  git.main === undefined ? 'the workspace is no worktree of another repository' : undefined;
