import type { Change } from '../core/plan.ts';
import type { BoxFile } from './box.ts';
import { LOCK_PATH, type Lock, parseLock, printLock } from './lock.ts';

/** A file as it is on the disk now. */
export interface Known {
  readonly sha256: string;
  /** Undefined if it is no text. */
  readonly text: string | undefined;
  readonly executable: boolean;
}

export interface SyncInput {
  /** What the policy becomes. */
  readonly wanted: readonly BoxFile[];
  /** The file at a path of the workspace, as it is now. */
  disk(path: string): Known | undefined;
  sha256(text: string): string;
}

/** A change, with what was there, so that it can be shown. */
export interface SyncChange {
  readonly change: Change;
  readonly before: Known | undefined;
}

export interface SyncPlan {
  /** Empty: the files are what the policy says. The lock comes last, so that a run that was cut off is taken up again. */
  readonly changes: readonly SyncChange[];
  /** Paths among the changes that are not as cofferdam left them: somebody's edit, or never ours. */
  readonly edited: readonly string[];
}

/** What has to be written and removed so that the generated files are those of the policy. */
export function planSync({ wanted, disk, sha256 }: SyncInput): SyncPlan {
  const lockFile = disk(LOCK_PATH);
  const parsed = lockFile && parseLock(lockFile.text ?? '');
  const lock: Lock = parsed ?? new Map();
  const changes: SyncChange[] = [];
  const edited: string[] = lockFile && !parsed ? [LOCK_PATH] : [];

  for (const file of wanted) {
    const before = disk(file.path);
    const hash = sha256(file.text);
    if (before?.sha256 === hash && before.executable === (file.mode === 0o755)) continue;
    if (before && before.sha256 !== hash && before.sha256 !== lock.get(file.path)) edited.push(file.path);
    changes.push({ change: { kind: 'write', ...file, was: before?.sha256 ?? null }, before });
  }
  const keep = new Set(wanted.map(({ path }) => path));
  for (const [path, hash] of lock) {
    const before = keep.has(path) ? undefined : disk(path);
    if (!before) continue;
    if (before.sha256 !== hash) edited.push(path);
    changes.push({ change: { kind: 'remove', path, was: before.sha256 }, before });
  }
  const text = printLock(new Map(wanted.map((file) => [file.path, sha256(file.text)])));
  if (lockFile?.text !== text) {
    const was = lockFile?.sha256 ?? null;
    changes.push({ change: { kind: 'write', path: LOCK_PATH, text, mode: 0o644, was }, before: lockFile });
  }
  return { changes, edited };
}
