import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { docker } from '../host/docker.ts';
import { tryGit } from '../host/git.ts';
import { LABELS } from '../policy/layout.ts';
import type { WorktreeEntry } from '../policy/worktree-entry.ts';
import type { WorktreeRow } from '../report/worktrees.ts';
import { boxContainers } from './containers.ts';
import { findMain, type Main, placeOf } from './worktree-main.ts';
import { refsOf } from './worktree-refs.ts';
import { readEntries } from './worktree-registry.ts';
import { projectOf } from './worktree-release.ts';
import { withView } from './worktree-view.ts';
import { workOf } from './worktree-work.ts';

/** The worktrees of the main checkout that the folder belongs to. */
export async function listWorktrees(cwd: string): Promise<readonly WorktreeRow[]> {
  const main = findMain(cwd);
  const entries = readEntries(main);
  const volumes = entries.length > 0 ? await volumeSizes() : undefined;
  const listed: WorktreeRow[] = [];
  for (const entry of entries) listed.push(await look(main, entry, volumes));
  return listed;
}

async function look(
  main: Main,
  entry: WorktreeEntry,
  volumes: ReadonlyMap<string, number> | undefined,
): Promise<WorktreeRow> {
  const { name, path, isolation } = entry;
  const nothing: WorktreeRow = {
    name,
    path,
    isolation,
    state: 'moved',
    branch: null,
    ahead: null,
    behind: null,
    unlanded: null,
    ports: [],
    disk: { checkout: null, volumes: null },
    lastActivity: null,
    faults: [],
  };
  const place = placeOf(main, entry);
  if (entry.state !== 'ready') return { ...nothing, state: entry.state };
  if (place !== 'here') return { ...nothing, state: place === 'foreign' ? 'foreign' : 'moved' };
  const project = projectOf(path);
  const faults: string[] = [];
  return {
    ...nothing,
    ...(await commits(main, entry, faults)),
    ...(await box(project)),
    disk: { checkout: bytesIn(path), volumes: volumes?.get(project) ?? (volumes ? 0 : null) },
    lastActivity: lastActivity(main, entry),
    faults,
  };
}

async function commits(
  main: Main,
  entry: WorktreeEntry,
  faults: string[],
): Promise<Pick<WorktreeRow, 'branch' | 'ahead' | 'behind' | 'unlanded'>> {
  try {
    return await withView(main, entry, async (view) => {
      const refs = await refsOf(main, entry);
      const { unlanded, faults: found } = await workOf(main, entry, view, false);
      faults.push(...found);
      const based =
        entry.baseRef === ''
          ? undefined
          : await tryGit(main.repository, ['rev-parse', '--verify', '--quiet', entry.baseRef]);
      const base = based?.exit === 0 ? based.stdout.trim() : entry.base;
      const args = ['rev-list', '--left-right', '--count', `${base}...${refs.head ?? base}`, '--'];
      const between = await tryGit(view.repository, args);
      const [, behind, ahead] = /^(\d+)\t(\d+)/.exec(between.stdout) ?? [];
      return {
        branch: refs.branch ?? null,
        ahead: ahead === undefined ? null : Number(ahead),
        behind: behind === undefined ? null : Number(behind),
        unlanded: found.length > 0 ? null : unlanded,
      };
    });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    faults.push(error.message);
    return { branch: null, ahead: null, behind: null, unlanded: null };
  }
}

/** The engine is not needed for a list; where it is silent, that is said. */
async function box(project: string): Promise<Pick<WorktreeRow, 'state' | 'ports'>> {
  try {
    const containers = await boxContainers(project);
    if (containers.length === 0) return { state: 'none', ports: [] };
    const running = containers.some(({ role, state }) => role === 'agent' && state === 'running');
    const filter = `label=${LABELS.project}=${project}`;
    const ports = await docker(['ps', '--filter', filter, '--format', '{{.Ports}}']);
    return { state: running ? 'running' : 'stopped', ports: publishedPorts(ports) };
  } catch (error) {
    if (!isEngine(error)) throw error;
    return { state: 'unknown', ports: [] };
  }
}

const isEngine = (error: unknown): boolean =>
  error instanceof ToolError && ['program-missing', 'engine-unreachable', 'engine-failed'].includes(error.code);

/** `127.0.0.1:3000->3000/tcp, 8080/tcp`: only what has an arrow is published. */
export const publishedPorts = (text: string): readonly string[] => [
  ...new Set(text.split(/, |\n/).flatMap((port) => (/^(\S+)->/.exec(port)?.[1] ?? '').split('\0').filter(Boolean))),
];

/** Bytes of the volumes of each compose project; undefined where the engine does not say. */
async function volumeSizes(): Promise<ReadonlyMap<string, number> | undefined> {
  try {
    const format = '{{range .Volumes}}{{.Labels}}\t{{.Size}}\n{{end}}';
    const text = await docker(['system', 'df', '--verbose', '--format', format], { timeoutMs: 30_000 });
    const sizes = new Map<string, number>();
    for (const row of text.split('\n')) {
      const [labels = '', size = ''] = row.split('\t');
      const project = labels
        .split(',')
        .find((label) => label.startsWith(`${LABELS.project}=`))
        ?.slice(LABELS.project.length + 1);
      if (project !== undefined) sizes.set(project, (sizes.get(project) ?? 0) + bytesOf(size));
    }
    return sizes;
  } catch (error) {
    if (!isEngine(error)) throw error;
    return undefined;
  }
}

const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** `12.3MB`, as the docker CLI prints sizes. */
export function bytesOf(size: string): number {
  const [, number = '0', unit = 'B'] = /^([\d.]+)([kMGT]?B)$/.exec(size) ?? [];
  return Math.round(Number(number) * (UNITS[unit] ?? 1));
}

/** Bytes on the disk; links are not followed, and what cannot be listed is left out. */
function bytesIn(folder: string): number {
  let sum = 0;
  const add = (path: string): void => {
    const entry = stat(path);
    if (!entry) return;
    sum += entry.blocks * 512; // st_blocks counts units of 512 bytes (stat(2))
    if (entry.isDirectory()) for (const name of names(path)) add(join(path, name));
  };
  add(folder);
  return sum;
}

function names(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // closed by the agent, or gone meanwhile
  }
}

function stat(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function lastActivity(main: Main, { isolation, path, own }: WorktreeEntry): string | null {
  const gitDir = isolation === 'clone' ? join(path, '.git') : join(main.root, '.git/worktrees', own);
  const times = [path, ...['index', 'HEAD', 'logs/HEAD'].map((name) => join(gitDir, name))].map(
    (one) => stat(one)?.mtimeMs ?? 0,
  );
  return activity(Math.max(...times), Date.now());
}

/** The agent can set any time (utimensat(2)), also one that no date can be: what lies ahead says nothing. */
export const activity = (last: number, now: number): string | null =>
  last > 0 && last <= now ? new Date(last).toISOString() : null;
