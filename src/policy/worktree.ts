import { GIT, GIT_VIEW, type ProtectedPath, type WorkspaceFacts } from './git-paths.ts';

/** Where `cofferdam worktree add` says what a checkout is. No agent can write it: it is below .devcontainer. */
export const WORKTREE_PATH = '.devcontainer/state/worktree';

/** Where the main checkout keeps a file for each worktree that was made from it, by name. */
export const WORKTREES_PATH = '.devcontainer/state/worktrees';

export const WORKTREE_NAME = /^(?!.*\.\.)(?!.*\.(?:lock)?$)[a-z0-9][a-z0-9._-]{0,40}$/u;

/** All paths are absolute and without links. */
export interface Worktree {
  readonly isolation: 'clone' | 'shared';
  readonly name: string;
  /** The main checkout, and its .git. */
  readonly main: string;
  readonly common: string;
  /** What git keeps for this worktree alone, below `common`; only of a linked worktree. */
  readonly own: string | undefined;
}

const KEYS = ['ISOLATION', 'NAME', 'MAIN', 'GIT_COMMON', 'GIT_OWN'] as const;

/** A line's value goes into .env, a shell and compose: nothing that one of them gives a meaning. */
const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[^/$\\\u0000-\u001f\u007f]+)+$/u;

/** Reads the file of WORKTREE_PATH; a sentence that says what is wrong with it, if anything is. */
export function parseWorktree(text: string): Worktree | string {
  const values = new Map<string, string>();
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const [, key = '', value = ''] = /^([A-Z_]+)=(.*)$/u.exec(line) ?? [];
    if (!KEYS.some((known) => known === key)) return `has a line that is not understood: ${JSON.stringify(line)}`;
    if (values.has(key)) return `says ${key} twice`;
    values.set(key, value);
  }
  const isolation = values.get('ISOLATION');
  const name = values.get('NAME') ?? '';
  const main = values.get('MAIN') ?? '';
  const common = values.get('GIT_COMMON') ?? '';
  const own = values.get('GIT_OWN');
  if (isolation !== 'clone' && isolation !== 'shared') return 'does not say ISOLATION=clone or ISOLATION=shared';
  if (!WORKTREE_NAME.test(name)) return 'has no NAME that a worktree can have';
  if (!PATH.test(main)) return 'has no MAIN that is an absolute path without "$", "\\" and control characters';
  if (common !== `${main}/.git`) return 'has a GIT_COMMON that is not .git in MAIN';
  if ((own === undefined) !== (isolation === 'clone'))
    return 'must have GIT_OWN where ISOLATION is shared, and only there';
  if (own !== undefined && !(PATH.test(own) && own.slice(0, own.lastIndexOf('/')) === `${common}/worktrees`)) {
    return 'has a GIT_OWN that is not in GIT_COMMON/worktrees';
  }
  return { isolation, name, main, common, own };
}

/** A path outside of the workspace that the box mounts where the host has it, because git writes such paths down. */
export interface OutsidePath extends ProtectedPath {
  /** `worktree`: the workspace's own folder, as the host calls it. */
  readonly below: 'common' | 'own' | 'worktree';
}

/** What those folders are called in .env; generated files hold no path of the host. */
export const OUTSIDE_VARIABLES: Readonly<Record<OutsidePath['below'], string>> = {
  common: 'COFFERDAM_GIT_COMMON',
  own: 'COFFERDAM_GIT_OWN',
  worktree: 'COFFERDAM_WORKTREE',
};

const SHARED: readonly OutsidePath[] = [
  {
    below: 'common',
    path: '',
    kind: 'directory',
    access: 'anchor',
    why: 'the repository; it must not be swapped for another',
  },
  ...GIT.filter(({ path }) => path.startsWith('.git/')).map(
    (entry): OutsidePath => ({ ...entry, below: 'common', path: entry.path.slice('.git/'.length) }),
  ),
  {
    below: 'own',
    path: '',
    kind: 'directory',
    access: 'anchor',
    why: 'index and HEAD of this worktree, the only one whose folder git in the box writes',
  },
  { below: 'own', path: 'commondir', kind: 'file', access: 'read-only', why: 'points git at configuration and hooks' },
  {
    below: 'own',
    path: 'config.worktree',
    kind: 'file',
    access: 'read-only',
    why: 'git on the host runs programs that it names, where extensions.worktreeConfig is on',
  },
  {
    below: 'own',
    path: 'gitdir',
    kind: 'file',
    access: 'read-only',
    why: 'says where the worktree is: with another path in it git on the host forgets this one',
    from: GIT_VIEW.gitdir,
  },
  {
    below: 'own',
    path: 'locked',
    kind: 'file',
    access: 'read-only',
    why: 'keeps git worktree prune from this worktree',
  },
  {
    below: 'own',
    path: 'modules',
    kind: 'any',
    access: 'read-only',
    why: 'configuration and hooks of this worktree’s submodules',
  },
  {
    below: 'worktree',
    path: '.git',
    kind: 'file',
    access: 'read-only',
    why: 'where git looks whether this worktree is still there: without it, it would be pruned',
    from: GIT_VIEW.link,
  },
];

const BORROWED: readonly OutsidePath[] = [
  {
    below: 'common',
    path: 'objects',
    kind: 'directory',
    access: 'read-only',
    why: 'the objects that this repository borrows, and nothing else of the main one',
  },
];

/** What the box mounts from outside of the workspace, parents first. */
export const outsidePaths = ({ git }: WorkspaceFacts): readonly OutsidePath[] =>
  git === 'worktree' ? SHARED : git === 'borrowed' ? BORROWED : [];

/** The same with the paths of a host: absolute, in the box as well. `root` is the workspace, without links. */
export function hostPaths(worktree: Worktree, root: string): readonly ProtectedPath[] {
  const folders = { common: worktree.common, own: worktree.own ?? '', worktree: root };
  return outsidePaths({ git: gitOf(worktree) }).map(({ below, path, kind, access, why }) => ({
    path: path === '' ? folders[below] : `${folders[below]}/${path}`,
    kind,
    access,
    why,
  }));
}

export const gitOf = ({ isolation }: Pick<Worktree, 'isolation'>): 'worktree' | 'borrowed' =>
  isolation === 'shared' ? 'worktree' : 'borrowed';
