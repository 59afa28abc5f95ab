import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The bundle that runs in the box. */
export const SIDECAR: string = resolve('dist/sidecar.cjs');

/** Where the engine's own socket is, for what has to stand in front of it. */
export function engineSocket(): string {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  if (!host.startsWith('unix://')) throw new Error(`the live tests need an engine on a unix socket, not ${host}`);
  return host.slice('unix://'.length);
}

export interface Sidecar {
  readonly process: ChildProcess;
  /** Lines of standard output so far. */
  lines(): readonly string[];
  stop(): Promise<void>;
}

/** Starts a sidecar and waits for its first line: it is ready then. Its output goes to a file, so that it never waits. */
export const startSidecar = (...argv: readonly string[]): Promise<Sidecar> => startSidecarIn({}, ...argv);

/** The same with an environment. */
export async function startSidecarIn(
  env: Readonly<Record<string, string>>,
  ...argv: readonly string[]
): Promise<Sidecar> {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-sidecar-'));
  const [out, err] = [join(folder, 'out'), join(folder, 'err')];
  const files = [openSync(out, 'a'), openSync(err, 'a')] as const;
  const child = spawn(process.execPath, [SIDECAR, ...argv], { stdio: ['ignore', ...files], env });
  files.forEach(closeSync);
  const lines = (): string[] => readFileSync(out, 'utf8').split('\n').slice(0, -1);
  while (lines().length === 0) {
    if (child.exitCode !== null) throw new Error(readFileSync(err, 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    process: child,
    lines,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A firewall in front of the real engine; `host` is what DOCKER_HOST takes. */
export async function startFirewallSidecar(
  scope: string,
  ...more: readonly string[]
): Promise<Sidecar & { readonly host: string }> {
  const upstream = `unix://${engineSocket()}`;
  const base = ['docker-proxy', '--listen', 'tcp://127.0.0.1:0', '--upstream', upstream, '--level', 'read'];
  const sidecar = await startSidecar(...base, '--scope', scope, ...more);
  const host = /"listen":"(tcp:[^"]+)"/.exec(sidecar.lines()[0] ?? '')?.[1];
  if (host === undefined) throw new Error('the firewall did not say where it listens');
  return { ...sidecar, host };
}

export interface Ran {
  readonly code: number | null;
  /** Standard output and errors. */
  readonly text: string;
}

/** The real docker CLI against a given engine or firewall. */
export function dockerAt(host: string, args: readonly string[], options: { input?: string; cwd?: string } = {}): Ran {
  const result = spawnSync('docker', args, {
    encoding: 'utf8',
    env: { ...process.env, DOCKER_HOST: host },
    timeout: 60_000,
    killSignal: 'SIGKILL',
    maxBuffer: 64 << 20,
    input: options.input ?? '',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  return { code: result.status, text: `${result.stdout}${result.stderr}` };
}
