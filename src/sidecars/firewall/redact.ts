import { LABELS } from '../../policy/layout.ts';
import type { Scope } from './scope.ts';
import { type Fields, field, fields, flag, list, mapOf, number, type Shape, text, textOf } from './shape.ts';

export const REDACTED = '[redacted by cofferdam]';

/**
 * Labels that pass. The others are free text of whoever made the container; compose itself writes host paths into
 * com.docker.compose.project.working_dir, .config_files and .environment_file.
 */
const VISIBLE_LABELS: ReadonlySet<string> = new Set([
  ...[
    'config-hash',
    'container-number',
    'depends_on',
    'image',
    'network',
    'oneoff',
    'project',
    'replace',
    'service',
    'slug',
    'version',
    'volume',
  ].map((name) => `com.docker.compose.${name}`),
  LABELS.project,
  LABELS.role,
]);

export const isVisibleLabel = (name: string): boolean => VISIBLE_LABELS.has(name);

export const labels: Shape = mapOf(text, isVisibleLabel);

/** `NAME=value` → `NAME=[redacted by cofferdam]`: the name is often what one needs, the value is often a secret. */
const variable: Shape = (value) =>
  typeof value === 'string' ? `${value.split('=', 1)[0] ?? ''}=${REDACTED}` : undefined;
const environment: Shape = list(variable);

/** Arguments hold passwords (`redis-server --requirepass …`); the program's name says what runs. */
const command: Shape = (value) => {
  if (value === null) return null;
  if (!Array.isArray(value)) return undefined;
  const [program] = value;
  return value.length === 0 ? [] : [text(program) ?? REDACTED, ...(value.length > 1 ? [REDACTED] : [])];
};

const args: Shape = (value) => (Array.isArray(value) ? (value.length > 0 ? [REDACTED] : []) : undefined);

/** The first word of a command line as `docker ps` shows it. */
const commandLine: Shape = (value) => {
  if (typeof value !== 'string' || text(value) === undefined) return undefined;
  const [program = ''] = value.split(/\s/, 1);
  return program.length === value.length ? program : `${program} …`;
};

/** What holds secrets: redacted, or as it is for those who may see it. */
export const secrets = (shown: boolean) =>
  shown
    ? { environment: list(text), command: list(text), args: list(text), commandLine: text }
    : { environment, command, args, commandLine };

const COMPOSE_PROJECT = 'com.docker.compose.project';

/**
 * Whether a container's environment and arguments are shown: the settings say so, or it is the agent's own, which reads
 * them in /proc anyway. Host paths stay out.
 */
export function reveals({ rules }: Scope, labelled: unknown): boolean {
  const { visible, access } = rules;
  if (access.reveals) return true;
  if (visible.kind === 'all') return false;
  return textOf(labelled, COMPOSE_PROJECT) === visible.project && textOf(labelled, LABELS.role) === 'agent';
}

/** What an archive holds: name, size, mode and link, as base64 (moby: api/server/router/container/copy.go). */
export const STAT_HEADER = { 'X-Docker-Container-Path-Stat': /^[A-Za-z0-9+/]{1,8000}={0,2}$/ } as const;

/** The engine's own messages name paths of the host. */
export const message: Shape = (value) => (typeof value === 'string' ? (value === '' ? '' : REDACTED) : undefined);

/** Where a mount is inside; its source is a path of the host. A volume has a name of its own. */
export const mounts: Shape = list((value) => {
  const kept = fields({
    Type: text,
    Name: text,
    Destination: text,
    Driver: text,
    Mode: text,
    RW: flag,
    Propagation: text,
  })(value);
  return typeof kept === 'object' && kept !== null ? { ...kept, Source: '' } : undefined;
});

export const endpointSettings: Shape = mapOf(
  fields({
    NetworkID: text,
    EndpointID: text,
    Gateway: text,
    IPAddress: text,
    IPPrefixLen: number,
    IPv6Gateway: text,
    GlobalIPv6Address: text,
    GlobalIPv6PrefixLen: number,
    MacAddress: text,
    Aliases: list(text),
    DNSNames: list(text),
  }),
);

export const portMap: Shape = mapOf(list(fields({ HostIp: text, HostPort: text })));
/** Sets as Docker writes them: `{"80/tcp": {}}`. */
export const keySet: Shape = mapOf(() => ({}));

/** A network without its driver's options; of the containers on it, those that are visible. */
export const network = (isVisible: (container: string) => boolean): Shape =>
  fields({
    Name: text,
    Id: text,
    Created: text,
    Scope: text,
    Driver: text,
    EnableIPv4: flag,
    EnableIPv6: flag,
    Internal: flag,
    Attachable: flag,
    Ingress: flag,
    ConfigOnly: flag,
    IPAM: fields({ Driver: text, Config: list(fields({ Subnet: text, Gateway: text })) }),
    Containers: mapOf(
      fields({ Name: text, EndpointID: text, MacAddress: text, IPv4Address: text, IPv6Address: text }),
      isVisible,
    ),
    Labels: labels,
  });

/** A volume without the place and the options on the host (which hold passwords of network shares). */
export const volume: Shape = (value) => {
  const kept = fields({
    Name: text,
    Driver: text,
    CreatedAt: text,
    Labels: labels,
    Scope: text,
    UsageData: fields({ Size: number, RefCount: number }),
  })(value);
  return typeof kept === 'object' && kept !== null ? { ...kept, Mountpoint: '', Options: null } : undefined;
};

/** What every list of containers says about one. */
export const containerSummary = {
  Id: text,
  Names: list(text),
  Image: text,
  ImageID: text,
  Command: commandLine,
  Created: number,
  SizeRw: number,
  SizeRootFs: number,
  Labels: labels,
  State: text,
  Status: text,
};

/** An image's names without those that only others use. */
export function imageNames(entry: unknown, scope: Scope): Fields {
  const id = textOf(entry, 'Id') ?? '';
  const kept = (name: string): Fields => {
    const names = field(entry, name);
    if (!Array.isArray(names)) return {};
    return { [name]: names.filter((item) => typeof item === 'string' && scope.namesImage(id, item)) };
  };
  return { ...kept('RepoTags'), ...kept('RepoDigests') };
}
