import { join, relative } from 'node:path';
import { kindOf, namesIn, readTextFile } from '../host/disk.ts';
import { run } from '../host/run.ts';
import { gitFolders } from './worktree-facts.ts';

/** What git leaves in .git while it is in the middle of something: a list of commands among it. */
const UNFINISHED = ['rebase-merge', 'rebase-apply', 'sequencer'];
const MAX_NAMED = 5;

/** Where git on the host writes through a link: messages and heads in the folder itself, and what it appends to. */
const WRITTEN = ['refs', 'logs'];
/** Of these, so many entries are looked at. */
const MAX_LOOKED_AT = 20_000;

/**
 * Links in the parts of .git that git writes. It makes none itself, and follows one that it finds: `git commit --amend`
 * puts the message of the agent's commit wherever COMMIT_EDITMSG leads (measured with git 2.39).
 */
function linksIn(folder: string): readonly string[] {
  const links: string[] = [];
  let looked = 0;
  const look = (path: string, deep: boolean): void => {
    for (const name of namesIn(folder, path)) {
      if (++looked > MAX_LOOKED_AT || links.length > MAX_NAMED) return;
      const below = path === '.' ? name : `${path}/${name}`;
      const kind = kindOf(folder, below);
      if (kind === 'link') links.push(below);
      else if (kind === 'folder' && (deep || WRITTEN.includes(name))) look(below, true);
    }
  };
  look('.', false);
  return looked > MAX_LOOKED_AT ? [...links, '… (too many entries to look at all)'] : links;
}

/** Below the workspace as people write it, elsewhere in full. */
const relativeTo = (root: string, path: string): string => {
  const short = relative(root, path);
  return short.startsWith('..') ? path : short;
};

/**
 * What in the repository makes git on the host do more than it seems to, although its configuration is read-only: links in
 * place of files that it writes, a nested repository in the index, which `git add` and `git describe --dirty` look into (measured with git 2.39), and an
 * unfinished rebase, whose list of steps may hold commands (git-rebase(1), exec).
 */
export async function inRepository(root: string): Promise<readonly string[]> {
  const git = kindOf(root, '.git');
  if (git !== 'folder' && git !== 'file') return [];
  const { common, own } = gitFolders(root);
  // In a linked worktree the agent can write the main checkout's as well.
  const unfinished = [...new Set([own, common])].flatMap((folder) => [
    ...linksIn(folder).map((path) => `${relativeTo(root, join(folder, path))}: a link, which git here writes through`),
    ...UNFINISHED.filter((path) => kindOf(folder, path) === 'folder').map(
      (path) =>
        `${relativeTo(root, join(folder, path))}: an unfinished rebase or cherry-pick; its steps are the agent’s to write`,
    ),
  ]);
  const modules = readTextFile(root, '.gitmodules', { maxBytes: 1 << 20 }) ?? '';
  const submodules = new Set([...modules.matchAll(/^[ \t]*path[ \t]*=(.*)$/gm)].map(([, path]) => path?.trim()));
  // Reads the index alone; the repository's configuration is read-only in the box.
  const { exit, stdout } = await run(['git', '-C', root, 'ls-files', '--stage', '-z'], { timeoutMs: 20_000 });
  if (exit !== 0) return [...unfinished, 'git cannot list the index (`git ls-files --stage` says why)'];
  const nested = stdout
    .split('\0')
    .flatMap((line) => /^160000 [0-9a-f]+ \d\t([\s\S]+)$/.exec(line)?.[1] ?? [])
    .filter((path) => !submodules.has(path));
  const more = nested.length > MAX_NAMED ? [`… and ${nested.length - MAX_NAMED} more`] : [];
  return [
    ...unfinished,
    ...nested
      .slice(0, MAX_NAMED)
      .map((path) => `${path}: a repository in the index; git here would run what its configuration names`),
    ...more,
  ];
}
