import { docker, tryDocker } from '../host/docker.ts';
import { createContainer } from '../host/engine.ts';
import { GIT_VIEW_FOLDER } from '../policy/git-paths.ts';
import { LABELS, LAYOUT } from '../policy/layout.ts';
import type { Place } from '../probes/probe.ts';
import type { Inspected } from './verify-inspect.ts';
import { below, type ScratchTree } from './verify-scratch.ts';

/** What the containers of a run are made from. */
export interface Ground {
  readonly nonce: string;
  /** What the other project's container holds; no name contains it. */
  readonly secret: string;
  readonly root: string;
  readonly box: Inspected;
  /** Path of the engine's socket, as the engine's machine has it. */
  readonly socket: string;
}

const nameOf = (ground: Ground, place: Place | 'database'): string => `cofferdam-verify-${place}-${ground.nonce}`;

/** Sleeps until it is removed; node is in every image of ours. */
const IDLE = ['/usr/local/bin/node', '-e', 'setInterval(() => {}, 1e6)'];

function base(ground: Ground): Record<string, unknown> {
  return {
    Image: ground.box.Config.Image,
    User: ground.box.Config.User,
    Entrypoint: [],
    Cmd: IDLE,
    WorkingDir: '/',
    Labels: labels(ground),
    Healthcheck: { Test: ['NONE'] },
  };
}

/** The image brings the project's labels along; what is made here must not count as the project's. */
const labels = (ground: Ground): Record<string, string> => ({
  [LABELS.project]: '',
  [LABELS.role]: '',
  'com.docker.compose.project': `cofferdam-verify-${ground.nonce}`,
  'com.docker.compose.service': '',
  'devcontainer.metadata': '',
  [LABELS.verify]: ground.nonce,
});

const UNCONFINED = ['seccomp=unconfined', 'apparmor=unconfined', 'label=disable'];

/** As in a worktree's box (plans/worktree.ts): the image keeps everybody but root out of what may be mounted below. */
const ENTERABLE = { Type: 'tmpfs', Target: '/root', TmpfsOptions: { SizeBytes: 65_536, Mode: 0o755 } };

/**
 * The same image with the controls off: default capabilities, new privileges allowed, no seccomp, nothing masked, no
 * limits, the engine's socket, a secret in the environment, the workspace writable throughout, a volume that is shared.
 */
export function makeWeak(ground: Ground, { folder: workspace, main }: ScratchTree): Promise<string> {
  const variables = ground.box.Config['Env'];
  const kept = Array.isArray(variables) ? variables.filter((entry) => /^(?:PATH|LANG)=/.test(String(entry))) : [];
  return createContainer(nameOf(ground, 'weak'), {
    ...base(ground),
    Env: [...kept, `CANARY_API_TOKEN=${ground.nonce}`],
    HostConfig: {
      Init: true,
      SecurityOpt: UNCONFINED,
      MaskedPaths: [],
      ReadonlyPaths: [],
      NetworkMode: foreignNetwork(ground),
      Mounts: [
        { Type: 'bind', Source: workspace, Target: LAYOUT.workspace },
        // A worktree's repository, where git looks for it: all of it, and writable.
        ...(main === undefined ? [] : [{ Type: 'bind', Source: main, Target: main }, ENTERABLE]),
        { Type: 'bind', Source: ground.socket, Target: '/var/run/docker.sock' },
        { Type: 'bind', Source: '/etc', Target: '/host-etc', ReadOnly: true },
        { Type: 'volume', Source: foreignNetwork(ground), Target: '/shared' },
      ],
    },
  });
}

/** Privileged, in the host's namespaces, with a port published to everyone (which the engine ignores in that network). */
export const makeExposed = (ground: Ground): Promise<string> =>
  createContainer(nameOf(ground, 'exposed'), {
    ...base(ground),
    User: '0:0',
    ExposedPorts: { '9/tcp': {} },
    HostConfig: {
      Init: true,
      Privileged: true,
      PidMode: 'host',
      NetworkMode: 'host',
      IpcMode: 'host',
      UTSMode: 'host',
      CgroupnsMode: 'host',
      PortBindings: { '9/tcp': [{ HostIp: '0.0.0.0', HostPort: '' }] },
    },
  });

/** Name of the other project's network and volume. */
const foreignNetwork = (ground: Ground): string => `cofferdam-verify-${ground.nonce}`;

export async function makeForeignNetwork(ground: Ground): Promise<void> {
  const label = `${LABELS.verify}=${ground.nonce}`;
  await docker(['network', 'create', '--label', label, foreignNetwork(ground)]);
  await docker(['volume', 'create', '--label', label, foreignNetwork(ground)]);
}

/** A container of another project: the secret in its environment, log, file and arguments, and a shell that listens. */
export const makeForeign = (ground: Ground): Promise<string> =>
  createContainer(nameOf(ground, 'foreign'), {
    ...base(ground),
    User: '0:0',
    Cmd: ['sh', '-c', `echo ${ground.secret} > /canary; echo log ${ground.secret}; exec sh -s ${ground.secret}`],
    Env: [`CANARY_PASSWORD=${ground.secret}`],
    OpenStdin: true,
    AttachStdin: false,
    HostConfig: {
      NetworkMode: foreignNetwork(ground),
      Mounts: [{ Type: 'volume', Source: foreignNetwork(ground), Target: '/shared' }],
    },
  });

/** How often a server that starts is asked whether it is there, each time for up to a second. */
const ASKED = 60;

/**
 * A server from the image of the shared one, with a superuser who may come over the network, on the other project's network.
 * Its data is memory, and its password belongs to this run.
 */
export async function makeDatabase(
  ground: Ground,
): Promise<{ host: string; user: string; password: string; database: string }> {
  const filter = ['--filter', `label=${LABELS.alias}=postgres`, '--filter', `network=${servicesNetwork(ground)}`];
  const [image] = (await docker(['ps', ...filter, '--format', '{{.Image}}'])).split('\n');
  if (!image) throw new Error('the shared Postgres is not on the box’s network');
  const id = await createContainer(nameOf(ground, 'database'), {
    Image: image,
    Labels: labels(ground),
    Env: [`POSTGRES_PASSWORD=${ground.secret}`, 'PGDATA=/tmp/data'],
    Healthcheck: { Test: ['NONE'] },
    HostConfig: { NetworkMode: foreignNetwork(ground) },
  });
  for (let asked = 1; ; asked += 1) {
    // Over TCP: while it is set up, it listens on its socket only.
    const ready = await tryDocker(['exec', id, 'pg_isready', '--quiet', '--host=127.0.0.1', '--timeout=1']);
    if (ready.exit === 0) break;
    if (!(asked < ASKED)) throw new Error('a server for the control does not start');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return { host: nameOf(ground, 'database'), user: 'postgres', password: ground.secret, database: 'postgres' };
}

function servicesNetwork({ box }: Ground): string {
  const names = Object.keys(box.NetworkSettings.Networks);
  return names.find((name) => name.endsWith(`_${LAYOUT.servicesNetwork}`)) ?? '';
}

/** An image of one small file that holds the nonce. */
export async function makeImage(ground: Ground): Promise<string> {
  const name = `cofferdam-verify:${ground.nonce}`;
  const change = ['--change', `LABEL ${LABELS.verify}=${ground.nonce}`];
  await docker(['image', 'import', ...change, '-', name], { input: tarOf('canary', `${ground.secret}\n`) });
  return name;
}

/** A tar archive of one file (POSIX.1-1988, ustar interchange format). */
function tarOf(name: string, text: string): Uint8Array {
  const archive = Buffer.alloc(512 * 4);
  const octal = (value: number, size: number): string => `${value.toString(8).padStart(size - 1, '0')}\0`;
  archive.write(name, 0);
  archive.write(octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(Buffer.byteLength(text), 12) + octal(0, 12), 100);
  archive.write(`        0`, 148);
  archive.write('ustar\x0000', 257, 'latin1');
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  archive.write(text, 512);
  return archive;
}

/** Stands on the box's default network, as a database or a neighbour would. */
export function makeNeighbour(ground: Ground, network: string): Promise<string> {
  return createContainer(nameOf(ground, 'neighbour'), {
    ...base(ground),
    HostConfig: { Init: true, NetworkMode: network },
  });
}

/**
 * The box once more, as the engine describes it, on a scratch workspace: mounts of the workspace are re-rooted there,
 * volumes are empty ones but for read-only ones, and what comes from elsewhere on the host is left out. It has no network
 * and nothing runs in it.
 */
export async function makeTwin(ground: Ground, scratch: ScratchTree): Promise<string> {
  const workspace = scratch.folder;
  const mounts: unknown[] = scratch.main === undefined ? [] : [ENTERABLE];
  for (const { Type, Source, Destination, RW } of ground.box.Mounts) {
    if (Type === 'volume' && RW) mounts.push({ Type, Target: Destination });
    if (Type !== 'bind') continue;
    const stands = await standsFor(ground.root, Source, Destination);
    const path = await below(ground.root, stands);
    const source = path === undefined ? scratch.place(stands) : path === '' ? workspace : `${workspace}/${path}`;
    if (source === undefined) continue;
    // What a worktree's box has where the host has it, the twin has where the scratch tree is.
    const outside = (await below(ground.root, Destination)) !== undefined || path === undefined;
    mounts.push({ Type, Source: source, Target: outside ? source : Destination, ReadOnly: !RW });
  }
  const { Env, WorkingDir } = ground.box.Config;
  return createContainer(nameOf(ground, 'twin'), {
    ...base(ground),
    Env,
    WorkingDir,
    HostConfig: {
      ...ground.box.HostConfig,
      Binds: null,
      Mounts: mounts,
      NetworkMode: 'none',
      PortBindings: {},
      RestartPolicy: { Name: 'no' },
      Links: null,
      VolumesFrom: null,
      ContainerIDFile: '',
    },
  });
}

/** The file of the host's that a mount is about: its source or, of a copy that the box has for git's sake, the original. */
async function standsFor(root: string, source: string, destination: string): Promise<string> {
  if (!(await below(root, source))?.startsWith(`${GIT_VIEW_FOLDER}/`)) return source;
  const own = destination.startsWith(`${LAYOUT.workspace}/`);
  return own ? `${root}${destination.slice(LAYOUT.workspace.length)}` : destination;
}

/** Everything that carries the label of a run: containers with their volumes, networks, volumes, images. */
export async function removeAll(nonce: string): Promise<void> {
  const filter = ['--filter', `label=${LABELS.verify}=${nonce}`];
  const each = async (list: readonly string[], remove: readonly string[]): Promise<void> => {
    const found = (await docker([...list, ...filter])).split('\n').filter(Boolean);
    // One command each: given several, the CLI waits for one before it turns to the next.
    await Promise.all(found.map((one) => docker([...remove, one])));
  };
  await each(['ps', '--all', '--quiet'], ['rm', '--force', '--volumes']);
  await each(['network', 'ls', '--quiet'], ['network', 'rm']);
  await each(['volume', 'ls', '--quiet'], ['volume', 'rm', '--force']);
  await each(['image', 'ls', '--quiet'], ['image', 'rm', '--force']);
}

/** Nonces of runs that left something with the engine. */
export async function leftovers(): Promise<readonly string[]> {
  const format = `{{.Label "${LABELS.verify}"}}`;
  const filter = ['--filter', `label=${LABELS.verify}`, '--format', format];
  const found = await Promise.all([
    docker(['ps', '--all', ...filter]),
    docker(['network', 'ls', ...filter]),
    docker(['volume', 'ls', ...filter]),
  ]);
  return [...new Set(found.flatMap((text) => text.split('\n')).filter(Boolean))];
}
