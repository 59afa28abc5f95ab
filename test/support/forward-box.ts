import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { cofferdam, type Sample, sampleRepository } from './box.ts';
import { docker } from './live.ts';

export interface ForwardBox {
  readonly sample: Sample;
  /** Port of this machine for a port of the box; `PROXY` for its proxy. */
  port(name: number | 'PROXY'): number;
  container(role: string): string;
  /** Runs a script in the agent's container, as the agent. */
  inside(script: string): string;
  /** Starts the program at this path of the repository, and leaves it running. */
  start(path: string, ...argv: string[]): void;
}

/** A running box with forwarded ports. */
export function forwardBox(name: string, ...init: string[]): ForwardBox {
  const sample = sampleRepository(name);
  const made = cofferdam(sample.root, ['init', '--yes', '--docker', 'none', '--forward', '3000-3003', ...init]);
  expect(made.code, made.stderr).toBe(0);
  for (const file of ['forward-app.mjs', 'oidc-app.mjs'])
    sample.write(file, readFileSync(`test/support/${file}`, 'utf8'));
  mkdirSync(join(sample.root, 'vendor'));
  cpSync(dirname(createRequire(import.meta.url).resolve('ws/package.json')), join(sample.root, 'vendor/ws'), {
    recursive: true,
  });
  return started(sample);
}

/** The same for a worktree of that box's repository, as it is now. */
export function forwardWorktree({ sample: main }: ForwardBox, name: string): ForwardBox {
  main.git('add', '.');
  main.git('commit', '--quiet', '--message', 'Box');
  const added = cofferdam(main.root, ['worktree', 'add', name, '--json']);
  expect(added.code, added.stderr).toBe(0);
  const { path: root } = JSON.parse(added.stdout);
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  return started({
    ...main,
    root,
    read,
    project: () => /^COFFERDAM_PROJECT=(.+)$/m.exec(read('.devcontainer/.env'))?.[1] ?? '',
    remove: () => expect(cofferdam(root, ['down', '--all']).code).toBe(0), // the folder goes with the main one
  });
}

function started(sample: Sample): ForwardBox {
  const up = cofferdam(sample.root, ['up']);
  expect(up.code, up.stderr).toBe(0);
  const container = (role: string): string =>
    docker(
      'ps',
      '--quiet',
      '--no-trunc',
      '--filter',
      `label=dev.cofferdam.project=${sample.project()}`,
      '--filter',
      `label=dev.cofferdam.role=${role}`,
    );
  return {
    sample,
    port: (port) =>
      Number(new RegExp(`^COFFERDAM_FORWARD_${port}=(\\d+)$`, 'm').exec(sample.read('.devcontainer/.env'))?.[1]),
    container,
    inside: (script) => docker('exec', container('agent'), 'sh', '-c', script),
    start: (path, ...argv) =>
      void docker('exec', '--detach', container('agent'), 'node', `/workspace/${path}`, ...argv),
  };
}

/** Ports that this machine's boxes have claimed, with the folder of each. */
export function claims(): readonly string[] {
  const folder = join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'cofferdam/ports');
  return readdirSync(folder).map((port) => readFileSync(join(folder, port), 'utf8').split('\n')[0] ?? '');
}

/** Connects, sends, ends its side and gives all that comes. Undefined: refused or cut off. */
export function talk(port: number, text: string, host = '127.0.0.1'): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host, allowHalfOpen: true });
    let got = '';
    socket.on('data', (chunk: Buffer) => {
      got += chunk.toString();
    });
    socket.on('end', () => resolve(got));
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
    socket.end(text);
  });
}

/** The same until somebody answers; the test's own limit ends it. */
export async function answer(port: number, text: string, host?: string): Promise<string> {
  for (;;) {
    const got = await talk(port, text, host);
    if (got) return got;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Local addresses at which this machine listens on a port, as the kernel has them (proc(5)). */
export const listeners = (port: number): readonly string[] =>
  ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === '0A')
      .flatMap(([, local = '']) => {
        const [address = '', hex = ''] = local.split(':');
        return Number.parseInt(hex, 16) === port ? [address] : [];
      }),
  );
