import { setTimeout as pause } from 'node:timers/promises';
import { ToolError } from '../core/errors.ts';
import { docker, tryDocker } from '../host/docker.ts';
import type { BoxContainer } from './containers.ts';

/** Sidecars first: the agent's container is not to run without them, nor the editor's without the agent's. */
const ORDER = ['firewall', 'guard', 'actions', 'forward', 'agent', 'editor'] as const;

/** Sidecars and ssh are there within a second or two; a loaded machine may take longer. */
const PATIENCE_MS = 30_000;

/**
 * Starts again what does not run or does not do its work. The devcontainer CLI would not: while the container that it
 * attaches to runs it leaves the others as they are (measured with 0.89), and compose waits for an unhealthy one in vain.
 * What the agent can end, a user has to get back with `up`.
 */
export async function revive(
  found: readonly BoxContainer[],
  attachesTo: string,
  { progress, signal }: { readonly progress: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const attached = found.some(({ role, state }) => role === attachesTo && state === 'running');
  for (const role of ORDER) {
    for (const one of found.filter((container) => container.role === role)) {
      // Where nothing is attached the CLI starts what has ended, in compose's order.
      if (one.state !== 'running' && !attached) continue;
      if (one.state === 'running' && (await works(one, one.health === 'starting', signal))) continue;
      progress(`Container ${one.name} Restarted`);
      await docker(['restart', one.id]);
      if (await works(one, true, signal)) continue;
      throw new ToolError(
        'up-failed',
        `${one.name} was started again and does not do its work.`,
        'cofferdam down && cofferdam up',
      );
    }
  }
}

/** Runs the container's own health check now: what the engine says of it is up to three intervals old. */
async function works({ id }: BoxContainer, patiently: boolean, signal: AbortSignal): Promise<boolean> {
  const test = JSON.parse(await docker(['inspect', '--format', '{{json .Config.Healthcheck}}', id]));
  const argv = commandOf(test);
  if (argv.length === 0) return true;
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const { exit } = await tryDocker(['exec', id, ...argv], { timeoutMs: 10_000, signal });
    signal.throwIfAborted();
    if (exit === 0) return true;
    if (!patiently || performance.now() > until) return false;
    await pause(200, undefined, { signal });
  }
}

/** `["CMD", …]` or `["CMD-SHELL", line]` (Dockerfile reference, HEALTHCHECK); nothing where there is no check. */
export function commandOf(healthcheck: unknown): readonly string[] {
  const test: unknown =
    typeof healthcheck === 'object' && healthcheck !== null ? Reflect.get(healthcheck, 'Test') : undefined;
  const words = Array.isArray(test) ? test.filter((word): word is string => typeof word === 'string') : [];
  const [kind, ...rest] = words;
  if (kind === 'CMD') return rest;
  return kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...rest] : [];
}
