import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Cli, cofferdam, type Sample, sampleRepository } from './box.ts';

export interface Repository extends Omit<Sample, 'agent'> {
  /** `cofferdam worktree …` in the main checkout. */
  worktree(...args: string[]): Cli;
  /** Path of a worktree. */
  at(name: string): string;
  /** git as the agent in a worktree would run it. */
  agent(name: string, ...args: string[]): string;
  /** Writes a file in a worktree. */
  put(name: string, path: string, text: string): void;
  /** Makes a commit in a worktree whose tree has these files beside the others, whatever protects them in a checkout. */
  plant(name: string, files: Readonly<Record<string, string>>, message?: string): string;
  /** All refs of the main checkout, with what they point at. */
  refs(): string;
  /** The entry of a worktree. */
  entry(name: string): string;
  /** Removes the folder and what is beside it; no engine is asked. */
  clear(): void;
}

/** A repository with a box of its own, committed; nothing of it runs. */
export function repository(name = 'app'): Repository {
  const sample = sampleRepository(name);
  const made = cofferdam(sample.root, ['init', '--yes', '--stack', 'debian']);
  if (made.code !== 0) throw new Error(made.stderr);
  sample.git('add', '.');
  sample.git('commit', '--quiet', '--message', 'Box');
  const at = (worktree: string): string => join(dirname(sample.root), `${basename(sample.root)}-${worktree}`);
  const agent = (worktree: string, ...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Agent', '-c', 'user.email=agent@example.invalid', ...args], {
      cwd: at(worktree),
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  const entry = (worktree: string): string => join(sample.root, '.devcontainer/state/worktrees', worktree);
  return {
    ...sample,
    at,
    agent,
    worktree: (...args) => cofferdam(sample.root, ['worktree', ...args]),
    put(worktree, path, text) {
      mkdirSync(dirname(join(at(worktree), path)), { recursive: true });
      writeFileSync(join(at(worktree), path), text);
    },
    plant(worktree, files, message = 'Planted') {
      const index = { ...process.env, GIT_INDEX_FILE: join(at(worktree), '.git/planted') };
      const plumb = (args: string[], input?: string): string => {
        const result = spawnSync('git', args, { cwd: at(worktree), encoding: 'utf8', env: index, input: input ?? '' });
        if (result.status !== 0) throw new Error(result.stderr);
        return result.stdout.trim();
      };
      plumb(['read-tree', 'HEAD']);
      for (const [path, text] of Object.entries(files)) {
        const blob = plumb(['hash-object', '-w', '--stdin'], text);
        plumb(['-c', 'core.protectNTFS=false', 'update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
      }
      const commit = agent(worktree, 'commit-tree', plumb(['write-tree']), '-p', 'HEAD', '-m', message);
      agent(worktree, 'update-ref', 'HEAD', commit);
      rmSync(index.GIT_INDEX_FILE);
      return commit;
    },
    refs: () => sample.git('for-each-ref'),
    entry: (worktree) => (existsSync(entry(worktree)) ? readFileSync(entry(worktree), 'utf8') : ''),
    clear: () => rmSync(dirname(sample.root), { recursive: true, force: true }),
  };
}
