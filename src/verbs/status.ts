import { docker } from '../host/docker.ts';
import { lostMounts } from '../policy/mounts.ts';
import { type BoxContainer, boxContainers, withWorkspace } from './containers.ts';
import { mountedPaths } from './facts.ts';
import { type Forwards, forwards } from './forwards.ts';
import { planGenerated } from './generated.ts';
import { loadPolicy } from './load-policy.ts';
import { findProject } from './project.ts';
import { inRepository } from './repository.ts';

export interface Status {
  readonly root: string;
  readonly project: string;
  readonly containers: readonly BoxContainer[];
  /** All containers run, and none is unhealthy. */
  readonly running: boolean;
  /** Containers that were made from other files than the ones that are there now. */
  readonly outdated: readonly string[];
  /** Protected paths whose mount is missing or writable in a container of the running box. */
  readonly unprotected: readonly string[];
  /** Containers that ended and were started again by the engine, with how often. */
  readonly restarted: readonly string[];
  /** What the agent left in the repository that makes git on the host run more than it seems to. */
  readonly repository: readonly string[];
  /** Where this machine finds the ports that the policy forwards. */
  readonly forward: Forwards | undefined;
  /** Generated files that are not what the policy says. */
  readonly drift: readonly string[];
}

/** The paths of the policy whose protection the running container has lost. */
export async function unprotectedPaths(root: string, container: string): Promise<readonly string[]> {
  const paths = mountedPaths(root, loadPolicy(root).policy);
  return lostMounts(paths, await docker(['exec', container, 'cat', '/proc/self/mountinfo']));
}

async function restarts(containers: readonly BoxContainer[]): Promise<readonly string[]> {
  if (containers.length === 0) return [];
  const out = await docker(['inspect', '--format', '{{.Name}} {{.RestartCount}}', ...containers.map(({ id }) => id)]);
  return out.split('\n').flatMap((line) => {
    const [, name, count] = /^\/(\S+) ([1-9]\d*)$/.exec(line) ?? [];
    return name === undefined ? [] : [`${name} (${count} times)`];
  });
}

/** The box of this folder, as it is now. */
export async function status(cwd: string): Promise<Status> {
  const { root, name, config } = findProject(cwd);
  const { changes } = await planGenerated(root, loadPolicy(root).policy);
  const containers = await boxContainers(name);
  const agent = containers.find(({ role, state }) => role === 'agent' && state === 'running');
  const unprotected = await Promise.all(withWorkspace(containers).map(({ id }) => unprotectedPaths(root, id)));
  // `starting` is no health yet: a sidecar that crashes again and again stays there.
  const well = ({ state, health }: BoxContainer): boolean =>
    state === 'running' && (health === 'healthy' || health === '');
  return {
    root,
    project: name,
    containers,
    running: agent !== undefined && containers.every(well),
    outdated: containers.filter((container) => container.config !== config).map((container) => container.name),
    restarted: await restarts(containers),
    repository: await inRepository(root),
    unprotected: [...new Set(unprotected.flat())],
    forward: forwards(root),
    drift: changes.map(({ change }) => change.path),
  };
}
