import { type Access, type Control, type Extra, opens, type Section } from './access.ts';
import type { Endpoint } from './endpoint.ts';
import { ENDPOINTS } from './endpoints/index.ts';
import { REFUSED } from './refused.ts';

/**
 * The variables of Tecnativa's docker-socket-proxy that open a part of the API (its haproxy.cfg at commit a6fbf38), with
 * the first part of the paths that they open there: `^(/v[\d\.]+)?/containers`, a prefix, for every method that POST
 * leaves open.
 */
export const SECTIONS: readonly { readonly name: Section; readonly area: string; readonly on: boolean }[] = [
  { name: 'AUTH', area: 'auth', on: false },
  { name: 'BUILD', area: 'build', on: false },
  { name: 'COMMIT', area: 'commit', on: false },
  { name: 'CONFIGS', area: 'configs', on: false },
  { name: 'CONTAINERS', area: 'containers', on: false },
  { name: 'DISTRIBUTION', area: 'distribution', on: false },
  { name: 'EVENTS', area: 'events', on: true },
  { name: 'EXEC', area: 'exec', on: false },
  { name: 'GRPC', area: 'grpc', on: false },
  { name: 'IMAGES', area: 'images', on: false },
  { name: 'INFO', area: 'info', on: false },
  { name: 'NETWORKS', area: 'networks', on: false },
  { name: 'NODES', area: 'nodes', on: false },
  { name: 'PING', area: '_ping', on: true },
  { name: 'PLUGINS', area: 'plugins', on: false },
  { name: 'SECRETS', area: 'secrets', on: false },
  { name: 'SERVICES', area: 'services', on: false },
  { name: 'SESSION', area: 'session', on: false },
  { name: 'SWARM', area: 'swarm', on: false },
  { name: 'SYSTEM', area: 'system', on: false },
  { name: 'TASKS', area: 'tasks', on: false },
  { name: 'VERSION', area: 'version', on: true },
  { name: 'VOLUMES', area: 'volumes', on: false },
];

/** What its ALLOW_* open of a container's life where CONTAINERS does not. ALLOW_RESTARTS opens kill there too. */
export const CONTROLS: readonly { readonly name: string; readonly controls: readonly Control[] }[] = [
  { name: 'ALLOW_PAUSE', controls: ['pause'] },
  { name: 'ALLOW_RESTARTS', controls: ['stop', 'restart', 'kill'] },
  { name: 'ALLOW_START', controls: ['start'] },
  { name: 'ALLOW_STOP', controls: ['stop'] },
  { name: 'ALLOW_UNPAUSE', controls: ['unpause'] },
];

export const EVERY_CONTROL: readonly Control[] = ['start', 'stop', 'restart', 'kill', 'pause', 'unpause'];

/** Ours: what the original opens along with something harmless. Each takes its section and one of these. */
export const EXTRAS: readonly { readonly name: string; readonly extra: Extra; readonly gives: string }[] = [
  {
    name: 'COFFERDAM_ALLOW_ARCHIVE',
    extra: 'archive',
    gives: 'every file of the visible containers, also through their mounts of the host',
  },
  { name: 'COFFERDAM_ALLOW_EXPORT', extra: 'export', gives: 'the whole file system of the visible containers' },
  { name: 'COFFERDAM_ALLOW_IMAGE_GET', extra: 'image-get', gives: 'all layers of the visible images' },
  {
    name: 'COFFERDAM_ALLOW_SEARCH',
    extra: 'search',
    gives: 'connections from the engine to whatever registry, so to whatever address, the client names',
  },
];
export const ENVIRONMENT = 'COFFERDAM_ALLOW_ENVIRONMENT';
export const OTHER_PROJECTS = 'COFFERDAM_ALLOW_OTHER_PROJECTS';

/** What a variable of the original opens there and does not open here. */
export interface Kept {
  /** `GET /containers/{id}/archive`. */
  readonly requests: readonly string[];
  readonly why: string;
  /** The variable of ours that opens it. */
  readonly opener?: string;
}

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const said = ({ method, path }: { readonly method: string; readonly path: string }): string => `${method} ${path}`;

/** What a section opens here, and what stays refused although the original would open it. */
export function coverage(
  section: { readonly name: Section; readonly area: string },
  access: Access,
): { readonly open: readonly Endpoint[]; readonly kept: readonly Kept[] } {
  const there = ({ path }: { readonly path: string }): boolean => path.split('/')[1] === section.area;
  const method = (name: string): boolean => access.level !== 'read' || READING.has(name);
  const open = ENDPOINTS.filter((endpoint) => endpoint.section === section.name && opens(access, endpoint));
  const anywhere = new Set(ENDPOINTS.filter((endpoint) => opens(access, endpoint)).map(said));
  const kept = new Map<string, { requests: Set<string>; opener: string | undefined }>();
  const keep = (request: string, why: string, opener?: string): void => {
    if (anywhere.has(request)) return;
    const known = kept.get(why) ?? { requests: new Set(), opener };
    known.requests.add(request);
    kept.set(why, known);
  };
  const extra = new Set<string>();
  for (const endpoint of ENDPOINTS) {
    if (endpoint.extra === undefined || !there(endpoint)) continue;
    extra.add(said(endpoint));
    const found = EXTRAS.find((each) => each.extra === endpoint.extra);
    keep(said(endpoint), `It gives ${found?.gives ?? 'contents'}.`, found?.name);
  }
  for (const refused of REFUSED) {
    if (!there(refused)) continue;
    for (const name of refused.methods) {
      const request = said({ method: name, path: refused.path });
      if (method(name) && !extra.has(request)) keep(request, refused.hint);
    }
  }
  return {
    open,
    kept: [...kept].map(([why, { requests, opener }]) => ({
      requests: [...requests],
      why,
      ...(opener === undefined ? {} : { opener }),
    })),
  };
}
