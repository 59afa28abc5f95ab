import { LABELS } from '../../policy/layout.ts';
import type { Access, Control } from './access.ts';
import { isAllowedName } from './sandbox/images.ts';
import { isOrder, shownName, storedName, UNNAMED } from './sandbox/names.ts';
import type { SandboxSettings } from './sandbox.ts';
import { field, isRecord, items, textOf } from './shape.ts';

export const PROJECT = 'com.docker.compose.project';
const SERVICE = 'com.docker.compose.service';

/** What the firewall was told to show. */
export type Visible =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'project';
      readonly project: string;
      /** `project/service` of other projects, declared in the policy. */
      readonly services: readonly string[];
    };

export interface ContainerFact {
  readonly id: string;
  /** Without the leading slash, as the client knows them. */
  readonly names: readonly string[];
  readonly image: string;
  /** What it was created from, as it was written then. */
  readonly reference: string;
  /** Whether it belongs to the project itself, not to a declared service of another one. */
  readonly own: boolean;
  /** Whether the client made it, through this firewall. */
  readonly sandbox: boolean;
  readonly state: string;
}

export interface NetworkFact {
  readonly id: string;
  /** As the client knows it. */
  readonly name: string;
  /** Whether the client made it, through this firewall. */
  readonly sandbox: boolean;
  /** Whether it leads nowhere else. */
  readonly internal: boolean;
  /** The host’s own address on it, if it has one. */
  readonly gateway: string | undefined;
}

export interface ImageFact {
  readonly id: string;
  /** `repository:tag` and `repository@digest`; only those by which a visible container names it. */
  readonly names: readonly string[];
  /** Whether it has labels by which compose or we would go; they become those of its containers. */
  readonly marked: boolean;
}

/** The things of the engine that one request may see. Built from the engine's own lists; nothing else is in it. */
export interface Scope {
  readonly containers: readonly ContainerFact[];
  readonly networks: readonly NetworkFact[];
  /** By their names in the engine. */
  readonly volumes: ReadonlySet<string>;
  /** Those of them that the client made: its name for each, and the engine’s. */
  readonly clientVolumes: ReadonlyMap<string, string>;
  /** The network that the settings give to containers of the client. */
  readonly sandboxNetwork: NetworkFact | undefined;
  readonly images: readonly ImageFact[];
  readonly hasContainer: (id: string) => boolean;
  readonly hasNetwork: (id: string) => boolean;
  readonly hasImage: (id: string) => boolean;
  /** Whether `name` is one by which the image is known here. The other names of a shared image are the neighbours'. */
  readonly namesImage: (id: string, name: string) => boolean;
  /** Whether labels and name are those of a visible container. */
  readonly sees: (labels: unknown, name: string) => boolean;
  readonly rules: Rules;
}

/** What the settings say, for decisions that depend on more than the table. */
export interface Rules {
  readonly visible: Visible;
  readonly access: Access;
  readonly sandbox: SandboxSettings | undefined;
}

/** Whether the client may do this to a container: it made it, or the settings open it for those of others. */
export const mayControl = ({ rules }: Scope, container: ContainerFact, control: Control): boolean =>
  container.sandbox || (container.own && rules.access.controls.has(control));

/** The engine's lists, as JSON. Absent: not asked for. */
export interface Lists {
  readonly containers?: unknown;
  readonly networks?: unknown;
  readonly volumes?: unknown;
  readonly images?: unknown;
}

const ID = /^[0-9a-f]{64}$/;

export class Unexpected extends Error {
  override readonly name = 'Unexpected';
}

/** A list of the engine, or a throw: a list that is something else must not look like an empty one. */
function listed(value: unknown, what: string): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Unexpected(`the engine's list of ${what} is not a list`);
  return value;
}

/**
 * Whether the client made it. The label alone says nothing: a container takes over the labels of its image, and what the
 * host runs from an image with this label must not be the client's. Nobody but us gives such names.
 */
const isSandbox = ({ sandbox }: Rules, labels: unknown, name: string): boolean =>
  sandbox !== undefined && textOf(labels, LABELS.sandbox) === sandbox.owner && name.startsWith(storedName(sandbox, ''));

function sees(rules: Rules, labels: unknown, name: string): boolean {
  const { visible } = rules;
  if (visible.kind === 'all' || isSandbox(rules, labels, name)) return true;
  const project = textOf(labels, PROJECT);
  if (project === undefined) return false;
  // The other side of a split box: it has its project's label, and is none of its services for the agent.
  if (textOf(labels, LABELS.role) === 'editor') return false;
  return project === visible.project || visible.services.includes(`${project}/${textOf(labels, SERVICE) ?? ''}`);
}

const isOwn = (visible: Visible, labels: unknown): boolean =>
  visible.kind === 'all' || textOf(labels, PROJECT) === visible.project;

const namesOf = (entry: unknown): readonly string[] =>
  items(field(entry, 'Names')).flatMap((name) => (isText(name) ? [name.replace(/^\//, '')] : []));

/** A container's own name in a list; others are links, named after somebody else's. */
export const nameOf = (entry: unknown): string => namesOf(entry).find((one) => !one.includes('/')) ?? '';

export function buildScope(rules: Rules, lists: Lists): Scope {
  const { visible, sandbox: settings } = rules;
  const containers: ContainerFact[] = [];
  const usedNetworks = new Set<string>();
  const usedVolumes = new Set<string>();
  const unnamedVolumes = new Set<string>();
  for (const entry of listed(lists.containers, 'containers')) {
    const id = textOf(entry, 'Id');
    const labels = field(entry, 'Labels');
    const names = namesOf(entry);
    const name = nameOf(entry);
    if (id === undefined || !ID.test(id) || !sees(rules, labels, name)) continue;
    const sandbox = isSandbox(rules, labels, name);
    const own = sandbox || isOwn(visible, labels);
    const state = textOf(entry, 'State') ?? '';
    containers.push({
      id,
      names: names.map((one) => shownName(settings, one)),
      image: textOf(entry, 'ImageID') ?? '',
      reference: textOf(entry, 'Image') ?? '',
      own,
      sandbox,
      state,
    });
    if (!own) continue; // a declared service does not open the networks and volumes that it uses
    const networks = field(field(entry, 'NetworkSettings'), 'Networks');
    for (const network of isRecord(networks) ? Object.values(networks) : []) {
      usedNetworks.add(textOf(network, 'NetworkID') ?? '');
    }
    for (const mount of items(field(entry, 'Mounts'))) {
      const volume = textOf(mount, 'Name') ?? '';
      if (textOf(mount, 'Type') !== 'volume') continue;
      usedVolumes.add(volume);
      if (sandbox && UNNAMED.test(volume)) unnamedVolumes.add(volume);
    }
  }
  const networks: NetworkFact[] = [];
  let sandboxNetwork: NetworkFact | undefined;
  for (const entry of listed(lists.networks, 'networks')) {
    const id = textOf(entry, 'Id');
    const name = textOf(entry, 'Name');
    if (id === undefined || name === undefined || !ID.test(id)) continue;
    const labels = field(entry, 'Labels');
    const sandbox = isSandbox(rules, labels, name);
    const [address] = items(field(field(entry, 'IPAM'), 'Config'));
    const fact: NetworkFact = {
      id,
      name: shownName(settings, name),
      sandbox,
      internal: field(entry, 'Internal') === true,
      gateway: textOf(address, 'Gateway'),
    };
    if (settings?.network === name) sandboxNetwork = fact;
    if (sandbox || isOwn(visible, labels) || usedNetworks.has(id)) networks.push(fact);
  }
  const volumes = new Set<string>();
  const clientVolumes = new Map<string, string>();
  for (const entry of listed(
    lists.volumes === undefined ? undefined : (field(lists.volumes, 'Volumes') ?? []),
    'volumes',
  )) {
    const name = textOf(entry, 'Name');
    if (name === undefined || name === '') continue;
    const labels = field(entry, 'Labels');
    const unnamed =
      unnamedVolumes.has(name) || (UNNAMED.test(name) && textOf(labels, LABELS.sandbox) === settings?.owner);
    const sandbox = settings !== undefined && (unnamed || isSandbox(rules, labels, name));
    if (sandbox) clientVolumes.set(shownName(settings, name), name);
    if (sandbox || isOwn(visible, labels) || usedVolumes.has(name)) volumes.add(name);
  }
  const usedImages = new Map<string, ContainerFact[]>();
  for (const container of containers) {
    usedImages.set(container.image, [...(usedImages.get(container.image) ?? []), container]);
  }
  const entries = listed(lists.images, 'images').map((entry) => {
    const digests = items(field(entry, 'RepoDigests')).filter(isText);
    return { entry, id: textOf(entry, 'Id') ?? '', digests };
  });
  const digestsOf = new Map(entries.map(({ id, digests }) => [id, digests]));
  const namesImage = (id: string, name: string): boolean =>
    visible.kind === 'all' ||
    isAllowedName(settings?.images ?? [], name, digestsOf.get(id) ?? []) ||
    (usedImages.get(id) ?? []).some(({ reference }) => isNamedBy(name, reference));
  const images: ImageFact[] = [];
  for (const { entry, id, digests } of entries) {
    const all = [...items(field(entry, 'RepoTags')).filter(isText), ...digests];
    const names = all.filter((name) => namesImage(id, name));
    if (id === '' || (visible.kind === 'project' && !usedImages.has(id) && names.length === 0)) continue;
    images.push({ id, names, marked: Object.keys(Object(field(entry, 'Labels'))).some(isOrder) });
  }
  const containerIds = new Set(containers.map(({ id }) => id));
  const networkIds = new Set(networks.map(({ id }) => id));
  const imageIds = new Set(images.map(({ id }) => id));
  return {
    containers,
    networks,
    volumes,
    clientVolumes,
    sandboxNetwork,
    images,
    hasContainer: (id) => containerIds.has(id),
    hasNetwork: (id) => networkIds.has(id),
    hasImage: (id) => imageIds.has(id),
    namesImage,
    sees: (labels, name) => sees(rules, labels, name),
    rules,
  };
}

export type Found = { readonly id: string } | 'none' | 'several';

/**
 * The engine's order: full id, exact name, unique start of an id. Only visible things take part, so neither a
 * neighbour's name nor an ambiguity with a neighbour's id shows.
 */
function find(reference: string, things: readonly { id: string; names: readonly string[] }[]): Found {
  const exact = things.find(({ id }) => id === reference) ?? things.find(({ names }) => names.includes(reference));
  if (exact !== undefined) return { id: exact.id };
  const starting = things.filter(({ id }) => id.startsWith(reference));
  const [only] = starting;
  if (only === undefined) return 'none';
  return starting.length === 1 ? { id: only.id } : 'several';
}

export const findContainer = (scope: Scope, reference: string): Found => find(reference, scope.containers);

export const findNetwork = (scope: Scope, reference: string): Found => {
  const named = scope.networks.filter(({ name }) => name === reference);
  if (named.length > 1) return 'several';
  return find(
    reference,
    scope.networks.map(({ id, name }) => ({ id, names: [name] })),
  );
};

/** `debian` → `debian:latest`; `docker.io/library/debian` → `debian:latest`; a digest or tag stays. */
export function familiarImage(reference: string): string {
  const short = reference.replace(/^docker\.io\//, '').replace(/^library\//, '');
  const last = short.slice(short.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? short : `${short}:latest`;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const repositoryOf = (name: string): string => name.replace(/@.*$/s, '').replace(/:[^/:]*$/, '');

/** Whether `name` is what a container's `reference` says: its tag, or a digest in the same repository. */
function isNamedBy(name: string, reference: string): boolean {
  const said = familiarImage(reference);
  if (name === said || name === said.replace(/@.*$/s, '')) return true;
  return name.includes('@') && repositoryOf(name) === repositoryOf(said);
}

export function findImage(scope: Scope, reference: string): Found {
  const named = familiarImage(reference);
  const byName = scope.images.find(({ names }) => names.includes(named));
  if (byName !== undefined) return { id: byName.id };
  const hex = reference.replace(/^sha256:/, '');
  if (!/^[0-9a-f]{1,64}$/.test(hex)) return 'none';
  return find(
    `sha256:${hex}`,
    scope.images.map(({ id }) => ({ id, names: [] })),
  );
}
