import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { ToolError } from '../core/errors.ts';
import type { Change, Plan } from '../core/plan.ts';
import { stateOf } from './disk.ts';
import { DiskFault, errno, type Folder, openChild, openRoot, partsOf } from './folder.ts';

const AGAIN = 'Run the command again: it looks at the files anew.';

/** Something to be done if a later step fails, and what it puts back. */
interface Undo {
  readonly path: string;
  run(): void;
}

/** The folders of one run, each opened once and kept open, so that they stay the ones that were checked. */
class Folders {
  readonly #open = new Map<string, Folder>();
  readonly #undo: Undo[];

  constructor(root: string, undo: Undo[]) {
    this.#open.set('', openRoot(root));
    this.#undo = undo;
  }

  /** The folder that holds `path`; with `make`, the missing ones are made. */
  parentOf(path: string, make: boolean): Folder | undefined {
    let folder = this.#open.get('');
    let at = '';
    for (const part of partsOf(path).slice(0, -1)) {
      const outer: Folder | undefined = folder;
      if (!outer) return undefined;
      at = at === '' ? part : `${at}/${part}`;
      folder = this.#open.get(at) ?? openChild(outer, part, at) ?? (make ? this.#make(outer, part, at) : undefined);
      if (folder) this.#open.set(at, folder);
    }
    return folder;
  }

  #make(outer: Folder, name: string, path: string): Folder | undefined {
    mkdirSync(outer.at(name), 0o755);
    this.#undo.push({ path, run: () => rmdirSync(outer.at(name)) });
    return openChild(outer, name, path);
  }

  sync(): void {
    for (const { descriptor } of this.#open.values()) if (descriptor !== undefined) fsyncSync(descriptor);
  }

  close(): void {
    for (const folder of this.#open.values()) folder.close();
  }
}

/**
 * Makes all changes of a plan or none. The files must be what the plan was made against (`tree-changed`), no folder on the
 * way may be a link, new contents are complete on the disk before a name points at them (write, fsync, rename), and a
 * failure puts back what had been done (`write-failed`).
 */
export function applyPlan(root: string, plan: Plan): void {
  const undo: Undo[] = [];
  const folders = new Folders(root, undo);
  // All of this is one synchronous piece: ignoring the signals for its few milliseconds keeps Ctrl-C from cutting it in two.
  const ignore = (): void => {};
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, ignore);
  let current = '';
  try {
    for (const change of plan.changes) verify(folders, change);
    const commits = plan.changes.map((change) => {
      current = change.path;
      return { path: change.path, commit: stage(folders, change, undo) };
    });
    for (const { path, commit } of commits) {
      current = path;
      commit();
    }
    folders.sync();
    removeEmptied(folders, plan.changes);
  } catch (error) {
    throw explain(error, current, putBack(undo));
  } finally {
    for (const signal of signals) process.off(signal, ignore);
    folders.close();
  }
}

const changed = (path: string): ToolError =>
  new ToolError('tree-changed', `${path} is no longer what it was when the plan was made.`, AGAIN);

function verify(folders: Folders, { path, was }: Change): void {
  const parent = folders.parentOf(path, false);
  const name = partsOf(path).at(-1) ?? '';
  if (was === null) {
    if (parent && lstatSync(parent.at(name), { throwIfNoEntry: false })) throw changed(path);
  } else if (!parent || stateOf(parent, name, path)?.sha256 !== was) {
    throw changed(path);
  }
}

/** Prepares a change beside its place and gives what makes it take effect. */
function stage(folders: Folders, change: Change, undo: Undo[]): () => void {
  const { path } = change;
  const name = partsOf(path).at(-1) ?? '';
  const parent = folders.parentOf(path, true);
  if (!parent) throw changed(path);
  const before = change.was === null ? undefined : stateOf(parent, name, path);
  if (change.was !== null && before?.sha256 !== change.was) throw changed(path);
  const restore = (): void => {
    if (before) renameSync(writeBeside(parent, before.bytes, before.mode), parent.at(name));
  };
  if (change.kind === 'remove') {
    return () => {
      unlinkSync(parent.at(name));
      undo.push({ path, run: restore });
    };
  }
  const mode = change.mode === 'kept' ? (before?.mode ?? 0o644) : change.mode;
  const temporary = writeBeside(parent, Buffer.from(change.text), mode);
  undo.push({ path, run: () => removeIfThere(temporary) });
  return () => {
    if (before) {
      verify(folders, change);
      renameSync(temporary, parent.at(name));
      undo.push({ path, run: restore });
    } else {
      putNew(temporary, parent.at(name), path);
      undo.push({ path, run: () => unlinkSync(parent.at(name)) });
      removeIfThere(temporary);
    }
  };
}

/** A complete file under a name that nobody else uses, in the folder where it will stay. */
function writeBeside(parent: Folder, bytes: Uint8Array, mode: number): string {
  const path = parent.at(`.cofferdam-${randomBytes(8).toString('hex')}.tmp`);
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } catch (error) {
    removeIfThere(path);
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return path;
}

/** link(2) fails where a name is taken, which rename(2) would overwrite; some file systems have no links. */
function putNew(temporary: string, target: string, path: string): void {
  try {
    linkSync(temporary, target);
  } catch (error) {
    if (errno(error) === 'EEXIST') throw changed(path);
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errno(error))) throw error;
    if (lstatSync(target, { throwIfNoEntry: false })) throw changed(path);
    renameSync(temporary, target);
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error;
  }
}

/** Folders that held nothing but removed files go too. Nothing can fail after this, so there is nothing to undo. */
function removeEmptied(folders: Folders, changes: readonly Change[]): void {
  for (const { kind, path } of changes) {
    const folder = partsOf(path).slice(0, -1).join('/');
    if (kind !== 'remove' || folder === '') continue;
    const outer = folders.parentOf(folder, false);
    try {
      if (outer) rmdirSync(outer.at(partsOf(folder).at(-1) ?? ''));
    } catch {
      // ENOTEMPTY: something else is in it. Any other reason leaves an empty folder, which is no harm.
    }
  }
}

/** Undoes what was done, last first, and gives the paths where that failed. */
function putBack(undo: readonly Undo[]): readonly string[] {
  const left: string[] = [];
  for (const { path, run } of [...undo].reverse()) {
    try {
      run();
    } catch {
      left.push(path);
    }
  }
  return left;
}

const REASONS: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'the name is too long for this file system',
};

function explain(error: unknown, path: string, left: readonly string[]): unknown {
  const rest = left.length > 0 ? ` These could not be put back: ${[...new Set(left)].join(', ')}.` : '';
  if (error instanceof DiskFault) {
    return new ToolError('folder-unsupported', `${error.message}.${rest}`, `Move ${error.path} away, then run again.`, {
      cause: error,
    });
  }
  if (error instanceof ToolError && rest !== '') {
    return new ToolError(error.code, error.message + rest, error.hint, { cause: error });
  }
  const code = errno(error);
  if (error instanceof ToolError || code === '') return error;
  return new ToolError(
    'write-failed',
    `${path} cannot be written: ${REASONS[code] ?? code}.${rest}`,
    'Mend that (`ls -ld .devcontainer` and `df .` show it), then run the command again.',
    { cause: error },
  );
}
