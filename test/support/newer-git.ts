import { execFileSync } from 'node:child_process';

/** A folder for PATH with a git that knows relative worktrees (2.48), which the machine's need not; Debian's packages. */
export const newerGit = (): string =>
  execFileSync(process.execPath, ['scripts/newer-git.mjs'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
