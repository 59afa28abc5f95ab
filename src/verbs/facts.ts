import { lstatSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { kindOf, namesIn } from '../host/disk.ts';
import { run } from '../host/run.ts';
import type { ProtectedPath, WorkspaceFacts } from '../policy/git-paths.ts';
import { protectedPaths } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import { RELATIVE_PATH } from '../policy/schema.ts';
import { gitOf } from '../policy/worktree.ts';
import { gitFolders, outsideOf, readWorktree, refuseUnknown } from './worktree-facts.ts';

const unsupported = (message: string, hint: string): ToolError => new ToolError('folder-unsupported', message, hint);

/** What decides which paths the box protects; `folder-unsupported` where a control would be without effect. */
export function workspaceFacts(root: string): WorkspaceFacts {
  const kind = kindOf(root, '.git');
  if (kind === 'link') throw unsupported('.git is a symbolic link.', 'Put the repository itself in its place.');
  if (kind === 'other') {
    throw unsupported('.git is neither a file nor a folder.', 'Remove it, or clone the repository again.');
  }
  const worktree = readWorktree(root);
  if (worktree !== undefined) {
    const git = gitOf(worktree);
    if (kind !== (git === 'worktree' ? 'file' : 'folder')) {
      throw unsupported(
        `.git is ${kind === 'absent' ? 'missing' : `a ${kind}`}, which is not what a worktree of isolation ${worktree.isolation} has.`,
        'Remove the worktree in the main checkout and add it again: cofferdam worktree remove, cofferdam worktree add.',
      );
    }
    return { git };
  }
  if (kind === 'file') {
    throw unsupported(
      '.git is a file: this is a linked worktree or a submodule, whose hooks and configuration are elsewhere.',
      'For a worktree with a box: cofferdam worktree add NAME, in the main checkout (`git worktree list` names it first).',
    );
  }
  // Without a repository the box mounts an empty folder, so that the agent can't make one.
  return { git: kind === 'absent' || namesIn(root, '.git').length === 0 ? 'none' : 'directory' };
}

/** Refuses what the box would mount in place of a protected path: the mount would end where a link points. */
export function refuseLinks(root: string, policy: Pick<Policy, 'readOnly'>, facts: WorkspaceFacts): void {
  const worktree = readWorktree(root);
  if (worktree !== undefined) refuseUnknown(root, worktree);
  for (const entry of protectedPaths(policy, facts)) {
    const wrong = whatIsWrong(entry, kindOf(root, entry.path));
    if (wrong !== undefined) {
      throw unsupported(
        `${entry.path} is ${wrong}. The box makes it ${entry.access === 'anchor' ? 'a mount point' : 'read-only'}: ${entry.why}.`,
        `Put ${entry.kind === 'directory' ? 'a folder' : entry.kind === 'file' ? 'a file' : 'a file or folder'} in its place, or remove it.`,
      );
    }
  }
}

function whatIsWrong({ kind }: ProtectedPath, found: ReturnType<typeof kindOf>): string | undefined {
  if (found === 'link') return 'a symbolic link';
  if (found === 'other') return 'neither a file nor a folder';
  if (found === 'file' && kind === 'directory') return 'a file where a folder belongs';
  if (found === 'folder' && kind === 'file') return 'a folder where a file belongs';
  return undefined;
}

/** Every path that must be a mount of its own in the running box: of the workspace, and absolute ones of a worktree. */
export const mountedPaths = (root: string, policy: Pick<Policy, 'readOnly'>): readonly ProtectedPath[] => [
  ...protectedPaths(policy, workspaceFacts(root)),
  ...outsideOf(root),
];

/** Refuses folders that hold more than a project, and parts of a repository. */
export function refusePlace(root: string): void {
  const home = resolve(homedir());
  if (root === home || home.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw unsupported(
      `${root} holds your home directory: the agent would see your keys and everything else.`,
      'cd into the repository, then run `cofferdam init` there.',
    );
  }
  for (let folder = dirname(root); folder !== dirname(folder); folder = dirname(folder)) {
    if (!holdsRepository(folder)) continue;
    throw unsupported(
      `This folder belongs to the repository ${folder}; git would not work in the box.`,
      `cd '${folder.replaceAll("'", "'\\''")}' && cofferdam init`,
    );
  }
}

function holdsRepository(folder: string): boolean {
  const path = join(folder, '.git');
  const entry = lstatSync(path, { throwIfNoEntry: false });
  return entry !== undefined && (!entry.isDirectory() || readdirSync(path).includes('HEAD'));
}

/**
 * The folders, relative to the workspace, from which git on this machine runs hooks, where a configuration (also the
 * user's own) moves them to inside of the workspace.
 */
export async function hooksInside(root: string, facts: WorkspaceFacts): Promise<readonly string[]> {
  if (facts.git === 'none') return [];
  const found = await Promise.all([
    hooksPath(root, []),
    // Git leaves a repository's own configuration out when another user owns it; that user's git does not.
    hooksPath(root, ['--file', join(gitFolders(root).common, 'config'), '--includes']),
  ]);
  return [...new Set(found.flatMap((path) => (path === undefined ? [] : insideOf(root, path))))];
}

async function hooksPath(root: string, where: readonly string[]): Promise<string | undefined> {
  // `git config` only reads: it starts no program that a configuration names.
  const argv = ['git', '-C', root, 'config', ...where, '--type=path', '--get', 'core.hooksPath'] as const;
  const result = await run(argv, { timeoutMs: 20_000 });
  if (result.missing) {
    throw new ToolError(
      'program-missing',
      'git is not installed, so it is not known which hooks run here.',
      'Install git, then run the command again.',
    );
  }
  // git-config(1): 1 is «not set».
  if (result.exit === 1) return undefined;
  if (result.exit !== 0) {
    throw unsupported(
      `git cannot read this repository’s configuration: ${result.stderr.trim().split('\n')[0] ?? ''}`,
      'git config --list --show-origin',
    );
  }
  return result.stdout.replace(/\n$/, '');
}

function insideOf(root: string, hooks: string): readonly string[] {
  const path = relative(root, resolve(root, hooks)).split(sep).join('/');
  if (path === '..' || path.startsWith('../')) return [];
  if (RELATIVE_PATH.test(path)) return [path];
  throw unsupported(
    `core.hooksPath is ${path === '' ? 'the workspace folder itself' : JSON.stringify(path)}, which cannot be made read-only.`,
    'git config core.hooksPath .githooks, and move the hooks there.',
  );
}
