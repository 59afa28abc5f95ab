import { ToolError } from '../core/errors.ts';
import { kindOf, namesIn, readTextFile } from '../host/disk.ts';
import { git } from '../host/git.ts';
import type { WorktreeEntry } from '../policy/worktree-entry.ts';
import type { Main } from './worktree-main.ts';

/** The branches of a worktree, as its files say. Only the objects' names go on to git. */
export interface Refs {
  /** Branch that is checked out; undefined where HEAD is a commit. */
  readonly branch: string | undefined;
  /** Commit that is checked out; undefined on a branch without commits. */
  readonly head: string | undefined;
  readonly all: ReadonlyMap<string, string>;
  /** What could not be read, one sentence each. */
  readonly faults: readonly string[];
}

const OBJECT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const MAX_REFS = 10_000;
const MAX_DEPTH = 12;

/**
 * The refs of a worktree with a repository of its own. They are read as files, without links and pipes and no longer than
 * they ever are, because they are the agent’s to write and git would follow them.
 */
export function readRefs(root: string): Refs {
  const all = new Map<string, string>();
  const faults: string[] = [];
  attempt(faults, () => readPacked(root, all));
  attempt(faults, () => readLoose(root, 'refs', all, faults, 0));
  return { ...headOf(attempt(faults, () => small(root, '.git/HEAD')) ?? '', all), all, faults };
}

/** Those of a worktree that shares the main checkout’s. */
export async function readSharedRefs(main: Main, { own }: WorktreeEntry): Promise<Refs> {
  const listed = await git(main.repository, ['for-each-ref', '--format=%(objectname) %(refname)']);
  const all = new Map(
    listed.split('\n').flatMap((line): [string, string][] => {
      const [, object = '', name = ''] = /^(\S+) (.+)$/.exec(line) ?? [];
      return name === '' ? [] : [[name, object]];
    }),
  );
  const faults: string[] = [];
  return { ...headOf(attempt(faults, () => small(main.root, `.git/worktrees/${own}/HEAD`)) ?? '', all), all, faults };
}

export const refsOf = async (main: Main, entry: WorktreeEntry): Promise<Refs> =>
  entry.isolation === 'clone' ? readRefs(entry.path) : readSharedRefs(main, entry);

function headOf(text: string, all: ReadonlyMap<string, string>): Pick<Refs, 'branch' | 'head'> {
  const line = text.replace(/\n$/, '');
  const ref = /^ref: (refs\/heads\/[^\n]+)$/.exec(line)?.[1];
  if (ref !== undefined) return { branch: ref.slice('refs/heads/'.length), head: all.get(ref) };
  return { branch: undefined, head: OBJECT.test(line) ? line : undefined };
}

const small = (root: string, path: string): string | undefined => readTextFile(root, path, { maxBytes: 4096 });

function readPacked(root: string, all: Map<string, string>): void {
  for (const line of (readTextFile(root, '.git/packed-refs') ?? '').split('\n')) {
    const [, object = '', name = ''] = /^([0-9a-f]+) (refs\/.+)$/.exec(line) ?? [];
    if (OBJECT.test(object)) all.set(name, object);
  }
}

function readLoose(root: string, path: string, all: Map<string, string>, faults: string[], depth: number): void {
  if (depth > MAX_DEPTH) throw new ToolError('file-unreadable', `.git/${path} is too deep.`, 'Look at what is in it.');
  for (const name of namesIn(root, `.git/${path}`)) {
    const inner = `${path}/${name}`;
    if (name.endsWith('.lock')) continue; // git writes there and renames (git-check-ref-format(1): no ref is called so)
    if (all.size > MAX_REFS) throw new ToolError('file-unreadable', 'There are too many refs.', 'Look at .git/refs.');
    attempt(faults, () => {
      if (kindOf(root, `.git/${inner}`) === 'folder') return readLoose(root, inner, all, faults, depth + 1);
      const text = small(root, `.git/${inner}`)?.replace(/\n$/, '') ?? '';
      if (text.startsWith('ref: refs/')) return; // another name for one that is read by itself
      if (!OBJECT.test(text)) throw new ToolError('file-unreadable', `.git/${inner} names no object.`, 'Look at it.');
      all.set(inner, text);
    });
  }
}

function attempt<T>(faults: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    faults.push(error.message);
    return undefined;
  }
}
