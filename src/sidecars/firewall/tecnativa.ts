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
  /** `GET|HEAD /containers/{id}/archive`; `any` is every method that the original lets through. */
  readonly requests: readonly string[];
  readonly why: string;
  /** The variable of ours that opens it. */
  readonly opener?: string;
}

const METHODS: Readonly<Record<Access['level'], readonly string[]>> = {
  read: ['GET', 'HEAD'],
  sandboxed: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
};
const said = ({ method, path }: { readonly method: string; readonly path: string }): string => `${method} ${path}`;

/** What a section opens here, and what stays refused although the original would open it. */
export function coverage(
  section: { readonly name: Section; readonly area: string },
  access: Access,
): { readonly open: readonly Endpoint[]; readonly kept: readonly Kept[] } {
  const there = ({ path }: { readonly path: string }): boolean => path.split('/')[1] === section.area;
  const open = ENDPOINTS.filter((endpoint) => endpoint.section === section.name && opens(access, endpoint));
  const kept = new Map<string, { paths: Map<string, string[]>; opener: string | undefined }>();
  const seen = new Set(ENDPOINTS.filter((endpoint) => opens(access, endpoint)).map(said));
  const keep = (method: string, path: string, why: string, opener: string | undefined): void => {
    const request = said({ method, path });
    if (seen.has(request) || !METHODS[access.level].includes(method)) return;
    seen.add(request);
    const known = kept.get(why) ?? { paths: new Map(), opener };
    known.paths.set(path, [...(known.paths.get(path) ?? []), method]);
    kept.set(why, known);
  };
  for (const { method, path, extra } of ENDPOINTS.filter(there)) {
    const found = EXTRAS.find((each) => each.extra === extra);
    if (found !== undefined) keep(method, path, `It gives ${found.gives}.`, found.name);
  }
  for (const { methods, path, hint } of REFUSED.filter(there)) {
    for (const method of methods) {
      // Ours ask for EXEC where the original opens POST /containers/{id}/exec with CONTAINERS alone.
      const other = ENDPOINTS.find((row) => row.method === method && row.path === path && row.section !== section.name);
      keep(method, path, hint, other?.section);
    }
  }
  return {
    open,
    kept: [...kept].map(([why, { paths, opener }]) => ({
      requests: [...paths].map(([path, methods]) => `${shortly(methods, access)} ${path}`),
      why,
      ...(opener === undefined ? {} : { opener }),
    })),
  };
}

const shortly = (methods: readonly string[], { level }: Access): string =>
  METHODS[level].every((method) => methods.includes(method)) ? 'any' : methods.join('|');
