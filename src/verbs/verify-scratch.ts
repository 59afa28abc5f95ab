import { chown, lstat, mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { run } from '../host/run.ts';
import type { GitFacts, Scratch } from '../probes/probe.ts';
import { makeScratchGit } from './verify-scratch-git.ts';

/**
 * Where scratch trees are: below the home directory, because that is what desktop engines share with their machine.
 * Each run has a folder of its nonce, with its process id in it.
 */
export const scratchBase = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cofferdam', 'verify');

export interface ScratchTree extends Scratch {
  /** Absolute path on the host. */
  readonly folder: string;
  /** Where a path outside of the workspace that the box mounts is for this tree; undefined if nowhere. */
  place(source: string): string | undefined;
}

/** Whether git looks into repositories that are nested in this one (git-config(1)). */
const IGNORE = 'diff.ignoreSubmodules';

interface Options {
  readonly run: string;
  readonly name: string;
  readonly nonce: string;
  /** The real workspace: only the kind of its paths is looked at, nothing of it is copied. */
  readonly root: string;
  /** Paths of the workspace that are mounted by themselves. */
  readonly paths: readonly string[];
  /** The workspace's repository, and what the box mounts of it from outside of the workspace. */
  readonly facts: GitFacts;
  readonly outside: readonly string[];
  readonly owner: { readonly uid: number; readonly gid: number };
}

export async function makeScratch({
  run: runFolder,
  name,
  nonce,
  root,
  paths,
  facts,
  outside,
  owner,
}: Options): Promise<ScratchTree> {
  const folder = join(runFolder, name);
  const fired = join(runFolder, `fired-${name}`);
  const home = join(runFolder, 'home');
  await mkdir(folder, { recursive: true });
  await mkdir(home, { recursive: true });
  await writeFile(
    join(home, 'gitconfig'),
    '[safe]\n\tdirectory = *\n[user]\n\tname = canary\n\temail = canary@invalid\n',
  );
  const gitIn =
    (where: string) =>
    (...args: readonly string[]): ReturnType<typeof run> =>
      run(['git', '-C', where, ...args], {
        timeoutMs: 15_000,
        env: {
          HOME: home,
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_CONFIG_GLOBAL: join(home, 'gitconfig'),
          GIT_DIR: undefined,
          GIT_WORK_TREE: undefined,
          GIT_TERMINAL_PROMPT: '0',
        },
      });
  const git = gitIn(folder);
  const repository = (await lstat(join(facts.own, 'HEAD')).catch(() => undefined)) !== undefined;
  await writeFile(join(folder, 'file.txt'), 'scratch\n');
  const made = repository ? await makeScratchGit({ folder, facts, outside, git: gitIn }) : undefined;
  const { main } = made ?? {};
  if (repository) {
    // As initialize.sh leaves a repository without submodules; the weak one stays as git makes it.
    const ignore = await run(['git', 'config', '--file', join(facts.common, 'config'), '--get', IGNORE]);
    if (name !== 'weak' && ignore.exit === 0) await git('config', IGNORE, ignore.stdout.trim());
  }
  for (const path of [...paths].sort()) await mirror(join(root, path), join(folder, path), path);
  if (process.getuid?.() === 0) for (const one of main === undefined ? [folder] : [folder, main]) await own(one, owner);
  const linked = facts.kind === 'worktree' ? main : undefined;
  const before = main === undefined ? '' : (await gitIn(main)('rev-parse', 'other')).stdout;
  return {
    folder,
    async read(path, ofMain) {
      const base = (ofMain ? main : path.startsWith('.git/') ? linked : undefined) ?? folder;
      const at = join(base, path);
      try {
        const real = await realpath(at);
        if (relative(base, real).startsWith('..')) return undefined;
        // A worktree's files name the folder of this run, whose name is the nonce.
        return (await readFile(real, 'latin1')).replaceAll(runFolder, '');
      } catch {
        return undefined;
      }
    },
    async hostGitFires() {
      await rm(fired, { force: true });
      for (const args of [
        ['status', '--porcelain'],
        ['diff'],
        ['checkout', '--quiet', 'other'],
        ['checkout', '--quiet', made?.branch ?? 'main'],
      ]) {
        await git(...args);
      }
      const said = await readFile(fired, 'utf8').catch(() => '');
      await rm(fired, { force: true });
      return said.includes(nonce);
    },
    gitBase: linked,
    entry: made?.entry ?? '',
    main,
    place: (source) => made?.place(source),
    async otherMoved() {
      if (main === undefined) return false;
      const now = (await gitIn(main)('rev-parse', 'other')).stdout;
      await gitIn(main)('update-ref', 'refs/heads/other', before.trim());
      return now !== before;
    },
    canary: `#!/bin/sh\necho ${nonce} > '${fired.replaceAll("'", "'\\''")}'\n`,
  };
}

/** Makes in a scratch tree what the host has at `from`: a folder, or a file that holds nothing of it. */
export async function mirror(from: string, to: string, path: string): Promise<void> {
  if ((await lstat(to).catch(() => undefined)) !== undefined) return;
  const kind = await lstat(from).catch(() => undefined);
  if (kind?.isFile()) {
    await mkdir(dirname(to), { recursive: true });
    // The only contents that matter to git (a folder that is its own common folder).
    await writeFile(to, path === '.git/commondir' ? '.\n' : '');
  } else {
    await mkdir(to, { recursive: true });
  }
}

async function own(folder: string, owner: Options['owner']): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), owner.uid, owner.gid);
  }
  await chown(folder, owner.uid, owner.gid);
}

/** The path below `root`, with forward slashes; undefined if it is elsewhere. Docker Desktop shows host paths below /host_mnt. */
export async function below(root: string, source: string): Promise<string | undefined> {
  const roots = [root, await realpath(root)];
  for (const candidate of [source, source.replace(/^\/host_mnt(?=\/)/, '')]) {
    for (const base of roots) {
      const path = relative(base, candidate);
      if (path !== '..' && !path.startsWith(`..${sep}`) && !path.startsWith(sep)) return path.split(sep).join('/');
    }
  }
  return undefined;
}
