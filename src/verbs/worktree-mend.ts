import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { kindOf, readTextFile } from '../host/disk.ts';
import { git } from '../host/git.ts';
import { parseWorktree, WORKTREE_PATH } from '../policy/worktree.ts';
import { keepRef, type WorktreeEntry } from '../policy/worktree-entry.ts';
import { putFile } from './put-file.ts';
import { commitOf, type Main, placeOf, worktreePath } from './worktree-main.ts';
import { ALTERNATES, borrowed, configHash, lendObjects, makeRepository, writeState } from './worktree-make.ts';
import { writeEntry } from './worktree-registry.ts';

/** Puts right what names a place, after the worktree or the main checkout was moved. */
export async function mend(main: Main, entry: WorktreeEntry, cwd: string): Promise<WorktreeEntry> {
  const place = placeOf(main, entry);
  if (place === 'here' && isWhole(main, entry)) {
    throw new ToolError(
      'worktree-exists',
      `The worktree ${entry.name} is at ${entry.path} already.`,
      `cd '${entry.path.replaceAll("'", "'\\''")}' && cofferdam up`,
    );
  }
  if (place === 'foreign') {
    throw new ToolError(
      'worktree-exists',
      `The worktree ${entry.name} belongs to ${entry.main}, of which ${main.root} is a copy.`,
      `cofferdam worktree remove ${entry.name} forgets it here and touches nothing else.`,
    );
  }
  const path = place === 'here' || place === 'main-moved' ? entry.path : moved(main, entry, cwd);
  const now: WorktreeEntry = { ...entry, path, main: main.root };
  if (kindOf(main.root, '.git/objects') !== 'folder') throw unknownPlace(main, entry);
  const kept = await commitOf(main.repository, keepRef(entry.name)); // further on, after a landing
  await git(main.repository, ['update-ref', keepRef(entry.name), kept ?? entry.base]);
  writeState(path, now, main.root);
  const mended = entry.isolation === 'clone' ? await mendClone(main, now) : mendShared(main, now);
  // The box looks for the folder in its entry; should this be ended here, the next run goes on.
  writeEntry(main, { ...mended, state: 'making', maker: String(process.pid) });
  return mended;
}

/** Whether a worktree says of itself what `add` wrote, so that nothing has to be put right. */
const isWhole = (main: Main, { isolation, path, config, own }: WorktreeEntry): boolean =>
  isolation === 'clone'
    ? configHash(path) === config && readTextFile(path, ALTERNATES) === borrowed(main.root)
    : readTextFile(main.root, `.git/worktrees/${own}/gitdir`)?.trim() === `${path}/.git`;

/** Where the worktree is by now: where the command was called, or where it would be made today. */
function moved(main: Main, entry: WorktreeEntry, cwd: string): string {
  const candidates = [...(main.here ? [main.here.root] : []), worktreePath(main.root, entry.name)];
  const found = candidates.find((path) => {
    const says = parseWorktree(stateOf(path));
    return (
      typeof says !== 'string' && says.name === entry.name && (says.main === entry.main || says.main === main.root)
    );
  });
  if (found === undefined) throw unknownPlace(main, entry, cwd);
  return realpathSync(found);
}

function stateOf(path: string): string {
  try {
    return readTextFile(path, WORKTREE_PATH, { maxBytes: 65_536 }) ?? '';
  } catch (error) {
    if (error instanceof Error) return ''; // no such folder, or not one of ours
    throw error;
  }
}

const unknownPlace = (main: Main, { name, path }: WorktreeEntry, cwd = main.root): ToolError =>
  new ToolError(
    'worktree-moved',
    `The worktree ${name} is no longer at ${path}, nor in ${cwd}.`,
    `cd to where it is and run \`cofferdam worktree add ${name}\`, or \`cofferdam worktree remove ${name} --force\` if it is gone.`,
  );

async function mendClone(main: Main, entry: WorktreeEntry): Promise<WorktreeEntry> {
  lendObjects(main, entry.path);
  const temporary = mkdtempSync(join(tmpdir(), 'cofferdam-config-'));
  try {
    await makeRepository(main, join(temporary, 'new'), entry.name);
    putFile(entry.path, '.git/config', readFileSync(join(temporary, 'new/.git/config'), 'utf8'));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return { ...entry, config: configHash(entry.path) };
}

function mendShared(main: Main, entry: WorktreeEntry): WorktreeEntry {
  const own = `.git/worktrees/${entry.own}`;
  if (kindOf(main.root, own) !== 'folder') throw unknownPlace(main, entry);
  putFile(main.root, `${own}/gitdir`, `${entry.path}/.git\n`);
  putFile(entry.path, '.git', `gitdir: ${main.root}/${own}\n`);
  return entry;
}
