import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { kindOf, namesIn } from '../host/disk.ts';
import { docker } from '../host/docker.ts';
import { errno } from '../host/folder.ts';
import { git, tryGit } from '../host/git.ts';
import { run } from '../host/run.ts';
import { keepRef, landingRef, type WorktreeEntry } from '../policy/worktree-entry.ts';
import { boxContainers, sandboxed } from './containers.ts';
import { removePlaceholders } from './placeholders.ts';
import { discardHalf, finishPlace, isTemporary } from './worktree-half.ts';
import { commitOf, findMain, type Main, placeOf } from './worktree-main.ts';
import { knownEntry, removeEntry, removeIfEmpty, writeEntry } from './worktree-registry.ts';
import { projectOf, release } from './worktree-release.ts';
import { withView } from './worktree-view.ts';
import { workOf } from './worktree-work.ts';

export interface RemoveResult {
  readonly name: string;
  readonly removed: readonly string[];
  /** What stays, and how to be rid of it. */
  readonly kept: readonly string[];
}

/** Removes a worktree and everything that was made for it. Run again after it was ended, it goes on. */
export async function removeWorktree(
  cwd: string,
  name: string,
  options: { readonly force: boolean },
): Promise<RemoveResult> {
  const main = findMain(cwd);
  const known = knownEntry(main, name);
  const place = placeOf(main, known);
  // What `add` knew of its place by then may not be noted yet.
  const entry = known.state === 'making' && place === 'here' ? await finishPlace(main, known) : known;
  if (place === 'foreign') {
    removeEntry(main, name);
    await dropRefs(main, name);
    return { name, removed: ['the entry here'], kept: [`the worktree, which belongs to ${entry.main}`] };
  }
  if (entry.state === 'making' && place !== 'here') return forget(main, entry);
  const isThere = place === 'here' || place === 'main-moved';
  if (!options.force && (place === 'here' || place === 'main-moved' || entry.state !== 'removing')) {
    if (place !== 'here') throw elsewhere(entry);
    await keepWork(main, entry);
  } else writeEntry(main, { ...entry, state: 'removing' });
  const released = await release(entry, place === 'here');
  const removed = [...released.removed];
  if (isTemporary(entry)) await removeTree(entry.temporary); // where an earlier run was ended
  if (isThere) {
    // From here on it is not whole, so it is no longer where a later run would look for work.
    const temporary = join(dirname(entry.path), `.cofferdam-${randomBytes(8).toString('hex')}`);
    writeEntry(main, { ...entry, state: 'removing', temporary });
    renameSync(entry.path, temporary);
    await removeTree(temporary);
    removed.push(`folder ${entry.path}`);
  }
  if (entry.isolation === 'shared' && entry.own !== '') {
    removeOwn(main, entry);
    await clearMain(main);
  }
  await dropRefs(main, name);
  const branch = await dropBranch(main, entry, options.force);
  removeEntry(main, name);
  return { name, removed: [...removed, ...branch.removed], kept: [...released.kept, ...branch.kept] };
}

/** What `add` did not finish. */
async function forget(main: Main, entry: WorktreeEntry): Promise<RemoveResult> {
  await discardHalf(main, entry);
  removeEntry(main, entry.name);
  return { name: entry.name, removed: ['what `worktree add` had begun'], kept: [] };
}

const elsewhere = ({ name, path }: WorktreeEntry): ToolError =>
  new ToolError(
    'worktree-moved',
    `The worktree ${name} is not at ${path} any more; whether work would be lost is not known.`,
    `cofferdam worktree add ${name} finds it where it is; --force forgets it and removes its box.`,
  );

/** Looks before anything is done, and again when nobody is at work in the box any more. */
async function keepWork(main: Main, entry: WorktreeEntry): Promise<void> {
  try {
    await refuseLoss(main, entry);
    writeEntry(main, { ...entry, state: 'removing' });
    await stopBox(projectOf(entry.path));
    await refuseLoss(main, entry);
  } catch (error) {
    // Nothing is gone yet: it can be landed, and looked at anew.
    if (entry.state !== 'making') writeEntry(main, { ...entry, state: 'ready', temporary: '' });
    throw error;
  }
}

async function stopBox(project: string): Promise<void> {
  const running = (await boxContainers(project)).filter(({ state }) => state === 'running').map(({ id }) => id);
  const all = [...running, ...(await sandboxed(project)).containers];
  if (all.length > 0) await docker(['stop', '--time', '1', ...all]);
}

async function refuseLoss(main: Main, entry: WorktreeEntry): Promise<void> {
  const { unlanded, changed, faults } = await withView(main, entry, (view) => workOf(main, entry, view, true));
  const lost = [
    ...(unlanded > 0 ? [`${unlanded} commit${unlanded > 1 ? 's' : ''} that the main checkout does not have`] : []),
    ...changed.map((path) => `not committed: ${JSON.stringify(path)}`),
    ...faults,
  ];
  if (lost.length === 0) return;
  throw new ToolError(
    'work-unsaved',
    `The worktree ${entry.name} holds work:\n${lost.map((one) => `  ${one}`).join('\n')}`,
    `cofferdam worktree land ${entry.name} takes commits over; --force removes all of it.`,
  );
}

/** Removes a folder that an agent filled: links are not followed, and folders that it closed are opened first. */
export async function removeTree(path: string): Promise<void> {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (errno(error) === 'ENAMETOOLONG') return removeDeep(path);
    if (errno(error) !== 'EACCES') throw asWriting(error, path);
    openFolders(path);
    try {
      rmSync(path, { recursive: true, force: true });
    } catch (again) {
      throw asWriting(again, path);
    }
  }
}

/** Folders deeper than a path may be long (PATH_MAX): rm(1) goes down step by step. */
async function removeDeep(path: string): Promise<void> {
  const { exit } = await run(['rm', '-rf', '--', path]);
  if (exit === 0) return;
  throw new ToolError('write-failed', `${path} cannot be removed.`, 'Remove it by hand, then run the command again.');
}

function openFolders(path: string): void {
  if (!lstatSync(path).isDirectory()) return;
  try {
    chmodSync(path, 0o700);
  } catch (error) {
    throw asWriting(error, path);
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) openFolders(join(path, entry.name));
  }
}

const asWriting = (error: unknown, path: string): unknown =>
  errno(error) === ''
    ? error
    : new ToolError(
        'write-failed',
        `${path} cannot be removed: ${errno(error)}.`,
        'Remove it by hand, then run the command again.',
        { cause: error },
      );

/** Git’s own entry. `git worktree remove` would run `git status` in the worktree, or needs the lock lifted first. */
function removeOwn(main: Main, { own }: WorktreeEntry): void {
  if (kindOf(main.root, '.git/worktrees') !== 'folder') return;
  if (kindOf(main.root, `.git/worktrees/${own}`) === 'folder') {
    rmSync(join(main.root, '.git/worktrees', own), { recursive: true });
  }
  removeIfEmpty(join(main.root, '.git/worktrees'));
}

/** What boxes of linked worktrees mounted of the main repository goes with the last of them. */
async function clearMain({ root }: Main): Promise<void> {
  const last = kindOf(root, '.git/worktrees') !== 'folder' || namesIn(root, '.git/worktrees').length === 0;
  if (last && (await boxContainers(projectOf(root))).length === 0) removePlaceholders(root);
}

async function dropRefs({ repository }: Main, name: string): Promise<void> {
  for (const ref of [keepRef(name), landingRef(name)]) await tryGit(repository, ['update-ref', '-d', ref]);
}

/** The branch goes where another one has all of it, or where the user says so; its commit is told. */
async function dropBranch(
  main: Main,
  { name, baseRef }: WorktreeEntry,
  force: boolean,
): Promise<Pick<RemoveResult, 'removed' | 'kept'>> {
  const { repository } = main;
  const tip = await commitOf(repository, `refs/heads/${name}`);
  if (tip === undefined) return { removed: [], kept: [] };
  const short = tip.slice(0, 12);
  const into = baseRef === '' || baseRef === `refs/heads/${name}` ? ['HEAD'] : ['HEAD', baseRef];
  const merged = await Promise.all(into.map((ref) => contains(main, ref, tip)));
  const head = await tryGit(repository, ['symbolic-ref', '--quiet', 'HEAD']);
  if (head.stdout.trim() === `refs/heads/${name}`) {
    return { removed: [], kept: [`branch ${name}: it is checked out`] };
  }
  if (!force && !merged.includes(true)) {
    return { removed: [], kept: [`branch ${name} (${short}): it is not merged; git branch -D ${name} removes it`] };
  }
  await git(repository, ['update-ref', '-d', `refs/heads/${name}`, tip]);
  return { removed: [`branch ${name} (it was ${short})`], kept: [] };
}

async function contains({ repository }: Main, ref: string, tip: string): Promise<boolean> {
  return (await tryGit(repository, ['merge-base', '--is-ancestor', tip, ref])).exit === 0;
}
