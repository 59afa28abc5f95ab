import * as z from 'zod';
import { ToolError } from '../core/errors.ts';
import { kindOf } from '../host/disk.ts';
import { docker } from '../host/docker.ts';
import { LABELS } from '../policy/layout.ts';
import { healthIn } from './containers.ts';
import { loadPolicy } from './load-policy.ts';
import { findRoot } from './project.ts';
import { runShared } from './services-script.ts';

export interface SharedContainer {
  readonly name: string;
  readonly service: string;
  /** As the engine says: running, exited, created … */
  readonly state: string;
  /** healthy, unhealthy, starting; empty where no check is defined. */
  readonly health: string;
  /** Published ports as `docker ps` shows them; empty if there are none. */
  readonly ports: string;
}

/** A folder that has a database: the main checkout or a worktree. */
export interface SharingFolder {
  readonly folder: string;
  readonly project: string;
  readonly database: string;
  /** Containers of its box run. */
  readonly running: boolean;
}

export interface Services {
  /** Compose project of the shared services. */
  readonly project: string;
  /** `unwell`: something of them runs, but Postgres is not healthy. */
  readonly state: 'running' | 'unwell' | 'stopped' | 'absent';
  /** They were started from other files than the ones that are there now. */
  readonly outdated: boolean;
  readonly containers: readonly SharedContainer[];
  readonly folders: readonly SharingFolder[];
  /** Known only while Postgres runs. */
  readonly databases: readonly { readonly name: string; readonly bytes: number; readonly connections: number }[];
  /** Where the data is. */
  readonly volumes: readonly string[];
}

const database = z.object({ name: z.string(), bytes: z.number(), connections: z.number() });

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** The shared services of the repository that this folder belongs to, as they are now. */
export async function services(cwd: string): Promise<Services> {
  const told = lines(await runShared(findRoot(cwd), ['status']));
  const say = (key: string): readonly string[] =>
    told.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  const [project = ''] = say('shared');
  const [config = ''] = say('config');
  const filter = ['--filter', `label=com.docker.compose.project=${project}`];
  const fields = ['.Names', '.Label "com.docker.compose.service"', '.State', '.Status', '.Ports'];
  const format = [...fields, `.Label "${LABELS.config}"`].map((field) => `{{${field}}}`).join('\t');
  const rows = lines(await docker(['ps', '--all', ...filter, '--format', format])).map((line) => line.split('\t'));
  const containers = rows.map(([name = '', service = '', state = '', status = '', ports = '']) => ({
    name,
    service,
    state,
    health: healthIn(state, status),
    ports: ports
      .split(', ')
      .filter((port) => port.includes('->'))
      .join(', '),
  }));
  const folders = say('folder').map((line): Omit<SharingFolder, 'running'> => {
    const [name = '', ...path] = line.split(' ');
    return { folder: path.join(' '), project: name, database: name.replaceAll('-', '_') };
  });
  const running = new Set(lines(await docker(['ps', '--format', `{{.Label "${LABELS.project}"}}`])));
  const healthy = containers.some(({ service, health }) => service === 'postgres' && health === 'healthy');
  return {
    project,
    state: healthy
      ? 'running'
      : containers.some(({ state }) => state === 'running' || state === 'restarting')
        ? 'unwell'
        : containers.length > 0
          ? 'stopped'
          : 'absent',
    outdated: rows.some(([, service, , , , made]) => service === 'postgres' && made !== config),
    containers,
    folders: folders.map((one) => ({ ...one, running: running.has(one.project) })),
    databases: say('database').map((json) => database.parse(JSON.parse(json))),
    volumes: lines(await docker(['volume', 'ls', ...filter, '--format', '{{.Name}}'])),
  };
}

export async function servicesUp(cwd: string, progress: (line: string) => void): Promise<Services> {
  await runShared(findRoot(cwd), ['up'], progress);
  return await services(cwd);
}

export interface Stopped {
  readonly removed: readonly string[];
  readonly kept: readonly string[];
}

const stopped = (told: string): Stopped => ({
  removed: lines(told).flatMap((line) => /^removed (.*)$/.exec(line)?.[1] ?? []),
  kept: lines(told).flatMap((line) => /^kept (.*)$/.exec(line)?.[1] ?? []),
});

/** Stops and removes them. `data`: also all that they hold; `force`: although boxes use them. */
export async function servicesDown(
  cwd: string,
  { force, data }: { readonly force: boolean; readonly data: boolean },
): Promise<Stopped> {
  const words = [...(force ? ['--force'] : []), ...(data ? ['--data'] : [])];
  return stopped(await runShared(findRoot(cwd), ['down', ...words]));
}

/**
 * Takes a folder’s box off the services, which stop with the last one. `drop`: its database and role go, and nobody
 * else’s; `gone`: of the box of this name, whose folder is not there any more. What is not possible now is told as kept.
 */
export async function leaveServices(
  root: string,
  { drop, gone }: { readonly drop: boolean; readonly gone?: string },
): Promise<Stopped> {
  try {
    if (kindOf(root, '.devcontainer/docker-compose.shared.yml') === 'absent') return { removed: [], kept: [] };
    if (loadPolicy(root).policy.shared === undefined) return { removed: [], kept: [] };
    return stopped(
      await runShared(root, ['leave', ...(drop ? ['--drop'] : []), ...(gone === undefined ? [] : [gone])]),
    );
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { removed: [], kept: [`what the box has of shared services, if anything: ${error.message}`] };
  }
}
