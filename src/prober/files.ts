import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { FoundFile, Mount } from '../core/probing.ts';
import type { Doers } from './main.ts';

const done = { done: true } as const;
const MAX_READ = 256 * 1024;
/** Names found in places where a login shell or an installer looks, whatever this process has as PATH. */
const USUAL = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const errno = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'error';

function outcome(attempt: () => void): string {
  try {
    attempt();
    return 'ok';
  } catch (error) {
    return errno(error);
  }
}

/** Octal escapes of mountinfo: space, tab, newline and backslash (proc_pid_mountinfo(5)). */
const decoded = (field: string): string =>
  field.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

function mount(line: string): Mount[] {
  const fields = line.split(' ');
  const dash = fields.indexOf('-');
  const [root, at, options] = [fields[3], fields[4], fields[5]];
  if (dash < 0 || root === undefined || at === undefined || options === undefined) return [];
  const [type = '', source = ''] = fields.slice(dash + 1);
  const readOnly = options.split(',').includes('ro');
  return [{ root: decoded(root), at: decoded(at), readOnly, type, source: decoded(source) }];
}

function found(path: string, stat: Stats): FoundFile {
  const kind = stat.isFile()
    ? 'file'
    : stat.isBlockDevice()
      ? 'block'
      : stat.isCharacterDevice()
        ? 'character'
        : 'other';
  return { path, mode: stat.mode & 0o7777, uid: stat.uid, kind };
}

/** Regular files with a set-ID bit, and devices, below a folder and in its file system. */
function* special(folder: string, device: number, depth: number): Generator<FoundFile> {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return; // what this user cannot list it cannot run by name either, except by guessing
  }
  for (const name of names) {
    const path = join(folder, name);
    let stat: Stats;
    try {
      stat = lstatSync(path);
    } catch {
      continue; // gone meanwhile, or not ours to look at
    }
    if (stat.isDirectory()) {
      if (depth > 0 && stat.dev === device) yield* special(path, device, depth - 1);
    } else if (stat.isBlockDevice() || stat.isCharacterDevice() || (stat.isFile() && (stat.mode & 0o6000) !== 0)) {
      yield found(path, stat);
    }
  }
}

function readSome(path: string, limit: number): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(limit);
    let size = 0;
    for (;;) {
      const got = readSync(descriptor, buffer, size, limit - size, null);
      size += got;
      if (got === 0 || size === limit) return buffer.subarray(0, size).toString('latin1');
    }
  } finally {
    closeSync(descriptor);
  }
}

function writeNew(path: string, text: string, flags: number, mode: number): void {
  const descriptor = openSync(path, flags, mode);
  try {
    writeSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

async function gone(path: string, timeoutMs: number): Promise<{ gone: boolean; afterMs: number }> {
  const start = Date.now();
  for (;;) {
    const afterMs = Date.now() - start;
    if (outcome(() => lstatSync(path)) === 'ENOENT') return { gone: true, afterMs };
    if (afterMs > timeoutMs) return { gone: false, afterMs };
    await wait(10);
  }
}

export const files = {
  mounts: () => readFileSync('/proc/self/mountinfo', 'utf8').split('\n').flatMap(mount),
  read: ({ path, limit }) => ({ text: readSome(path, Math.min(limit ?? MAX_READ, MAX_READ)) }),
  list: ({ path }) => readdirSync(path).slice(0, 5000),
  append({ path, text }) {
    // Without O_CREAT: what is asked is whether the file that is there can be changed.
    writeNew(path, text, constants.O_WRONLY | constants.O_APPEND, 0o644);
    return done;
  },
  create({ path, text, mode }) {
    writeNew(path, text, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode ?? 0o644);
    return done;
  },
  overwrite({ path, text }) {
    writeNew(path, text, constants.O_WRONLY | constants.O_TRUNC, 0o644);
    return done;
  },
  unlink({ path }) {
    unlinkSync(path);
    return done;
  },
  mkdir({ path }) {
    mkdirSync(path);
    return done;
  },
  rmdir({ path }) {
    rmdirSync(path);
    return done;
  },
  rename({ path, to }) {
    renameSync(path, to);
    return done;
  },
  symlink({ path, to }) {
    symlinkSync(to, path);
    return done;
  },
  link({ path, to }) {
    linkSync(to, path);
    return done;
  },
  chmod({ path, mode }) {
    chmodSync(path, mode);
    return done;
  },
  chown({ path, uid, gid }) {
    chownSync(path, uid, gid);
    return done;
  },
  copy({ path, to }) {
    copyFileSync(path, to);
    return done;
  },
  writable: ({ paths }) =>
    Object.fromEntries(paths.map((path) => [path, outcome(() => accessSync(path, constants.W_OK))])),
  openable: ({ paths }) =>
    Object.fromEntries(
      paths.map((path) => [
        path,
        outcome(() => {
          const stat = statSync(path);
          const entries = stat.isDirectory() ? readdirSync(path).length : readSome(path, 1).length;
          if (entries === 0) throw Object.assign(new Error('nothing to read'), { code: 'empty' });
        }),
      ]),
    ),
  special: ({ roots }) => roots.flatMap((root) => [...special(root, lstatSync(root).dev, 12)]).slice(0, 2000),
  search({ names, path }) {
    const folders = new Set(`${path ?? process.env['PATH'] ?? ''}:${path === undefined ? USUAL : ''}`.split(delimiter));
    return [...folders].flatMap((folder) =>
      names.flatMap((name) => {
        const file = join(folder, name);
        return folder !== '' && existsSync(file) ? [found(file, statSync(file))] : [];
      }),
    );
  },
  gone: ({ path, timeoutMs }) => gone(path, timeoutMs),
} satisfies Partial<Doers>;
