import { ToolError } from '../core/errors.ts';
import { kindOf, namesIn, readTextFile } from '../host/disk.ts';
import { git, gitSays, tryGit } from '../host/git.ts';
import { type HostPath, isAccepted } from '../policy/host-paths.ts';
import { keepRef, landingRef, type WorktreeEntry } from '../policy/worktree-entry.ts';
import { loadPolicy } from './load-policy.ts';
import { broughtForHost } from './worktree-host-paths.ts';
import { commitOf, findMain, type Main, placeOf } from './worktree-main.ts';
import { refsOf } from './worktree-refs.ts';
import { knownEntry, writeEntry } from './worktree-registry.ts';
import { refuseBombs } from './worktree-size.ts';
import { refuseChanged, type View, withView } from './worktree-view.ts';

export interface LandOptions {
  /** Takes a branch whose history was rewritten. */
  readonly force: boolean;
  /** Paths that the host executes and that the user has looked at. */
  readonly accept: readonly string[];
}

export interface LandResult {
  readonly branch: string;
  /** Commit that the branch of the main checkout had; undefined if there was no such branch. */
  readonly before: string | undefined;
  readonly after: string;
  /** Commits that the main checkout did not have. */
  readonly commits: number;
  readonly accepted: readonly string[];
}

const refused = (message: string, hint: string): ToolError => new ToolError('land-refused', message, hint);

/**
 * Brings the branch of a worktree into the main checkout. Its objects are checked as those of a stranger, and nothing that
 * the agent wrote is run or believed on the way.
 */
export async function landWorktree(cwd: string, name: string, options: LandOptions): Promise<LandResult> {
  const main = findMain(cwd);
  const entry = readyEntry(main, name);
  const branch = `refs/heads/${name}`;
  if (entry.isolation === 'clone') refuseChanged(main, entry);
  const refs = await refsOf(main, entry);
  if (refs.faults.length > 0) {
    throw refused(
      `The branches of the worktree cannot be read: ${refs.faults.slice(0, 3).join(' ')}`,
      `ls -l '${entry.path.replaceAll("'", "'\\''")}/.git'; git makes no such thing.`,
    );
  }
  const tip = refs.all.get(branch);
  if (tip === undefined) {
    const on = refs.branch === undefined ? 'on no branch' : `on ${JSON.stringify(refs.branch)}`;
    throw refused(
      `The worktree has no branch ${name} any more; it is ${on}.`,
      `Let the agent name its branch ${name} again.`,
    );
  }
  if (entry.isolation === 'clone') return landClone(main, entry, tip, options);
  await withView(main, entry, (view) => checkShared(main, entry, tip, view));
  const accepted = await judge(main, entry, { tip, old: undefined, known: [entry.base], shown: branch }, options);
  const commits = await count(main, tip, [entry.base]);
  writeEntry(main, { ...entry, landed: tip });
  return { branch: name, before: tip, after: tip, commits, accepted };
}

/** The entry of a worktree that can be looked into. */
export function readyEntry(main: Main, name: string): WorktreeEntry {
  const entry = knownEntry(main, name);
  if (entry.state !== 'ready') {
    const next = entry.state === 'making' ? 'add' : 'remove';
    throw new ToolError(
      'worktree-unfinished',
      `\`worktree ${next} ${name}\` was not done to the end.`,
      `cofferdam worktree ${next} ${name}`,
    );
  }
  if (placeOf(main, entry) === 'here') return entry;
  throw new ToolError(
    'worktree-moved',
    `The worktree ${name} is not at ${entry.path} any more, or the main checkout was moved.`,
    `cofferdam worktree add ${name}, in the main checkout or in the worktree, puts that right.`,
  );
}

async function landClone(main: Main, entry: WorktreeEntry, tip: string, options: LandOptions): Promise<LandResult> {
  const { name } = entry;
  const { repository } = main;
  const branch = `refs/heads/${name}`;
  const landing = landingRef(name);
  const old = await commitOf(repository, branch);
  if (old === tip) return { branch: name, before: old, after: tip, commits: 0, accepted: [] };
  refuseCheckedOut(main, branch);
  const seen = await commitOf(repository, landing);
  await withView(main, entry, async (view) => {
    await refuseBombs(view.repository, await newCommits(view, tip, await ownCommits(main)));
    await fetchChecked(main, view, tip, landing);
  });
  refuseUnseen(seen, tip, options);
  const known = await ownCommits(main);
  const accepted = await judge(main, entry, { tip, old, known, shown: tip.slice(0, 12) }, options);
  const commits = await count(main, tip, known);
  const zero = '0'.repeat(tip.length);
  const reason = ['-m', 'cofferdam worktree land', '--create-reflog'];
  await git(repository, ['update-ref', ...reason, branch, tip, old ?? zero]);
  // From now on the worktree borrows this, too: were the branch deleted here, gc would take it (git-gc(1)).
  if (await isAncestor(main, keepRef(name), tip)) await git(repository, ['update-ref', keepRef(name), tip]);
  await git(repository, ['update-ref', '-d', landing]);
  writeEntry(main, { ...entry, landed: tip });
  return { branch: name, before: old, after: tip, commits, accepted };
}

/** What the user agreed to is the commit that was shown; the agent may have added to it since. */
function refuseUnseen(seen: string | undefined, tip: string, options: LandOptions): void {
  if (seen === undefined || seen === tip) return;
  if (!options.force && options.accept.length === 0) return;
  throw refused(
    `The branch changed since you looked: it was ${seen.slice(0, 12)} and is ${tip.slice(0, 12)} now.`,
    `git diff ${seen.slice(0, 12)} ${tip.slice(0, 12)} shows what came; then run the command again.`,
  );
}

/** Takes the objects over, each one checked (git-fsck(1): also names such as `.git` and `..`, and URLs that are options). */
async function fetchChecked(main: Main, view: View, tip: string, landing: string): Promise<void> {
  const set = await tryGit(view.repository, ['update-ref', 'refs/heads/tip', tip]);
  if (set.exit !== 0) throw broken(gitSays(set));
  const { exit, stderr, ...rest } = await tryGit(
    main.repository,
    [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-recurse-submodules',
      '--no-auto-maintenance',
      '--no-write-fetch-head',
      '--refmap=',
      view.repository.gitDir,
      `+refs/heads/tip:${landing}`,
    ],
    { protocol: 'file', config: CHECKED },
  );
  if (exit !== 0) throw broken(gitSays({ exit, stderr, ...rest }));
}

/** `unpackLimit`: always as a pack, which takes its place whole or not at all. */
const CHECKED = [
  'transfer.fsckObjects=true',
  'fetch.fsckObjects=true',
  'transfer.unpackLimit=1',
  'fetch.unpackLimit=1',
  'fetch.prune=false',
  'fetch.pruneTags=false',
  'fetch.bundleURI=',
  'transfer.bundleURI=false',
  'fetch.negotiationAlgorithm=default',
];

const broken = (why: string): ToolError =>
  refused(
    `The objects of the branch are not sound:\n${why}`,
    'Nothing was changed. Let the agent make the commits anew.',
  );

/** `shared`: the objects are in the main repository already; they are checked where they are. */
async function checkShared(main: Main, entry: WorktreeEntry, tip: string, view: View): Promise<void> {
  await refuseBombs(main.repository, await newCommits(view, tip, [entry.base]));
  const pack = `${view.folder}/new`;
  const packed = await tryGit(main.repository, ['pack-objects', '--quiet', '--revs', pack], {
    input: `${tip}\n^${entry.base}\n`,
  });
  if (packed.exit !== 0) throw broken(gitSays(packed));
  const hash = packed.stdout.trim();
  const checked = await tryGit(view.repository, ['index-pack', '--strict', `${pack}-${hash}.pack`]);
  if (checked.exit !== 0) throw broken(gitSays(checked));
}

interface Judged {
  readonly tip: string;
  readonly old: string | undefined;
  readonly known: readonly string[];
  /** Commit or name by which the user can look at it. */
  readonly shown: string;
}

/** Refuses a rewritten history and what the host executes; gives the paths that were accepted. */
async function judge(
  main: Main,
  entry: WorktreeEntry,
  { tip, old, known, shown }: Judged,
  { force, accept }: LandOptions,
): Promise<readonly string[]> {
  const from = old ?? entry.base;
  const forward = await isAncestor(main, from, tip);
  if (!forward && !force) {
    throw refused(
      `${entry.name} does not go on from ${old === undefined ? 'its base' : 'what was landed before'} (${from.slice(0, 12)}): its history was rewritten.`,
      `git log ${from.slice(0, 12)}...${shown} shows both; --force takes it.`,
    );
  }
  const found = await broughtForHost(main, loadPolicy(main.root).policy, from, tip, known);
  const open = found.filter(({ path }) => !isAccepted(path, accept));
  if (open.length > 0) {
    throw refused(
      `The branch changes what this machine may execute:\n${open.slice(0, 20).map(line).join('\n')}${open.length > 20 ? `\n  … and ${open.length - 20} more` : ''}`,
      `git diff ${from.slice(0, 12)} ${shown} shows it; --accept PATH, once for each, takes it.`,
    );
  }
  return found.map(({ path }) => path);
}

const isAncestor = async ({ repository }: Main, old: string, tip: string): Promise<boolean> =>
  (await tryGit(repository, ['merge-base', '--is-ancestor', old, tip])).exit === 0;

const line = ({ path, why }: HostPath): string => `  ${JSON.stringify(path)}: ${why}`;

/** Commits of the main checkout's own: what was fetched for a look is none of them. */
export async function ownCommits({ repository }: Main): Promise<readonly string[]> {
  const places = ['refs/heads', 'refs/remotes', 'refs/tags', 'refs/stash'];
  const refs = await git(repository, ['for-each-ref', '--format=%(objectname)', ...places]);
  const head = await commitOf(repository, 'HEAD');
  return [...new Set([...refs.split('\n'), head ?? ''])].filter((object) => object !== '');
}

async function newCommits({ repository }: View, tip: string, known: readonly string[]): Promise<readonly string[]> {
  const input = [tip, ...known.map((commit) => `^${commit}`), ''].join('\n');
  const listed = await tryGit(repository, ['rev-list', '--stdin'], { input });
  if (listed.exit !== 0) throw broken(gitSays(listed));
  return [...new Set([tip, ...listed.stdout.split('\n').filter((commit) => commit !== '')])];
}

async function count({ repository }: Main, tip: string, known: readonly string[]): Promise<number> {
  const input = [tip, ...known.map((commit) => `^${commit}`), ''].join('\n');
  return Number(await git(repository, ['rev-list', '--count', '--stdin'], { input }));
}

/** The files of a checkout would no longer be those of its branch. */
function refuseCheckedOut({ root }: Main, branch: string): void {
  const linked = kindOf(root, '.git/worktrees') === 'folder' ? namesIn(root, '.git/worktrees') : [];
  const heads = ['.git/HEAD', ...linked.map((own) => `.git/worktrees/${own}/HEAD`)];
  const taken = heads.find((path) => readTextFile(root, path, { maxBytes: 4096 })?.trim() === `ref: ${branch}`);
  if (taken === undefined) return;
  throw refused(
    `The branch is checked out here (${taken}).`,
    'git switch to another branch first, then land and `git merge` it.',
  );
}
