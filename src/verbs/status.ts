import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { docker } from '../host/docker.ts';
import { protectedPaths, type WorkspaceFacts } from '../policy/layout.ts';
import { lostMounts } from '../policy/mounts.ts';
import { type BoxContainer, boxContainers } from './containers.ts';
import { findProject } from './project.ts';

export interface Status {
  readonly root: string;
  readonly project: string | undefined;
  readonly containers: readonly BoxContainer[];
  readonly running: boolean;
  /** Protected paths whose mount is missing or writable in the running box. */
  readonly unprotected: readonly string[];
}

/** What is on the disk that decides which paths are protected. */
export function workspaceFacts(root: string): WorkspaceFacts {
  const config = lstatSync(join(root, '.git/config'), { throwIfNoEntry: false });
  return { git: config ? 'directory' : 'none' };
}

/** The paths of the policy whose protection the running container has lost. */
export async function unprotectedPaths(
  root: string,
  readOnly: readonly string[],
  container: string,
): Promise<readonly string[]> {
  const mountinfo = await docker(['exec', container, 'cat', '/proc/self/mountinfo']);
  return lostMounts(protectedPaths({ readOnly }, workspaceFacts(root)), mountinfo);
}

/** The box of this folder, as it is now. */
export async function status(cwd: string, readPolicy: (root: string) => readonly string[]): Promise<Status> {
  const { root, name } = findProject(cwd);
  const containers = name === undefined ? [] : await boxContainers(name);
  const agent = containers.find(({ role, state }) => role === 'agent' && state === 'running');
  return {
    root,
    project: name,
    containers,
    running:
      agent !== undefined && containers.every(({ state, health }) => state === 'running' && health !== 'unhealthy'),
    unprotected: agent ? await unprotectedPaths(root, readPolicy(root), agent.id) : [],
  };
}
