import { WORKTREE_NAME, type Worktree } from './worktree.ts';

export type Isolation = Worktree['isolation'];

/** What is known of a worktree, kept in the main checkout where no box can write. */
export interface WorktreeEntry {
  readonly name: string;
  /** `making`: `add` has not ended (yet). `removing`: `remove` has not. */
  readonly state: 'making' | 'ready' | 'removing';
  readonly isolation: Isolation;
  /** Absolute path of the checkout, links resolved. */
  readonly path: string;
  /** Absolute path of the main checkout when this was written. */
  readonly main: string;
  /** Commit that the branch began at. */
  readonly base: string;
  /** Full name of the branch that `base` was, if it was one. */
  readonly baseRef: string;
  /** Folder beside the main checkout in which `add` builds; empty as soon as it is done. */
  readonly temporary: string;
  /** Process that is making it. */
  readonly maker: string;
  /** `clone`: SHA-256 of .git/config as `add` wrote it. */
  readonly config: string;
  /** `shared`: name of git's own entry, below .git/worktrees. */
  readonly own: string;
  /** Commit that was landed last. */
  readonly landed: string;
}

/** Keeps what a worktree borrows from being collected (git-gc(1)); where a branch waits while it is looked at. */
export const keepRef = (name: string): string => `refs/cofferdam/worktrees/${name}`;
export const landingRef = (name: string): string => `refs/cofferdam/landing/${name}`;

/**
 * Whether a name can be that of a branch, a folder and a file at once, on any file system. Branches may not have `..` nor
 * end in `.` or `.lock` (git-check-ref-format(1)).
 */
export const isWorktreeName = (name: string): boolean => WORKTREE_NAME.test(name);

const KEYS = {
  STATE: 'state',
  NAME: 'name',
  ISOLATION: 'isolation',
  PATH: 'path',
  MAIN: 'main',
  BASE: 'base',
  BASE_REF: 'baseRef',
  TEMPORARY: 'temporary',
  MAKER: 'maker',
  CONFIG: 'config',
  OWN: 'own',
  LANDED: 'landed',
} as const satisfies Record<string, keyof WorktreeEntry>;

export const printEntry = (entry: WorktreeEntry): string =>
  Object.entries(KEYS)
    .map(([key, field]) => `${key}=${entry[field]}\n`)
    .join('');

/** `KEY=value` lines; undefined if a line is none. */
function values(text: string): ReadonlyMap<string, string> | undefined {
  const lines = text.split('\n').filter((line) => line !== '');
  const found = lines.map((line) => /^([A-Z_]+)=(.*)$/.exec(line));
  if (found.some((match) => match === null)) return undefined;
  return new Map(found.map((match) => [match?.[1] ?? '', match?.[2] ?? '']));
}

const absolute = (path: string): boolean => path.startsWith('/');
const commit = (text: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);

/** The entry of `name`; undefined if the text is no such entry. */
export function parseEntry(name: string, text: string): WorktreeEntry | undefined {
  const all = values(text);
  const get = (key: keyof typeof KEYS): string => all?.get(key) ?? '';
  const [state, isolation] = [get('STATE'), get('ISOLATION')];
  if (state !== 'making' && state !== 'ready' && state !== 'removing') return undefined;
  if (isolation !== 'clone' && isolation !== 'shared') return undefined;
  const entry: WorktreeEntry = {
    name: get('NAME'),
    state,
    isolation,
    path: get('PATH'),
    main: get('MAIN'),
    base: get('BASE'),
    baseRef: get('BASE_REF'),
    temporary: get('TEMPORARY'),
    maker: get('MAKER'),
    config: get('CONFIG'),
    own: get('OWN'),
    landed: get('LANDED'),
  };
  const well = entry.name === name && absolute(entry.path) && absolute(entry.main) && commit(entry.base);
  const own = entry.own === '' || /^[^/]+$/.test(entry.own);
  return well && own && entry.own !== '.' && entry.own !== '..' ? entry : undefined;
}

/** What the worktree's own box is made by: initialize.sh reads it line by line. */
export function printWorktreeState({ isolation, name, own }: WorktreeEntry, main: string): string {
  const lines = [`ISOLATION=${isolation}`, `NAME=${name}`, `MAIN=${main}`, `GIT_COMMON=${main}/.git`];
  if (isolation === 'shared') lines.push(`GIT_OWN=${main}/.git/worktrees/${own}`);
  return `${lines.join('\n')}\n`;
}
