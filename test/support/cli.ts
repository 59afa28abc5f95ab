import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const CLI = resolve('dist/cli.js');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  /** Sentences of errors in one piece, however wide the terminal is. */
  readonly stderr: string;
  /** As it was printed. */
  readonly printed: string;
}

/** Joins the lines into which errors are broken for people; what hangs below a lead is indented by two or eight. */
export const joined = (text: string): string =>
  text.replace(/\n(?: {2}| {8})(?!why: |next: |cause: |\d+ \|)(?=[^\s|])/g, ' ');

/** Runs the built CLI without a terminal. Git's own configuration of this machine stays out of it. */
export function cofferdam(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  timeout = 60_000,
): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd,
    encoding: 'utf8',
    timeout,
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', ...env },
  });
  return { status, stdout, stderr: joined(stderr), printed: stderr };
}

/** Folders that are gone after the tests of a file. */
export class Scratch {
  readonly #folders: string[] = [];

  /** A new folder with these files; a name that ends in a slash is a folder. */
  folder(files: Readonly<Record<string, string | Uint8Array>> = {}, name = 'app'): string {
    const outer = mkdtempSync(join(tmpdir(), 'cofferdam-cli-'));
    this.#folders.push(outer);
    const folder = join(outer, name);
    mkdirSync(folder);
    for (const [path, text] of Object.entries(files)) {
      const full = join(folder, path);
      mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true });
      if (!path.endsWith('/')) writeFileSync(full, text);
    }
    return folder;
  }

  remove(): void {
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** One hash of everything below a folder: names, kinds, modes, link targets and contents. */
export function treeHash(folder: string): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    const entry = lstatSync(join(folder, path));
    hash.update(`${JSON.stringify(path)} ${entry.mode}\n`);
    if (entry.isSymbolicLink()) hash.update(readlinkSync(join(folder, path)));
    else if (entry.isFile()) hash.update(readFileSync(join(folder, path)));
    else if (entry.isDirectory()) for (const name of readdirSync(join(folder, path)).sort()) add(join(path, name));
  };
  add('.');
  return hash.digest('hex');
}
