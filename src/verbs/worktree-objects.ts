import { closeSync, constants, fstatSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { DiskFault, errno, type Folder, openChild, openRoot } from '../host/folder.ts';

/** Bytes of a worktree's own objects that are looked at; a file counts as a block at least. */
const MAX_BYTES = 4 * 1024 ** 3;
const BLOCK = 4096;

/** What holds objects (gitrepository-layout(5)); caches, notes for `gc` and files half written are left out. */
const FOLDER = /^(?:[0-9a-f]{2}|pack)$/;
const OBJECT = /^(?:[0-9a-f]{38}|[0-9a-f]{62}|pack-[0-9a-f]{1,64}\.(?:pack|idx))$/;

/**
 * Copies the objects of a worktree, so that what is looked at is what is taken: the agent may still run, and a link that it
 * puts there meanwhile would lead git into somebody else’s repository, a pipe would make it wait.
 */
export function copyObjects(root: string, to: string, maxBytes = MAX_BYTES): void {
  const budget = { left: maxBytes };
  const opened: Folder[] = [openRoot(root)];
  try {
    for (const name of ['.git', 'objects']) {
      const parent = opened.at(-1);
      const next = parent && openChild(parent, name, name === '.git' ? name : '.git/objects');
      if (!next) throw odd(name === '.git' ? name : '.git/objects');
      opened.push(next);
    }
    const objects = opened.at(-1);
    if (objects) copyAll(objects, to, budget);
  } catch (error) {
    throw asOurs(error);
  } finally {
    for (const folder of opened) folder.close();
  }
}

function copyAll(objects: Folder, to: string, budget: { left: number }): void {
  for (const entry of readdirSync(objects.at('.'), { withFileTypes: true })) {
    const shown = `.git/objects/${entry.name}`;
    if (entry.isFile()) continue;
    if (!entry.isDirectory()) throw odd(shown);
    const folder = FOLDER.test(entry.name) ? openChild(objects, entry.name, shown) : undefined;
    if (!folder) continue;
    try {
      mkdirSync(join(to, entry.name), { recursive: true });
      for (const inner of readdirSync(folder.at('.'), { withFileTypes: true })) {
        if (!inner.isFile()) throw odd(`${shown}/${inner.name}`);
        if (!OBJECT.test(inner.name)) continue;
        copyOne(folder.at(inner.name), join(to, entry.name, inner.name), `${shown}/${inner.name}`, budget);
      }
    } finally {
      folder.close();
    }
  }
}

function copyOne(from: string, to: string, shown: string, budget: { left: number }): void {
  // O_NONBLOCK: should a FIFO have taken the file's place by now, open(2) must not wait for a writer.
  const source = openSync(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(source).isFile()) throw odd(shown);
    const target = openSync(to, 'wx', 0o600);
    try {
      const buffer = Buffer.alloc(1 << 16);
      budget.left -= BLOCK;
      for (;;) {
        const count = readSync(source, buffer, 0, buffer.length, null);
        if (count === 0) return;
        budget.left -= count;
        if (!(budget.left >= 0)) throw tooMuch();
        for (let done = 0; done < count; ) done += writeSync(target, buffer, done, count - done);
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

const odd = (shown: string): ToolError =>
  new ToolError('worktree-changed', `${shown} is neither a file nor a folder.`, 'Look at it; git makes no such thing.');

const tooMuch = (): ToolError =>
  new ToolError(
    'git-failed',
    'The worktree has more objects of its own than can be looked at.',
    'git repack -a -d -l, in the worktree’s box, drops what the main checkout has, too.',
  );

function asOurs(error: unknown): unknown {
  if (error instanceof DiskFault) {
    return new ToolError('worktree-changed', `${error.message}.`, 'Look at it; git makes no such thing.');
  }
  if (error instanceof ToolError || errno(error) === '') return error;
  const link = errno(error) === 'ELOOP';
  return new ToolError(
    link ? 'worktree-changed' : 'file-unreadable',
    `The objects of the worktree cannot be read: ${link ? 'one became a link' : errno(error)}.`,
    'Stop the agent, then run the command again.',
    { cause: error },
  );
}
