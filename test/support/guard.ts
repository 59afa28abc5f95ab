import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { docker, unique } from './live.ts';
import { SIDECAR } from './sidecar.ts';

const NODE = 'node:22-bookworm-slim';

const CONFINED: readonly string[] = ['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--network', 'none'];

export interface GuardPair {
  readonly agent: string;
  readonly guard: string;
  /** Another container of the agent's, with more options; gone with the rest. */
  another(...options: string[]): string;
  startGuard(): void;
  /** Node, as the agent, in its container or in another one. */
  inside(script: string, container?: string): SpawnSyncReturns<string>;
  /** Makes a socket, waits for at most `ms`, and says whether it is still there. */
  make(path: string, ms: number): string;
  /** Waits for at most `ms` for a path to be gone. */
  gone(path: string, ms: number): string;
  healthy(): boolean;
  remove(): void;
}

/** Two containers that share a tmpfs volume and nothing else, as in the box: the agent's and the guard's. */
export function guardPair(uid = 1000): GuardPair {
  const name = unique('guard');
  const [agent, guard] = [`${name}-agent`, `${name}-guard`];
  const more: string[] = [];
  const tmpfs = ['--opt', 'type=tmpfs', '--opt', 'device=tmpfs', '--opt', 'o=mode=1777,nosuid,nodev'];
  const confined = ['--user', `${uid}:${uid}`, ...CONFINED];
  const start = (container: string, ...options: string[]): string =>
    docker(
      ...['run', '-d', '--init', '--name', container, ...confined, ...options],
      ...['-v', `${name}:/tmp`, NODE, 'sleep', 'infinity'],
    );
  docker('volume', 'create', ...tmpfs, name);
  start(agent);
  const inside = (script: string, container = agent) =>
    spawnSync('docker', ['exec', container, 'node', '-e', script], { encoding: 'utf8' });
  const wait = (path: string, ms: number): string => `
    const end = Date.now() + ${ms};
    while (fs.existsSync('${path}') && Date.now() < end) await new Promise((r) => setTimeout(r, 5));
    console.log(fs.existsSync('${path}') ? 'there' : 'gone');
    process.exit();`;
  return {
    agent,
    guard,
    another(...options) {
      const container = `${name}-more-${more.length}`;
      more.push(container);
      start(container, ...options);
      return container;
    },
    startGuard() {
      docker(
        ...['run', '-d', '--name', guard, ...confined, '--read-only', '--restart', 'unless-stopped'],
        ...['--memory', '256m', '--memory-swap', '256m', '--cpus', '1', '--tmpfs', '/run:mode=1777,size=1m'],
        ...['-v', `${name}:/watched`, '-v', `${SIDECAR}:/cofferdam.cjs:ro`],
        ...[NODE, 'node', '/cofferdam.cjs', 'guard', '--watch', '/watched'],
      );
    },
    inside,
    make: (path, ms) =>
      inside(`
        const fs = require('node:fs');
        fs.mkdirSync(require('node:path').dirname('${path}'), { recursive: true });
        require('node:net').createServer().listen('${path}', async () => {${wait(path, ms)}})`).stdout.trim(),
    gone: (path, ms) => inside(`const fs = require('node:fs'); (async () => {${wait(path, ms)}})()`).stdout.trim(),
    healthy: () => spawnSync('docker', ['exec', guard, 'node', '/cofferdam.cjs', 'health', 'guard']).status === 0,
    remove() {
      spawnSync('docker', ['rm', '-f', '-v', agent, guard, ...more]);
      spawnSync('docker', ['volume', 'rm', name]);
    },
  };
}
