import { ToolError } from '../core/errors.ts';
import { docker } from '../host/docker.ts';
import { LABELS } from '../policy/layout.ts';

export interface BoxContainer {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** As the engine says: running, exited, created, paused … */
  readonly state: string;
  /** healthy, unhealthy, starting; empty where no check is defined. */
  readonly health: string;
  /** Hash of the generated files that it was made from. */
  readonly config: string;
}

const FIELDS = ['ID', 'Names', 'State', 'Status', `Label "${LABELS.role}"`, `Label "${LABELS.config}"`] as const;

/** The containers that `up` made for this project, running or not, found by our label alone. */
export async function boxContainers(project: string): Promise<readonly BoxContainer[]> {
  const format = FIELDS.map((field) => `{{.${field}}}`).join('\t');
  const filter = `label=${LABELS.project}=${project}`;
  const lines = await list(['ps', '--all', '--no-trunc', '--filter', filter, '--format', format]);
  return lines
    .map((line) => {
      const [id = '', name = '', state = '', status = '', role = '', config = ''] = line.split('\t');
      return { id, name, role, state, health: healthIn(state, status), config };
    })
    .sort((a, b) => (a.role < b.role ? -1 : 1));
}

/** `Up 2 minutes (healthy)`, `Up 1 second (health: starting)`. What has ended has its exit status in such brackets. */
export const healthIn = (state: string, status: string): string =>
  (state === 'running' && /\((?:health: )?(\w+)\)/.exec(status)?.[1]) || '';

/** What the agent made through the Docker firewall: containers and networks by their ids, volumes by their names. */
export async function sandboxed(project: string): Promise<{
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}> {
  const filter = ['--quiet', '--filter', `label=${LABELS.sandbox}=${project}`];
  return {
    containers: await list(['ps', '--all', ...filter]),
    networks: await list(['network', 'ls', ...filter]),
    volumes: await list(['volume', 'ls', ...filter]),
  };
}

/** Those of them that run and have the workspace: the agent's and, in topology `split`, the editor's. */
export const withWorkspace = (containers: readonly BoxContainer[]): readonly BoxContainer[] =>
  containers.filter(({ role, state }) => (role === 'agent' || role === 'editor') && state === 'running');

/** The running container of the agent. */
export async function agentContainer(project: string): Promise<BoxContainer> {
  const agent = (await boxContainers(project)).find(({ role }) => role === 'agent');
  if (agent?.state !== 'running') {
    const state = agent ? agent.state : 'not there';
    throw new ToolError('box-not-running', `The agent’s container of ${project} is ${state}.`, 'cofferdam up');
  }
  return agent;
}

/** Ids of the networks that `up` made. */
export const boxNetworks = (project: string): Promise<readonly string[]> =>
  list(['network', 'ls', '--quiet', '--filter', `label=${LABELS.project}=${project}`]);

/**
 * Removes networks of a box. Services that worktrees share may be on one; they go on running, so they are taken off it
 * first, or the network could not go.
 */
export async function removeNetworks(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const format = `{{.Id}} {{with index .Labels "${LABELS.shared}"}}{{.}}{{end}}{{range $id, $_ := .Containers}} {{$id}}{{end}}`;
  for (const line of await list(['network', 'inspect', '--format', format, ...ids])) {
    const [network = '', shared = '', ...members] = line.split(' ');
    if (shared === '') continue;
    for (const member of members) await docker(['network', 'disconnect', '--force', network, member]);
  }
  await docker(['network', 'rm', ...ids]);
}

/** Names of the volumes that `up` made. */
export const boxVolumes = (project: string): Promise<readonly string[]> =>
  list(['volume', 'ls', '--quiet', '--filter', `label=${LABELS.project}=${project}`]);

/** The images that `up` built. */
export async function boxImages(project: string): Promise<readonly string[]> {
  const filter = `label=${LABELS.project}=${project}`;
  const lines = await list(['images', '--filter', filter, '--format', '{{.Repository}}:{{.Tag}}']);
  return lines.filter((name) => !name.includes('<none>'));
}

async function list(args: readonly string[]): Promise<readonly string[]> {
  return (await docker(args)).split('\n').filter((line) => line !== '');
}
