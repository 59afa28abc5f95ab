import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { applyPlan } from '../host/apply.ts';
import { git, tryGit } from '../host/git.ts';
import { type Isolation, isWorktreeName, type WorktreeEntry } from '../policy/worktree-entry.ts';
import { planGenerated } from './generated.ts';
import { loadPolicy } from './load-policy.ts';
import { refuseEdited } from './sync.ts';
import { discardHalf, finishPlace } from './worktree-half.ts';
import { changedForHost } from './worktree-host-paths.ts';
import { baseOf, findMain, type Main, placeOf, refuseIncomplete, worktreePath } from './worktree-main.ts';
import { makeCheckout } from './worktree-make.ts';
import { mend } from './worktree-mend.ts';
import { readEntry, removeEntry, writeEntry } from './worktree-registry.ts';
import { refuseBombs } from './worktree-size.ts';

export interface AddOptions {
  /** Where the branch begins; the commit of the main checkout if not said. */
  readonly base: string | undefined;
  readonly isolation: Isolation | undefined;
}

export interface AddResult {
  readonly name: string;
  readonly path: string;
  readonly branch: string;
  readonly base: string;
  readonly isolation: Isolation;
  /** What there was already, and was put right: after a move, or after a run that had been killed. */
  readonly mended: boolean;
  /** What the user should know of the new checkout. */
  readonly notes: readonly string[];
}

/** Makes a checkout of its own for a branch, or ends what an earlier run began. */
export async function addWorktree(cwd: string, name: string, options: AddOptions): Promise<AddResult> {
  if (!isWorktreeName(name)) {
    throw new ToolError(
      'usage',
      `${JSON.stringify(name)} cannot be the name of a worktree.`,
      'Take lower-case letters, digits, dots, dashes and underscores, 41 at most, the first a letter or a digit; without `..`, `.` or `.lock` at the end.',
    );
  }
  const main = findMain(cwd);
  const existing = readEntry(main, name);
  if (existing?.state === 'ready') return mended(main, await mend(main, existing, cwd));
  if (existing?.state === 'removing') {
    throw new ToolError('worktree-exists', `${name} is being removed.`, `cofferdam worktree remove ${name}`);
  }
  if (existing && isAlive(existing.maker)) {
    throw new ToolError(
      'worktree-exists',
      `Another process (${existing.maker}) is making ${name}.`,
      'Wait for it, or end it; then run the command again.',
    );
  }
  const whole = existing && placeOf(main, existing) === 'here';
  if (existing && whole) return mended(main, await complete(main, await finishPlace(main, existing)));
  if (existing) await discardHalf(main, existing);
  return fresh(main, name, options);
}

async function fresh(main: Main, name: string, options: AddOptions): Promise<AddResult> {
  const { policy } = loadPolicy(main.root);
  await refuseIncomplete(main);
  const { base, baseRef } = await baseOf(main, options.base);
  await refuseBombs(main.repository, [base]);
  const path = worktreePath(main.root, name);
  if (lstatSync(path, { throwIfNoEntry: false })) {
    throw new ToolError('worktree-exists', `${path} is there already.`, 'Take another name, or move it away.');
  }
  await refuseBranch(main, name);
  const { changes } = await planGenerated(main.root, policy);
  if (changes.length > 0) {
    const paths = changes.map(({ change }) => change.path).join(', ');
    throw new ToolError('drift', `Not what the policy says: ${paths}.`, 'cofferdam sync, in the main checkout');
  }
  const entry: WorktreeEntry = {
    name,
    state: 'making',
    isolation: options.isolation ?? policy.worktrees.isolation,
    path,
    main: main.root,
    base,
    baseRef,
    temporary: join(dirname(path), `.cofferdam-${randomBytes(8).toString('hex')}`),
    maker: String(process.pid),
    config: '',
    own: '',
    landed: '',
  };
  const told = await notes(main, entry);
  writeEntry(main, entry);
  try {
    const made = await makeCheckout(main, entry);
    return result(await complete(main, await finishPlace(main, made)), false, told);
  } catch (error) {
    await discardHalf(main, entry);
    removeEntry(main, name);
    throw error;
  }
}

/** The generated files for the new place, and the word that all is done. */
async function complete(main: Main, entry: WorktreeEntry): Promise<WorktreeEntry> {
  const { changes, edited } = await planGenerated(entry.path, loadPolicy(entry.path).policy);
  refuseEdited(edited);
  if (changes.length > 0) {
    applyPlan(entry.path, { title: 'worktree', changes: changes.map(({ change }) => change) });
  }
  const done: WorktreeEntry = { ...entry, state: 'ready', temporary: '', maker: '', main: main.root };
  writeEntry(main, done);
  return done;
}

const result = (entry: WorktreeEntry, again: boolean, more: readonly string[]): AddResult => ({
  name: entry.name,
  path: entry.path,
  branch: entry.name,
  base: entry.base,
  isolation: entry.isolation,
  mended: again,
  notes: more,
});

const mended = async (main: Main, entry: WorktreeEntry): Promise<AddResult> =>
  result(await complete(main, entry), true, []);

/** A branch of that name, or one for which the name would be a folder; also where the file system knows no case. */
async function refuseBranch({ repository }: Main, name: string): Promise<void> {
  const branches = (await git(repository, ['for-each-ref', '--format=%(refname)', 'refs/heads'])).split('\n');
  const taken = branches.find((branch) => `${branch.toLowerCase()}/`.startsWith(`refs/heads/${name}/`));
  if (taken === undefined) return;
  const branch = taken.slice('refs/heads/'.length);
  throw new ToolError(
    'worktree-exists',
    `There is a branch ${JSON.stringify(branch)} already.`,
    `Take another name; --base ${JSON.stringify(branch)} begins where that branch is.`,
  );
}

async function notes(main: Main, entry: WorktreeEntry): Promise<readonly string[]> {
  const found: string[] = [];
  const tree = await tryGit(main.repository, ['ls-tree', '-r', '-z', entry.base]);
  if (/(?:^|\0)160000 /.test(tree.stdout)) {
    found.push('submodules are not checked out: what they are configured with would run on this machine');
  }
  const differing = await changedForHost(main, loadPolicy(main.root).policy, 'HEAD', entry.base);
  if (differing.length > 0) {
    const paths = differing.map(({ path }) => path).join(', ');
    found.push(`the base differs from the main checkout in what this machine may execute: ${paths}`);
  }
  return found;
}

/** Whether the process that wrote an entry still works on it. Its number may be another program's by now. */
function isAlive(maker: string): boolean {
  const id = Number(maker);
  if (!Number.isSafeInteger(id) || id <= 0 || id === process.pid) return false;
  try {
    process.kill(id, 0);
  } catch {
    return false; // ESRCH, or EPERM: another user's, so not the one that wrote here
  }
  const commandLine = `/proc/${id}/cmdline`;
  return !existsSync(commandLine) || readFileSync(commandLine, 'utf8').split('\0').includes('worktree');
}
