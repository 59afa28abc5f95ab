import { realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ToolError } from '../core/errors.ts';
import type { Plan } from '../core/plan.ts';
import { Refused } from '../edits/text.ts';
import { applyPlan } from '../host/apply.ts';
import { type FileState, readFile, textOf } from '../host/disk.ts';
import { DiskFault } from '../host/folder.ts';
import { type ReadOnlyTree, readOnlyTree } from '../host/tree.ts';
import { LOCK_PATH, parseLock } from '../plans/lock.ts';
import type { SyncChange } from '../plans/sync.ts';

/** The files of one run of --fix: what is on the disk, and what they would become. Nothing is written before the end. */
export class FixFiles {
  /** The folder that holds all audited ones. */
  readonly #root: string;
  readonly #before = new Map<string, FileState & { readonly text: string }>();
  readonly #texts = new Map<string, string>();

  constructor(roots: readonly string[]) {
    const [first = [], ...rest] = roots.map((root) => realpathSync.native(root).split(sep));
    const length = first.findIndex((part, index) => rest.some((other) => other[index] !== part));
    this.#root = (length < 0 ? first : first.slice(0, length)).join(sep) || sep;
  }

  /** An audited folder as it would be with the changes, and with those of `trial` that are not decided yet. */
  look(root: string, trial: ReadonlyMap<string, string>): ReadOnlyTree {
    const tree = readOnlyTree(root);
    return {
      ...tree,
      read: (path) => {
        const file = this.#real(root, path);
        const text = file === undefined ? undefined : (trial.get(file) ?? this.#texts.get(file));
        return text === undefined ? tree.read(path) : { kind: 'text', text };
      },
    };
  }

  #real(root: string, path: string): string | undefined {
    try {
      return this.#name(realpathSync.native(join(root, path)));
    } catch {
      return undefined; // not there: the tree says so
    }
  }

  /** A file under the name that changes and plans have for it. */
  name(root: string, path: string): string {
    return this.#name(join(realpathSync.native(root), path));
  }

  #name(full: string): string {
    return relative(this.#root, full).split(sep).join('/');
  }

  /** The text that edits are worked out on: what the audit read, from a regular file that is ours to change. */
  editable(root: string, path: string, audited: string | undefined): string {
    const name = this.name(root, path);
    const changed = this.#texts.get(name);
    if (changed !== undefined) return changed;
    const before = this.#before.get(name) ?? this.#open(root, path, name);
    if (before.text !== audited) throw new Refused('it changed while it was audited');
    return before.text;
  }

  #open(root: string, path: string, name: string): FileState & { readonly text: string } {
    const state = asReason(() => readFile(this.#root, name));
    if (!state) throw new Refused('it is no longer there');
    const lock = asReason(() => readFile(root, LOCK_PATH));
    if (lock && parseLock(lock.bytes.toString())?.has(path)) {
      throw new Refused('cofferdam generates it: change the policy, then run `cofferdam sync`');
    }
    const opened = { ...state, text: asReason(() => textOf(state, path)) };
    this.#before.set(name, opened);
    return opened;
  }

  commit(texts: ReadonlyMap<string, string>): void {
    for (const [name, text] of texts) this.#texts.set(name, text);
  }

  /** What is written in the end, each file with what was there. */
  changes(): readonly SyncChange[] {
    return [...this.#texts].flatMap(([path, text]): SyncChange[] => {
      const before = this.#before.get(path);
      if (!before || before.text === text) return [];
      return [
        {
          change: { kind: 'write', path, text, mode: 'kept', was: before.sha256 },
          before: { sha256: before.sha256, text: before.text, executable: (before.mode & 0o100) !== 0 },
        },
      ];
    });
  }

  /** Writes all files or none. */
  write(): void {
    const plan: Plan = { title: 'audit --fix', changes: this.changes().map(({ change }) => change) };
    if (plan.changes.length > 0) applyPlan(this.#root, plan);
  }
}

/** An error about one file is a reason to leave that file alone. */
function asReason<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ToolError || error instanceof DiskFault) throw new Refused(error.message.replace(/\.$/, ''));
    throw error;
  }
}
