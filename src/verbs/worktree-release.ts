import { lstatSync, realpathSync } from 'node:fs';
import { sha256 } from '../host/disk.ts';
import { projectName } from '../policy/project-name.ts';
import type { WorktreeEntry } from '../policy/worktree-entry.ts';
import { type DownResult, removeBox } from './down.ts';

/** Name of the compose project of a worktree; its path is the real one, also where the folder is gone. */
export function projectOf(path: string): string {
  const real = lstatSync(path, { throwIfNoEntry: false }) ? realpathSync(path) : path;
  return projectName(real, sha256(real));
}

/**
 * Gives back everything outside of the checkout that was made for a worktree: the one place where each feature adds its
 * own (claims of host ports …); what goes by folder is `down`’s to remove. All of it may be gone already: a run that was ended is run again.
 */
export async function release(entry: WorktreeEntry, isThere: boolean): Promise<Pick<DownResult, 'removed' | 'kept'>> {
  return removeBox(isThere ? entry.path : undefined, projectOf(entry.path), { all: true, main: entry.main });
}
