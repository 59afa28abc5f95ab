import { constants, copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { kindOf, sha256 } from '../host/disk.ts';
import { git, type Repository, tryGit } from '../host/git.ts';
import { folded } from '../policy/host-paths.ts';
import { WORKTREE_PATH } from '../policy/worktree.ts';
import { keepRef, printWorktreeState, type WorktreeEntry } from '../policy/worktree-entry.ts';
import { putFile } from './put-file.ts';
import { type Main, objectFormat } from './worktree-main.ts';

/** What a checkout hides from `git status`: the policy and the generated files are those of the main checkout. */
export const EXCLUDED = '/.devcontainer/\n/.gitmodules\n';

/** Builds the checkout in the entry’s temporary folder and moves it to its place: there it is whole, or not at all. */
export async function makeCheckout(main: Main, entry: WorktreeEntry): Promise<WorktreeEntry> {
  const { name, base, temporary, path } = entry;
  await git(main.repository, ['update-ref', keepRef(name), base]);
  mkdirSync(temporary, { mode: 0o700 });
  const root = join(temporary, basename(path));
  const made = entry.isolation === 'clone' ? await makeClone(main, entry, root) : await makeShared(main, entry, root);
  if (kindOf(root, '.devcontainer') !== 'absent') {
    throw new ToolError('git-failed', 'git checked .devcontainer of the base out.', 'Install git 2.39 or newer.');
  }
  copyConfiguration(main.root, root);
  writeState(root, made, main.root);
  renameSync(root, path);
  return made;
}

export function writeState(root: string, entry: WorktreeEntry, main: string): void {
  putFile(root, WORKTREE_PATH, printWorktreeState(entry, main));
}

async function makeClone(main: Main, entry: WorktreeEntry, root: string): Promise<WorktreeEntry> {
  await makeRepository(main, root, entry.name);
  const gitDir = join(root, '.git');
  const repository = { gitDir, workTree: root };
  lendObjects(main, root);
  putFile(root, '.git/info/exclude', EXCLUDED);
  await git(repository, ['update-ref', `refs/heads/${entry.name}`, entry.base]);
  const branch = /^refs\/heads\/(.+)$/s.exec(entry.baseRef)?.[1];
  if (branch !== undefined) await git(repository, ['update-ref', `refs/remotes/main/${branch}`, entry.base]);
  await checkOut(repository, entry.base, []);
  return { ...entry, config: configHash(root) };
}

/** The objects of the main checkout, by their absolute path: it is the same in the box. */
export function lendObjects(main: Main, root: string): void {
  putFile(root, ALTERNATES, borrowed(main.root));
}

export const ALTERNATES = '.git/objects/info/alternates';
export const borrowed = (main: string): string => `${main}/.git/objects\n`;

export const configHash = (root: string): string => sha256(readFileSync(join(root, '.git/config')));

/** Settings that decide what a checkout looks like; the rest of the main checkout’s configuration is not handed on. */
const COPIED = ['core.autocrlf', 'core.eol'];

/** An empty repository, with the configuration that the box will hold read-only. */
export async function makeRepository(main: Main, root: string, branch: string): Promise<void> {
  const format = await objectFormat(main.repository);
  const init = ['init', '--quiet', '--template=', `--object-format=${format}`, `--initial-branch=${branch}`, root];
  await git(undefined, init);
  const file = join(root, '.git/config');
  const set = (key: string, value: string): Promise<string> => git(undefined, ['config', '--file', file, key, value]);
  // What initialize.sh would add, so that the file stays as it is from now on.
  await set('diff.ignoreSubmodules', 'all');
  for (const key of COPIED) {
    const { exit, stdout } = await tryGit(main.repository, ['config', '--local', '--get', key]);
    if (exit === 0) await set(key, stdout.replace(/\n$/, ''));
  }
}

async function makeShared(main: Main, entry: WorktreeEntry, root: string): Promise<WorktreeEntry> {
  const add = [
    'worktree',
    'add',
    '--quiet',
    '--no-checkout',
    '--lock',
    '--no-track',
    '-b',
    entry.name,
    root,
    entry.base,
  ];
  await git(main.repository, add, { config: ['worktree.useRelativePaths=false', 'worktree.guessRemote=false'] });
  const own = ownEntry(main, readFileSync(join(root, '.git'), 'utf8'));
  const gitDir = join(main.root, '.git/worktrees', own);
  await checkOut({ gitDir, workTree: root }, entry.base, await withoutFilters(main.repository));
  return { ...entry, own };
}

/** The name of git’s own entry, from the `.git` file that git has just written. */
function ownEntry(main: Main, text: string): string {
  const start = `gitdir: ${main.root}/.git/worktrees/`;
  const own = text.startsWith(start) ? text.slice(start.length).replace(/\n$/, '') : '';
  if (own !== '' && own !== '.' && own !== '..' && !own.includes('/')) return own;
  throw new ToolError(
    'git-failed',
    `git worktree add wrote ${JSON.stringify(text.trim())} where a path below ${main.root} was expected.`,
    'Report this with the output of `git --version`.',
  );
}

/** Filters of the repository’s own configuration would run on contents that the base may have from an agent. */
async function withoutFilters(repository: Repository): Promise<readonly string[]> {
  const args = [
    'config',
    '--local',
    '--includes',
    '--name-only',
    '-z',
    '--get-regexp',
    '^filter\\..*\\.(clean|smudge|process|required)$',
  ];
  const { stdout } = await tryGit(repository, args);
  return [...new Set(stdout.split('\0').filter((key) => key !== ''))].map(
    (key) => `${key}=${key.endsWith('.required') ? 'false' : ''}`,
  );
}

/** Fills an empty checkout; what the base has below .devcontainer stays out of it, and out of `git status`. */
async function checkOut(repository: Repository, base: string, config: readonly string[]): Promise<void> {
  await git(repository, ['read-tree', base], { config });
  await hideConfiguration(repository);
  // Leaves out what was just marked (git-checkout-index(1), --ignore-skip-worktree-bits).
  await git(repository, ['checkout-index', '--quiet', '--all'], { config });
  // What differs is none of an error here: the status says it.
  await tryGit(repository, ['update-index', '-q', '--refresh'], { config });
}

/** Marks what the index has below .devcontainer, in any spelling, as not checked out (git-update-index(1)). */
export async function hideConfiguration(repository: Repository): Promise<void> {
  const paths = (await git(repository, ['ls-files', '-z'])).split('\0');
  const hidden = paths.filter((path) => folded(path).split('/')[0] === '.devcontainer');
  if (hidden.length === 0) return;
  const input = hidden.map((path) => `${path}\0`).join('');
  await git(repository, ['update-index', '-z', '--skip-worktree', '--stdin'], { input });
}

/** What belongs to one place: not copied. */
const OF_THE_PLACE = /^(?:state|\.env(?:\..*)?|\.cofferdam-.*\.tmp)$/;

/** The policy and what is beside it, from the main checkout: never from the base, which may be an agent’s. */
function copyConfiguration(from: string, to: string): void {
  const copy = (path: string): void => {
    mkdirSync(join(to, path), { recursive: true });
    for (const entry of readdirSync(join(from, path), { withFileTypes: true })) {
      const inner = `${path}/${entry.name}`;
      if (path === '.devcontainer' && OF_THE_PLACE.test(entry.name)) continue;
      if (entry.isDirectory()) copy(inner);
      else if (entry.isFile()) copyFileSync(join(from, inner), join(to, inner), constants.COPYFILE_EXCL);
      else {
        throw new ToolError(
          'folder-unsupported',
          `${inner} is neither a file nor a folder.`,
          `Remove ${inner}, or put what it points to in its place.`,
        );
      }
    }
  };
  copy('.devcontainer');
}
