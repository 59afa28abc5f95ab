import type { SandboxSettings } from '../sandbox.ts';
import { findNetwork, type NetworkFact, type Scope } from '../scope.ts';
import { isClientLabel, type Labels, NAME, storedLabels, storedName } from './names.ts';
import {
  closed,
  conflict,
  flag,
  free,
  ignored,
  list,
  malformed,
  pairs,
  type Reader,
  record,
  text,
  zero,
  zeroOr,
} from './read.ts';

/** Networks at once. */
const MAX_NETWORKS = 8;
const MAX_JOINED = 8;
const MAX_ALIASES = 32;

/** Labels of the client's own. */
export const labels: Reader<Labels> = (value, at) => {
  const given = pairs(/^/, free(4096), 128)(value, at);
  for (const [name] of given) {
    if (!isClientLabel(name)) closed(`${at}[${JSON.stringify(name.slice(0, 64))}]`, 'such a label cannot be set');
  }
  return given;
};

/** The other names of a container on one network; everything else about the connection is the engine's to choose. */
const endpoint: Reader<readonly string[]> = record((take) => {
  const aliases = take('Aliases', list(text(NAME), MAX_ALIASES)) ?? [];
  for (const name of ['IPAMConfig', 'Links', 'MacAddress', 'DriverOpts', 'GwPriority', 'GlobalIPv6PrefixLen']) {
    take(name, zero);
  }
  for (const name of ['NetworkID', 'EndpointID', 'Gateway', 'IPAddress', 'IPPrefixLen', 'IPv6Gateway'])
    take(name, zero);
  for (const name of ['GlobalIPv6Address', 'DNSNames']) take(name, zero);
  return aliases.filter((alias) => alias !== '');
});

/** What takes the engine's default network's place: the one that the settings name, or none. */
function standIn({ network }: SandboxSettings, { sandboxNetwork }: Scope): string {
  if (network === undefined) return 'none';
  return sandboxNetwork?.id ?? conflict(`The network ${network}, which the settings name, does not exist.`);
}

const DEFAULTS: ReadonlySet<string> = new Set(['', 'default', 'bridge']);

/** A network's name as clients write it → what the engine gets: `none` or an id, which nobody can take over. */
function networkNamed(sandbox: SandboxSettings, scope: Scope, name: string, at: string): string {
  if (DEFAULTS.has(name)) return standIn(sandbox, scope);
  if (name === 'none') return 'none';
  const found = clientNetwork(scope, name);
  if (found !== undefined) return found.id;
  if (sandbox.network === name && scope.sandboxNetwork !== undefined) return scope.sandboxNetwork.id;
  return closed(at, 'a container can join networks that were made here, the default one, or none');
}

/** A network that the client made. */
export function clientNetwork(scope: Scope, reference: string): NetworkFact | undefined {
  const found = findNetwork(scope, reference);
  if (typeof found === 'string') return undefined;
  return scope.networks.find(({ id, sandbox }) => id === found.id && sandbox);
}

export interface Joined {
  readonly NetworkMode: string;
  readonly EndpointsConfig: Readonly<Record<string, { readonly Aliases: readonly string[] }>>;
}

const MODE = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,254}$/;

/** Where a container called `name` is put. Its own name is an alias: the engine knows it by another one. */
export function joined(
  sandbox: SandboxSettings,
  scope: Scope,
  name: string,
  mode: string,
  endpoints: readonly (readonly [network: string, aliases: readonly string[]])[],
): Joined {
  const first = networkNamed(sandbox, scope, mode, 'HostConfig.NetworkMode');
  const all = new Map<string, readonly string[]>(first === 'none' ? [] : [[first, []]]);
  for (const [network, aliases] of endpoints) {
    const id = networkNamed(sandbox, scope, network, `NetworkingConfig.EndpointsConfig[${JSON.stringify(network)}]`);
    if (id === 'none') continue;
    if (first === 'none') closed('NetworkingConfig.EndpointsConfig', 'the container has no network');
    all.set(id, [...(all.get(id) ?? []), ...aliases]);
  }
  // The engine's default network has no names (moby: daemon/container_operations.go, validateEndpointSettings).
  const isNameless = (id: string): boolean => id === scope.sandboxNetwork?.id && scope.sandboxNetwork.name === 'bridge';
  return {
    NetworkMode: first,
    EndpointsConfig: Object.fromEntries(
      [...all].map(([id, aliases]) => [id, { Aliases: isNameless(id) ? [] : [...new Set([name, ...aliases])] }]),
    ),
  };
}

export const networkMode: Reader<string> = text(MODE);
export const endpoints: Reader<readonly (readonly [string, readonly string[]])[]> = (value, at) =>
  record((take) => take('EndpointsConfig', pairs(MODE, endpoint, MAX_JOINED)))(value, at);

/**
 * On an internal bridge the host has an address too, and all that listens on the host is reached there (moby:
 * libnetwork/drivers/bridge). Without one, containers reach each other alone.
 */
const NO_HOST = { 'com.docker.network.bridge.inhibit_ipv4': 'true' } as const;

/** A network to be made: a bridge, without any of a client’s options, which could take over an interface of the host. */
export const networkBody = (sandbox: SandboxSettings, scope: Scope): Reader<object> =>
  record((take) => {
    const name = take('Name', text(NAME));
    if (name === '') malformed('Name', 'it is missing');
    take('CheckDuplicate', ignored);
    take('Driver', zeroOr('bridge'));
    take('Scope', zeroOr('local'));
    take('IPAM', ipam);
    for (const zeroField of ['Ingress', 'ConfigOnly', 'Options']) take(zeroField, zero);
    take(
      'ConfigFrom',
      record((inner) => inner('Network', zero)),
    );
    take('EnableIPv4', zeroOr(true));
    const ipv6 = take('EnableIPv6', flag);
    const internal = take('Internal', flag);
    // A new bridge leads out; it may only where the settings gave a network that does.
    const closedOff = internal || scope.sandboxNetwork?.internal !== false;
    if (closedOff && ipv6) closed('EnableIPv6', 'the host would have an address on an internal network');
    const attachable = take('Attachable', flag);
    const own = take('Labels', labels);
    const made = scope.networks.filter(({ sandbox: isClients }) => isClients);
    if (!(made.length < MAX_NETWORKS)) conflict(`There are ${MAX_NETWORKS} networks already; remove one first.`);
    // Older engines take a name twice unless they are asked to look (moby: API 1.43 and before).
    if (made.some((network) => network.name === name)) conflict(`The network ${name} exists already.`);
    return {
      Name: storedName(sandbox, name),
      CheckDuplicate: true,
      Driver: 'bridge',
      Internal: closedOff,
      ...(closedOff ? { Options: NO_HOST } : {}),
      Attachable: attachable,
      ...(ipv6 ? { EnableIPv6: true } : {}),
      Labels: storedLabels(sandbox, own),
    };
  });

const ipam: Reader<undefined> = record((take) => {
  take('Driver', zeroOr('default'));
  take('Options', zero);
  take('Config', zero);
  return undefined;
});

export const connectBody: Reader<{ readonly container: string; readonly aliases: readonly string[] }> = record(
  (take) => ({ container: take('Container', text(NAME)), aliases: take('EndpointConfig', endpoint) }),
);

export const disconnectBody: Reader<{ readonly container: string; readonly force: boolean }> = record((take) => ({
  container: take('Container', text(NAME)),
  force: take('Force', flag),
}));
