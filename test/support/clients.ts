import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker, unique } from './live.ts';
import { POSTGRES } from './postgres.ts';
import { engineSocket } from './sidecar.ts';

const IMAGE = 'debian:bookworm-slim';
/** Answers at once, has changed a file, and has something to say for ever. */
const COMMAND = ['sh', '-c', 'touch /changed; while :; do echo ready; sleep 0.3; done'];
const PROJECT = 'com.docker.compose.project';

/** Where a client is pointed to, and the things that its commands name. */
export interface Place {
  readonly host: string;
  readonly words: Readonly<Record<string, string>>;
  /** What the engine has in front of the names that the client gives. */
  readonly prefix: string;
}

export interface Done {
  /** It ended well, or what it does for ever was seen. */
  readonly ok: boolean;
  readonly text: string;
}

/** The project that the firewall shows, a neighbour that it must not show, and what the rows need on disk. */
export interface World {
  readonly project: string;
  readonly canary: string;
  /** Start of the names of everything that is made. */
  readonly prefix: string;
  readonly folder: string;
  /** Where containers of level sandboxed are put. */
  readonly network: string;
  remove(): void;
}

export const direct = (): string => `unix://${engineSocket()}`;

export function makeWorld(): World {
  const [prefix, project, canary] = [unique('clients'), unique('clientsown'), unique('canary')];
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-clients-'));
  const file = (name: string, value: unknown): void => writeFileSync(join(folder, name), JSON.stringify(value));
  file('compose.yaml', {
    name: project,
    services: {
      web: {
        image: IMAGE,
        command: COMMAND,
        ports: ['127.0.0.1::8080'],
        volumes: ['data:/data'],
        stop_grace_period: '0s',
      },
    },
    volumes: { data: {} },
  });
  file('database.yaml', {
    services: {
      db: {
        image: POSTGRES,
        environment: { POSTGRES_USER: 'app', POSTGRES_PASSWORD: 'secret' },
        healthcheck: { test: ['CMD', 'pg_isready', '-h', 'localhost', '-U', 'app'], interval: '1s', retries: 60 },
      },
    },
  });
  mkdirSync(join(folder, 'image'));
  writeFileSync(join(folder, 'image/Dockerfile'), `FROM ${IMAGE}\nLABEL made=here\n`);
  writeFileSync(join(folder, 'in'), 'typed\n');
  docker('compose', '-f', join(folder, 'compose.yaml'), '--progress', 'quiet', 'up', '-d');
  const network = `${prefix}-network`;
  docker('network', 'create', network);
  docker('run', '-d', '--name', canary, '--label', `${PROJECT}=${canary}`, IMAGE, ...COMMAND);
  return {
    project,
    canary,
    prefix,
    folder,
    network,
    remove() {
      docker('compose', '-f', join(folder, 'compose.yaml'), 'down', '--volumes', '--timeout', '0');
      docker('rm', '-f', canary);
      const named = (...args: string[]): string[] =>
        docker(...args)
          .split('\n')
          .filter(Boolean);
      for (const id of named('ps', '-aq', '--filter', `name=${prefix}`)) docker('rm', '-fv', id);
      // What a client left that was given no name.
      for (const id of named('ps', '-aq', '--filter', `name=${project}.sandbox.`)) docker('rm', '-fv', id);
      for (const id of named('network', 'ls', '-q', '--filter', `name=${prefix}`)) docker('network', 'rm', id);
      for (const id of named('volume', 'ls', '-q', '--filter', `name=${prefix}`)) docker('volume', 'rm', id);
      const format = '{{.Repository}}:{{.Tag}}';
      for (const name of named('images', '--format', format, '--filter', `reference=${prefix}*`)) docker('rmi', name);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What clients of a level work on: a container of the project where they can't make one, otherwise one that they made. */
export async function makePlace(world: World, host: string, makes: string, boxed: boolean): Promise<Place> {
  const { project, prefix, folder } = world;
  const web = `${project}-web-1`;
  const hidden = boxed ? `${project}.sandbox.` : '';
  const words = {
    WEB: web,
    IMAGE,
    NETWORK: `${project}_default`,
    VOLUME: `${project}_data`,
    DATABASE: join(folder, 'database.yaml'),
    FOLDER: join(folder, 'image'),
    FILE: join(folder, 'in'),
    FRESH: '',
    STOPPED: '',
    NEW: '',
  };
  if (makes !== host) return { host, prefix: hidden, words: { ...words, CONTAINER: web } };
  const own = unique(prefix);
  const { ok, text } = await run(host, ['docker', 'run', '-d', '--name', own, '-p', '8080', IMAGE, ...COMMAND]);
  if (!ok) throw new Error(`no container can be made through ${host}: ${text}`);
  return { host, prefix: hidden, words: { ...words, CONTAINER: own } };
}

/** Fills in the words of a row. What it names for itself alone is made where `makes` leads. */
export async function prepare({ prefix, project }: World, place: Place, makes: string, text: string): Promise<Place> {
  const words: Record<string, string> = { ...place.words, NEW: unique(prefix) };
  for (const word of ['FRESH', 'STOPPED'] as const) {
    if (!text.includes(word)) continue;
    const name = unique(prefix);
    words[word] = name;
    const label = makes === place.host ? [] : ['--label', `${PROJECT}=${project}`];
    const { ok, text: said } = await run(makes, [
      'docker',
      'run',
      '-d',
      '--name',
      words[word],
      ...label,
      IMAGE,
      ...COMMAND,
    ]);
    if (!ok) throw new Error(`no container for ${text}: ${said}`);
    if (word === 'STOPPED') await run(makes, ['docker', 'kill', name]);
  }
  return { ...place, words };
}

const MADE: ReadonlySet<string> = new Set(['CONTAINER', 'FRESH', 'STOPPED', 'NEW']);

/** Puts names in place of the words: as the client knows them, or as the engine does. */
export const fill = (text: string, { words, prefix }: Place, stored = false): string =>
  text.replace(/\b[A-Z]{3,}\b/g, (word) => `${stored && MADE.has(word) ? prefix : ''}${words[word] ?? word}`);

/** Runs a client. What goes on for ever is ended when `until` matches. */
export function run(
  host: string,
  [program = '', ...args]: readonly string[],
  { input = '', until, env = {} }: { input?: string; until?: RegExp; env?: Readonly<Record<string, string>> } = {},
): Promise<Done> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...process.env, ...env, DOCKER_HOST: host } });
    let text = '';
    let seen = false;
    const timer = setTimeout(() => child.kill('SIGKILL'), 180_000);
    const take = (chunk: string): void => {
      text += chunk;
      if (until === undefined || seen || !until.test(text)) return;
      seen = true;
      child.kill('SIGKILL');
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ ok: seen || (until === undefined && code === 0), text });
    });
  });
}
