import { ToolError } from '../core/errors.ts';
import { type Repository, tryGit } from '../host/git.ts';

const MAX_PATHS = 1_000_000;
const MAX_DEPTH = 256;
/** Objects asked for at once. */
const BATCH = 5000;

interface Tree {
  readonly leaves: number;
  readonly folders: readonly string[];
}

/**
 * Refuses commits whose tree has more paths than git can hold in memory when it lists or checks it out: a few objects that
 * name each other over and over stand for billions of paths, and git-fsck(1) finds nothing wrong with them. Each object is read once.
 */
export async function refuseBombs(repository: Repository, commits: readonly string[], max = MAX_PATHS): Promise<void> {
  const trees = new Map<string, Tree>();
  const roots = await read(
    repository,
    commits.map((commit) => `${commit}^{tree}`),
    trees,
  );
  let open = unread(roots, trees);
  for (let depth = 1; open.length > 0; depth++) {
    if (!(depth <= MAX_DEPTH)) throw bomb(`folders in folders, more than ${MAX_DEPTH} deep`);
    open = unread(await read(repository, open, trees), trees);
  }
  const counted = new Map<string, number>();
  for (const root of roots) {
    if (!(pathsIn(root, trees, counted) <= max)) throw bomb(`more than ${max} paths`);
  }
}

const bomb = (what: string): ToolError =>
  new ToolError('git-failed', `A commit has ${what}.`, 'Look at it with `git ls-tree`, one folder at a time.');

const unread = (from: readonly string[], trees: ReadonlyMap<string, Tree>): readonly string[] => [
  ...new Set(from.flatMap((tree) => trees.get(tree)?.folders ?? []).filter((tree) => !trees.has(tree))),
];

/** Nothing for what is missing: whoever needs it says so. */
function pathsIn(name: string, trees: ReadonlyMap<string, Tree>, counted: Map<string, number>): number {
  const known = counted.get(name);
  if (known !== undefined) return known;
  const { leaves, folders } = trees.get(name) ?? { leaves: 0, folders: [] };
  const sum = folders.reduce((all, folder) => all + 1 + pathsIn(folder, trees, counted), leaves);
  counted.set(name, sum);
  return sum;
}

/** Reads trees as they are (git-cat-file(1), --batch) and gives their names. */
async function read(
  repository: Repository,
  names: readonly string[],
  trees: Map<string, Tree>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let start = 0; start < names.length; start += BATCH) {
    const input = names
      .slice(start, start + BATCH)
      .map((name) => `${name}\n`)
      .join('');
    const { exit, stdout } = await tryGit(repository, ['cat-file', '--batch'], { input, encoding: 'latin1' });
    if (exit !== 0) throw new ToolError('git-failed', 'The trees of a commit cannot be read.', 'git fsck');
    for (let at = 0; at < stdout.length; ) {
      const end = stdout.indexOf('\n', at);
      const [, name = '', type = '', size = ''] = /^([0-9a-f]+) (\w+) (\d+)$/.exec(stdout.slice(at, end)) ?? [];
      at = end + 1;
      if (name === '') continue; // `… missing`
      if (type === 'tree') {
        found.push(name);
        trees.set(name, parse(stdout.slice(at, at + Number(size)), name.length / 2));
      }
      at += Number(size) + 1;
    }
  }
  return found;
}

/** `mode name\0hash`, without anything between them; the hash as bytes. */
function parse(text: string, hashLength: number): Tree {
  const folders: string[] = [];
  let leaves = 0;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\0', at);
    if (end < 0) break; // broken: git-fsck(1) says so
    const hash = text.slice(end + 1, end + 1 + hashLength);
    if (/^0?40000 /.test(text.slice(at, at + 7))) folders.push(Buffer.from(hash, 'latin1').toString('hex'));
    else leaves++;
    at = end + 1 + hashLength;
  }
  return { leaves, folders };
}
