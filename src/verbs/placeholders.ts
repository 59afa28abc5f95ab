import { rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { kindOf, namesIn, readTextFile } from '../host/disk.ts';
import { caches } from '../plans/volumes.ts';
import { protectedPaths } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import { loadPolicy } from './load-policy.ts';

/** Where initialize.sh notes what it made in the workspace so that it could be mounted. */
const LIST = '.devcontainer/state/made';

/**
 * Removes what initialize.sh made in the workspace for the box to mount: empty folders and the two files of .git. What
 * holds anything by now, or is not one of the box's mount points, stays. Gives the paths that were removed.
 */
export function removePlaceholders(root: string): readonly string[] {
  const policy = readPolicy(root);
  if (!policy) return [];
  const listed = new Set((readTextFile(root, LIST, { maxBytes: 1 << 20 }) ?? '').split('\n'));
  // What is removed here loses its mount in every box that has it (Linux 3.18, see mounts.ts): those of linked worktrees.
  const linked = kindOf(root, '.git') === 'file' || namesIn(root, '.git/worktrees').length > 0;
  const own = [
    ...protectedPaths(policy, { git: 'borrowed' })
      .map(({ path }) => path)
      .filter((path) => !(linked && path.startsWith('.git/'))),
    ...caches(policy).flatMap(({ mountPoint }) => (mountPoint === undefined ? [] : [mountPoint])),
  ];
  const removed = own
    .filter((path) => listed.has(path))
    .reverse() // children before their parents
    .filter((path) => removeIfEmpty(root, path));
  if (listed.size > 1) unlinkSync(join(root, LIST));
  return removed;
}

/** Undefined if the policy cannot be read: what it protects is not known then, and an empty folder does no harm. */
function readPolicy(root: string): Policy | undefined {
  try {
    return loadPolicy(root).policy;
  } catch (error) {
    if (error instanceof ToolError) return undefined;
    throw error;
  }
}

function removeIfEmpty(root: string, path: string): boolean {
  const kind = kindOf(root, path);
  if (kind === 'folder' && namesIn(root, path).length === 0) {
    rmdirSync(join(root, path));
    return true;
  }
  if (
    kind === 'file' &&
    path.startsWith('.git') &&
    ['', '.'].includes(readTextFile(root, path, { maxBytes: 1 << 20 }) ?? 'x')
  ) {
    unlinkSync(join(root, path));
    return true;
  }
  return false;
}
