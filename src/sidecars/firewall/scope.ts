import { LABELS } from '../../policy/layout.ts';
import type { Access, Control } from './access.ts';
import type { SandboxSettings } from './sandbox.ts';
import { field, isRecord, items, textOf } from './shape.ts';

const PROJECT = 'com.docker.compose.project';
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
  /** Without the leading slash. */
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
  readonly name: string;
}

export interface ImageFact {
  readonly id: string;
  /** `repository:tag` and `repository@digest`; only those by which a visible container names it. */
  readonly names: readonly string[];
}

/** The things of the engine that one request may see. Built from the engine's own lists; nothing else is in it. */
export interface Scope {
  readonly containers: readonly ContainerFact[];
  readonly networks: readonly NetworkFact[];
  readonly volumes: ReadonlySet<string>;
  readonly images: readonly ImageFact[];
  readonly hasContainer: (id: string) => boolean;
  readonly hasNetwork: (id: string) => boolean;
  readonly hasImage: (id: string) => boolean;
  /** Whether `name` is one by which the image is known here. The other names of a shared image are the neighbours'. */
  readonly namesImage: (id: string, name: string) => boolean;
  /** Whether labels are those of a visible container. */
  readonly sees: (labels: unknown) => boolean;
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

const isSandbox = ({ sandbox }: Rules, labels: unknown): boolean =>
  sandbox !== undefined && textOf(labels, LABELS.sandbox) === sandbox.owner;

export function sees(rules: Rules, labels: unknown): boolean {
  const { visible } = rules;
  if (visible.kind === 'all' || isSandbox(rules, labels)) return true;
  const project = textOf(labels, PROJECT);
  if (project === undefined) return false;
  return project === visible.project || visible.services.includes(`${project}/${textOf(labels, SERVICE) ?? ''}`);
}

const isOwn = (visible: Visible, labels: unknown): boolean =>
  visible.kind === 'all' || textOf(labels, PROJECT) === visible.project;

export function buildScope(rules: Rules, lists: Lists): Scope {
  const { visible } = rules;
  const containers: ContainerFact[] = [];
  const usedNetworks = new Set<string>();
  const usedVolumes = new Set<string>();
  for (const entry of listed(lists.containers, 'containers')) {
    const id = textOf(entry, 'Id');
    const labels = field(entry, 'Labels');
    if (id === undefined || !ID.test(id) || !sees(rules, labels)) continue;
    const sandbox = isSandbox(rules, labels);
    const own = sandbox || isOwn(visible, labels);
    const state = textOf(entry, 'State') ?? '';
    containers.push({
      id,
      names: items(field(entry, 'Names')).flatMap((name) =>
        typeof name === 'string' ? [name.replace(/^\//, '')] : [],
      ),
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
      if (textOf(mount, 'Type') === 'volume') usedVolumes.add(textOf(mount, 'Name') ?? '');
    }
  }
  const networks: NetworkFact[] = [];
  for (const entry of listed(lists.networks, 'networks')) {
    const id = textOf(entry, 'Id');
    const name = textOf(entry, 'Name');
    if (id === undefined || name === undefined || !ID.test(id)) continue;
    if (isOwn(visible, field(entry, 'Labels')) || usedNetworks.has(id)) networks.push({ id, name });
  }
  const volumes = new Set<string>();
  for (const entry of listed(
    lists.volumes === undefined ? undefined : (field(lists.volumes, 'Volumes') ?? []),
    'volumes',
  )) {
    const name = textOf(entry, 'Name');
    if (name === undefined || name === '') continue;
    if (isOwn(visible, field(entry, 'Labels')) || usedVolumes.has(name)) volumes.add(name);
  }
  const usedImages = new Map<string, ContainerFact[]>();
  for (const container of containers) {
    usedImages.set(container.image, [...(usedImages.get(container.image) ?? []), container]);
  }
  const namesImage = (id: string, name: string): boolean =>
    visible.kind === 'all' || (usedImages.get(id) ?? []).some(({ reference }) => isNamedBy(name, reference));
  const images: ImageFact[] = [];
  for (const entry of listed(lists.images, 'images')) {
    const id = textOf(entry, 'Id');
    if (id === undefined || (visible.kind === 'project' && !usedImages.has(id))) continue;
    const names = [...items(field(entry, 'RepoTags')), ...items(field(entry, 'RepoDigests'))];
    images.push({ id, names: names.filter((name): name is string => isText(name) && namesImage(id, name)) });
  }
  const containerIds = new Set(containers.map(({ id }) => id));
  const networkIds = new Set(networks.map(({ id }) => id));
  const imageIds = new Set(images.map(({ id }) => id));
  return {
    containers,
    networks,
    volumes,
    images,
    hasContainer: (id) => containerIds.has(id),
    hasNetwork: (id) => networkIds.has(id),
    hasImage: (id) => imageIds.has(id),
    namesImage,
    sees: (labels) => sees(rules, labels),
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
