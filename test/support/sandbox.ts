import { accessOf } from '../../src/sidecars/firewall/access.ts';
import type { Asked, Endpoint } from '../../src/sidecars/firewall/endpoint.ts';
import { ENDPOINTS } from '../../src/sidecars/firewall/endpoints/index.ts';
import type { SandboxSettings } from '../../src/sidecars/firewall/sandbox.ts';
import { buildScope, type Lists, type Rules, type Scope } from '../../src/sidecars/firewall/scope.ts';

export const SANDBOX: SandboxSettings = {
  owner: 'shop',
  network: 'shop_fw',
  images: ['debian:*', 'postgres:16'],
  publish: '127.0.0.1',
  containers: 3,
  memory: 256 * 1024 ** 2,
  cpus: 1,
  pids: 100,
};

export const ID = {
  /** Made by the client, which calls it `db`. */
  client: 'a'.repeat(64),
  /** The project's own. */
  own: 'b'.repeat(64),
  neighbour: 'c'.repeat(64),
  /** Carries the client's label because its image does. */
  spoof: 'd'.repeat(64),
  clientNetwork: '1'.repeat(64),
  ownNetwork: '2'.repeat(64),
  neighbourNetwork: '3'.repeat(64),
  sandboxNetwork: '4'.repeat(64),
  unnamedVolume: '5'.repeat(64),
  image: `sha256:${'6'.repeat(64)}`,
};

const COMPOSE = 'com.docker.compose.project';
const MARK = { 'dev.cofferdam.sandbox': 'shop' };

const container = (Id: string, name: string, Labels: object, Mounts: readonly object[] = []) => ({
  Id,
  Names: [`/${name}`],
  Image: 'debian:12',
  ImageID: ID.image,
  Labels,
  State: 'running',
  Mounts,
  NetworkSettings: { Networks: {} },
});

export const LISTS = {
  containers: [
    container(ID.client, 'shop.sandbox.db', { ...MARK, [`dev.cofferdam.client.${COMPOSE}`]: 'mine' }, [
      { Type: 'volume', Name: ID.unnamedVolume },
    ]),
    container(ID.own, 'shop-web-1', { [COMPOSE]: 'shop' }),
    container(ID.neighbour, 'bank-db-1', { [COMPOSE]: 'bank' }),
    container(ID.spoof, 'privileged', MARK),
  ],
  networks: [
    { Id: ID.clientNetwork, Name: 'shop.sandbox.net', Labels: MARK },
    { Id: ID.ownNetwork, Name: 'shop_default', Labels: { [COMPOSE]: 'shop' } },
    { Id: ID.neighbourNetwork, Name: 'bank_default', Labels: { [COMPOSE]: 'bank' } },
    { Id: ID.sandboxNetwork, Name: 'shop_fw', Labels: {}, Internal: false },
  ],
  volumes: {
    Volumes: [
      { Name: 'shop.sandbox.data', Labels: MARK },
      { Name: ID.unnamedVolume, Labels: null },
      { Name: 'shop_data', Labels: { [COMPOSE]: 'shop' } },
      { Name: 'bank_data', Labels: { [COMPOSE]: 'bank' } },
    ],
  },
  images: [
    { Id: ID.image, RepoTags: ['debian:12', 'debian:latest'], RepoDigests: null, Labels: null },
    { Id: `sha256:${'7'.repeat(64)}`, RepoTags: ['postgres:16'], RepoDigests: [] },
  ],
} satisfies Lists;

export const sandboxRules = (sandbox = SANDBOX): Rules => ({
  visible: { kind: 'project', project: 'shop', services: [] },
  access: accessOf('sandboxed'),
  sandbox,
});

export const sandboxScope = (changed: Partial<SandboxSettings> = {}, lists: Lists = LISTS): Scope =>
  buildScope(sandboxRules({ ...SANDBOX, ...changed }), lists);

export function endpointOf(id: string): Endpoint {
  const endpoint = ENDPOINTS.find((candidate) => candidate.id === id);
  if (endpoint === undefined) throw new Error(`no endpoint ${id}`);
  return endpoint;
}

/** A request with a body: JSON of a value, or a text as it is. */
export const askedOf = (
  body: unknown,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, string>> = {},
): Asked => ({
  params,
  query,
  body: new TextEncoder().encode(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)),
});

/** What is sent for a request, or the status and code of the refusal. */
export function outcome(id: string, asked: Asked, scope: Scope = sandboxScope()): string {
  const decision = endpointOf(id).decide(asked, scope);
  if (!decision.allow) return `${decision.status} ${decision.code}`;
  const { path, query, body } = decision.send;
  const pairs = Object.entries(query).map(([key, value]) => `${key}=${value}`);
  return [`${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`, ...(body === undefined ? [] : [body])].join(' ');
}

/** The body that is sent, read again. */
export function sent(id: string, asked: Asked, scope: Scope = sandboxScope()): unknown {
  const decision = endpointOf(id).decide(asked, scope);
  if (!decision.allow) throw new Error(`${decision.status} ${decision.code}: ${decision.hint}`);
  return JSON.parse(decision.send.body ?? 'null');
}

/** The sentence of a refusal. */
export const hintOf = (id: string, asked: Asked, scope: Scope = sandboxScope()): string => {
  const decision = endpointOf(id).decide(asked, scope);
  return decision.allow ? '' : decision.hint;
};
