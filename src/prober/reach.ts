import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Handle } from '../core/probing.ts';
import { errno } from './files.ts';
import type { Doers } from './main.ts';
import { connectTo } from './network.ts';
import { listed, shown } from './sockets.ts';

/** More than any box holds; beyond it the answer says that there was more. */
const MAX_ENTRIES = 1_000_000;
const MAX_SOCKETS = 2_000;
const AT_ONCE = 50;
const PATIENCE_MS = 10_000;
/** File systems of the kernel: no socket can be bound in them (proc(5), sysfs(5)). */
const KERNEL = new Set(['/proc', '/sys']);

/** Sockets below a folder by their kind, which the folder itself tells: of the files nothing is read. */
function below(root: string): { readonly paths: readonly string[]; readonly whole: boolean } {
  const folders = [root];
  const paths: string[] = [];
  let entries = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let found: Dirent[];
    try {
      found = readdirSync(folder, { withFileTypes: true });
    } catch {
      continue; // not ours to list; what listens in it is in /proc/net/unix all the same
    }
    entries += found.length;
    if (!(entries <= MAX_ENTRIES)) return { paths, whole: false };
    for (const entry of found) {
      const path = join(folder, entry.name);
      if (entry.isSocket()) paths.push(path);
      else if (entry.isDirectory() && !KERNEL.has(path)) folders.push(path);
    }
  }
  return { paths, whole: true };
}

async function connects(to: Parameters<typeof connectTo>[0]): Promise<string> {
  try {
    (await connectTo(to, PATIENCE_MS)).destroy();
    return 'ok';
  } catch (error) {
    return errno(error);
  }
}

async function reachAll(folders: readonly string[], skip: string | undefined): Promise<Awaited<ReturnType<Reach>>> {
  const walks = folders.map(below);
  const all = [...new Set([...listed(), ...walks.flatMap(({ paths }) => paths)])];
  const chosen = all.filter((path) => skip === undefined || !path.includes(skip));
  const whole = walks.every((walk) => walk.whole) && chosen.length <= MAX_SOCKETS;
  const waiting = chosen.slice(0, MAX_SOCKETS);
  const tried = waiting.length;
  const open: string[] = [];
  const work = async (): Promise<void> => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if ((await connects({ socket: path })) === 'ok') open.push(shown(path));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { tried, open: [...new Set(open)].sort(), whole };
}
type Reach = Doers['reach'];

/** Secrets that VS Code’s server gives to its processes (seen in its 1.139: VSCODE_AGENT_HOST_CONNECTION_TOKEN). */
const TOKEN = /^(?:VSCODE|CURSOR|WINDSURF|CODE_SERVER)_.*TOKEN$/;

function isSocket(path: string): boolean | undefined {
  try {
    return statSync(path).isSocket();
  } catch {
    return undefined;
  }
}

type Lead = Pick<Handle, 'leads' | 'code'>;

/** Paths stand in values alone, in lists, in JSON and in URLs; a name alone is looked for where displays are. */
async function leadOf(name: string, value: string, runtime: string | undefined): Promise<Lead> {
  if (TOKEN.test(name)) return { leads: 'token', code: 'ok' };
  const paths = value.match(/\/[^\s"',:;[\]{}]+/g) ?? (runtime === undefined ? [] : [join(runtime, value)]);
  const kinds = [value, ...paths].map((path) => ({ path, socket: path.startsWith('/') ? isSocket(path) : undefined }));
  let lead: Lead = kinds.some(({ socket }) => socket === false)
    ? { leads: 'file', code: 'ok' }
    : { leads: 'nothing', code: 'ENOENT' };
  for (const { path } of kinds.filter(({ socket }) => socket === true)) {
    lead = { leads: 'socket', code: await connects({ socket: path }) };
    if (lead.code === 'ok') return lead;
  }
  for (const [, port] of value.matchAll(/(?:127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})\b/g)) {
    const code = await connects({ host: 'localhost', port: Number(port) });
    if (code === 'ok') return { leads: 'port', code };
  }
  return lead;
}

export const processIds = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

async function handlesOf(pid: number | 'self', action: Parameters<Doers['handles']>[0]): Promise<readonly Handle[]> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .map((entry): [string, string] => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]);
  const runtime = new Map(entries).get('XDG_RUNTIME_DIR');
  const found: Handle[] = [];
  for (const [name, value] of entries) {
    if (!(action.names.includes(name) || TOKEN.test(name)) || value === '') continue;
    if (action.skip !== undefined && value.includes(action.skip)) continue;
    found.push({ pid: pid === 'self' ? process.pid : pid, name, ...(await leadOf(name, value, runtime)) });
  }
  return found;
}

export const reach = {
  reach: ({ folders, skip }) => reachAll(folders, skip),
  async handles(action) {
    const result = { read: 0, unread: 0, found: [] as Handle[] };
    for (const pid of action.of === 'self' ? (['self'] as const) : processIds()) {
      try {
        result.found.push(...(await handlesOf(pid, action)));
        result.read++;
      } catch (error) {
        // ENOENT and ESRCH: it ended meanwhile.
        if (!['ENOENT', 'ESRCH'].includes(errno(error))) result.unread++;
      }
    }
    return result;
  },
} satisfies Partial<Doers>;
