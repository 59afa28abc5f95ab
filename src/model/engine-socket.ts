import { insideRoot } from './files.ts';
import { ENGINE_SOCKETS, SOCKET_PROXIES } from './knowledge.ts';
import { covers, type Mount } from './mount.ts';
import type { Container, Role } from './workspace.ts';

/** Engines of any user and of the programs that bring one to a desktop are known by their socket's name. */
const NAMED = /(?:^|\/)(?:docker(?:[.-](?:raw|cli))?|podman|containerd|buildkitd|crio)\.sock$/;
/** The named pipes of engines on Windows. */
const PIPE = /[\\/]pipe[\\/](?:docker_?engine\w*|podman[\w-]*)$/i;
/** Folders that hold little besides the socket. */
const FOLDER = /^(?:\/run\/user\/\d+(?:\/podman)?|~\/\.(?:docker\/run|orbstack\/run|colima(?:\/default)?))$/;

/** The engine's socket that a mount brings along: at its source, below it, or by all signs where only the host knows. */
export function engineSocket(mount: Mount): string | undefined {
  const { source, target, type, resolved } = mount;
  if (PIPE.test(source)) return source;
  if (type !== 'bind') return undefined;
  const known = ENGINE_SOCKETS.find((path) => covers(mount, path));
  if (known !== undefined) return known;
  if (NAMED.test(source) && (!resolved || !insideRoot(source))) return source;
  if (FOLDER.test(source)) return source;
  return !resolved && NAMED.test(target) ? target : undefined;
}

/** Where proxies for the engine listen by convention: 2375, with TLS 2376 (IANA's names are docker and docker-s). */
const PORT = /(?:^|\D)237[56](?:\D|$)/;

interface Neighbour extends Omit<Container, 'role' | 'editor'> {
  /** The role that its label names. */
  readonly label: string | undefined;
  /** Ports that it has for other containers (`expose`). */
  readonly exposed: readonly string[];
}

/**
 * What another container than the agent's is. One that holds the engine's socket to pass some of it on is a sidecar: it
 * says so by its image, its name, a label of ours or the port. All others hold it for themselves.
 */
export function neighbour({ label, exposed, ...container }: Neighbour, root: string): Role {
  const { name, image, mounts, ports, words } = container;
  if (label === 'agent') return 'agent';
  // What has the workspace as well holds the socket for itself.
  if (mounts.some(({ value }) => covers(value, root))) return 'service';
  if (!mounts.some(({ value }) => engineSocket(value) !== undefined)) return 'service';
  const proxy =
    label !== undefined ||
    SOCKET_PROXIES.test(image?.value ?? '') ||
    SOCKET_PROXIES.test(name) ||
    [...exposed, ...ports.map(({ value }) => value.target), ...words.map(({ value }) => value)].some((text) =>
      PORT.test(text),
    );
  return proxy ? 'sidecar' : 'service';
}
