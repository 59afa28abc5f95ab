import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI, type Cli, cofferdam, type Sample, sampleRepository } from './box.ts';
import { joined } from './cli.ts';
import { docker } from './live.ts';
import { POSTGRES } from './postgres.ts';

const POLICY = `
shared:
  postgres:
    version: "15"
`;

/** A repository whose box shares a Postgres. */
export function sharingRepository(name: string): Sample {
  const sample = sampleRepository(name);
  const init = cofferdam(sample.root, ['init', '--yes', '--stack', 'debian', '--docker', 'none']);
  if (init.code !== 0) throw new Error(init.stderr);
  const path = '.devcontainer/cofferdam.yaml';
  sample.write(path, `${sample.read(path)}${POLICY}`);
  const sync = cofferdam(sample.root, ['sync']);
  if (sync.code !== 0) throw new Error(sync.stderr);
  return sample;
}

/** A worktree of it, as `cofferdam worktree add` makes one. */
export function worktreeOf(main: Sample, name: string): Sample {
  const add = cofferdam(main.root, ['worktree', 'add', name]);
  if (add.code !== 0) throw new Error(add.stderr);
  const root = `${main.root}-${name}`;
  const project = (): string => /^COFFERDAM_PROJECT=(.+)$/m.exec(read(join(root, '.devcontainer/.env')))?.[1] ?? '';
  return {
    root,
    project,
    git: (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim(),
    write: (path, text) => writeFileSync(join(root, path), text),
    read: (path) => read(join(root, path)),
    agent: () => docker('inspect', '--format', '{{.Id}}', `${project()}-agent-1`),
    remove() {
      const { code, stderr } = cofferdam(main.root, ['worktree', 'remove', name, '--force']);
      if (code !== 0) throw new Error(stderr);
    },
  };
}

/** As `cofferdam`, several at a time. */
export const atOnce = (cwd: string, args: readonly string[]): Promise<Cli> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [CLI, ...args],
      { cwd, encoding: 'utf8', maxBuffer: 64 << 20 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr: joined(stderr) }),
    );
  });

/** A folder for what cofferdam keeps about this machine, for one test file. */
export const stateFolder = (): string => mkdtempSync(join(tmpdir(), 'cofferdam-state-'));

/** Runs a folder's shared.sh as initialize.sh does. */
export const shared = (sample: Sample, ...words: string[]): string =>
  execFileSync('sh', ['.devcontainer/shared.sh', ...words], { cwd: sample.root, encoding: 'utf8', stdio: 'pipe' });

export interface Login {
  readonly user?: string;
  readonly database?: string;
  readonly password?: string;
}

/** A statement from the agent's own place in the network and with the variables of its container. */
export function query(sample: Sample, sql: string, login: Login = {}): { readonly ok: boolean; readonly text: string } {
  const variables = agentEnvironment(sample);
  const url = [
    `host=${variables['PGHOST']}`,
    `user=${login.user ?? variables['PGUSER']}`,
    `dbname=${login.database ?? variables['PGDATABASE']}`,
    `password=${login.password ?? variables['PGPASSWORD']}`,
    'connect_timeout=10',
  ].join(' ');
  const inside = ['run', '--rm', '--network', `container:${sample.agent()}`, '--entrypoint', 'psql', POSTGRES];
  const { status, stdout, stderr } = spawnSync('docker', [...inside, '--no-psqlrc', '-qAtc', sql, url], {
    encoding: 'utf8',
  });
  return { ok: status === 0, text: (stdout + stderr).trim() };
}

export function agentEnvironment(sample: Sample): Readonly<Record<string, string>> {
  const text = docker('exec', sample.agent(), 'env');
  return Object.fromEntries(text.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

/** Names of containers, networks and volumes of the engine that belong to these projects. */
export function leftOf(projects: readonly string[]): readonly string[] {
  const all = [
    docker('ps', '--all', '--format', '{{.Names}}'),
    docker('network', 'ls', '--format', '{{.Name}}'),
    docker('volume', 'ls', '--format', '{{.Name}}'),
  ];
  return all.flatMap((text) => text.split('\n')).filter((name) => projects.some((one) => name.startsWith(one)));
}

/** The superuser's statement, as the host makes it. */
export const asSuperuser = (container: string, sql: string, database = 'postgres'): string =>
  docker('exec', '--user', 'postgres', container, 'psql', '--no-psqlrc', '-qAtc', sql, `dbname=${database}`);

export const read = (path: string): string => readFileSync(path, 'utf8');
