import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { applyPlan } from '../host/apply.ts';
import { namesIn, readFile, textOf } from '../host/disk.ts';
import { errno } from '../host/folder.ts';
import { WORKTREES_PATH } from '../policy/worktree.ts';
import { isWorktreeName, parseEntry, printEntry, type WorktreeEntry } from '../policy/worktree-entry.ts';
import type { Main } from './worktree-main.ts';

/** The entry of a name; undefined if there is none. What is not as cofferdam wrote it stops the command. */
export function readEntry({ root }: Main, name: string): WorktreeEntry | undefined {
  const path = `${WORKTREES_PATH}/${name}`;
  const file = readFile(root, path, { maxBytes: 65_536 });
  if (!file) return undefined;
  const entry = parseEntry(name, textOf(file, path));
  if (entry) return entry;
  throw new ToolError(
    'file-unreadable',
    `${path} is not as cofferdam wrote it.`,
    `Move it away (mv '${path.replaceAll("'", "'\\''")}' /tmp), then run \`cofferdam worktree add ${name}\`.`,
  );
}

export const readEntries = (main: Main): readonly WorktreeEntry[] =>
  namesIn(main.root, WORKTREES_PATH)
    .filter(isWorktreeName)
    .flatMap((name) => readEntry(main, name) ?? []);

/** The entry of a worktree that there is, or an error that says what there is. */
export function knownEntry(main: Main, name: string): WorktreeEntry {
  const entry = isWorktreeName(name) ? readEntry(main, name) : undefined;
  if (entry) return entry;
  const names = readEntries(main).map((each) => each.name);
  throw new ToolError(
    'worktree-unknown',
    `There is no worktree ${JSON.stringify(name)} of ${main.root}.`,
    names.length > 0 ? `There is ${names.join(', ')}.` : 'cofferdam worktree add NAME makes one.',
  );
}

/** Writes an entry whole or not at all; another process that writes the same one at the time gets an error. */
export function writeEntry({ root }: Main, entry: WorktreeEntry): void {
  const path = `${WORKTREES_PATH}/${entry.name}`;
  const was = readFile(root, path)?.sha256 ?? null;
  applyPlan(root, {
    title: 'worktree',
    changes: [{ kind: 'write', path, text: printEntry(entry), mode: 0o644, was }],
  });
}

export function removeEntry({ root }: Main, name: string): void {
  const path = `${WORKTREES_PATH}/${name}`;
  const was = readFile(root, path)?.sha256;
  if (was !== undefined) applyPlan(root, { title: 'worktree', changes: [{ kind: 'remove', path, was }] });
  removeIfEmpty(join(root, WORKTREES_PATH));
}

/** Removes a folder that holds nothing. */
export function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errno(error))) throw error;
  }
}
