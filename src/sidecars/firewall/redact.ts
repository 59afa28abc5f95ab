import { LABELS } from '../../policy/layout.ts';
import { clientLabel, shownName } from './sandbox/names.ts';
import type { Rules, Scope } from './scope.ts';
import { type Fields, field, fields, flag, isRecord, list, mapOf, number, type Shape, text, textOf } from './shape.ts';

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

/** Whether labels are those of something that the client made; then its own are among them, under names of ours. */
export const areClients = ({ sandbox }: Rules, labels: unknown): boolean =>
  sandbox !== undefined && textOf(labels, LABELS.sandbox) === sandbox.owner;

/** Those that are visible, and the client's own under the names that it gave them. */
export const labels =
  (rules: Rules): Shape =>
  (value) => {
    const visible = mapOf(text, isVisibleLabel)(value);
    if (!isRecord(value) || !isRecord(visible) || !areClients(rules, value)) return visible;
    const own = Object.entries(value).flatMap(([name, content]): [string, unknown][] => {
      const given = clientLabel(name);
      return given === undefined || text(content) === undefined ? [] : [[given, content]];
    });
    return Object.fromEntries([...Object.entries(visible), ...own]);
  };

/** The name of something, as the client knows it; also with the slash that the engine puts before containers. */
export const name =
  ({ sandbox }: Rules): Shape =>
  (value) => {
    const stored = text(value);
    if (typeof stored !== 'string') return undefined;
    return stored.startsWith('/') ? `/${shownName(sandbox, stored.slice(1))}` : shownName(sandbox, stored);
  };

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
 * Whether a container's environment and arguments are shown: the settings say so, the client made it, or it is the
 * agent's own, which reads them in /proc anyway. Host paths stay out.
 */
export function reveals(
  { rules, containers }: Pick<Scope, 'rules' | 'containers'>,
  id: unknown,
  labelled: unknown,
): boolean {
  const { visible, access } = rules;
  if (access.reveals || containers.some((container) => container.sandbox && container.id === id)) return true;
  if (visible.kind === 'all') return false;
  return textOf(labelled, COMPOSE_PROJECT) === visible.project && textOf(labelled, LABELS.role) === 'agent';
}

/** What an archive holds: name, size, mode and link, as base64 (moby: api/server/router/container/copy.go). */
export const STAT_HEADER = { 'X-Docker-Container-Path-Stat': /^[A-Za-z0-9+/]{1,8000}={0,2}$/ } as const;

/** The engine's own messages name paths of the host. */
export const message: Shape = (value) => (typeof value === 'string' ? (value === '' ? '' : REDACTED) : undefined);

/** Where a mount is inside; its source is a path of the host. A volume has a name of its own. */
export const mounts = (rules: Rules): Shape =>
  list((value) => {
    const kept = fields({
      Type: text,
      Name: name(rules),
      Destination: text,
      Driver: text,
      Mode: text,
      RW: flag,
      Propagation: text,
    })(value);
    return typeof kept === 'object' && kept !== null ? { ...kept, Source: '' } : undefined;
  });

/** The networks of a container by their names. */
export const endpointSettings = (rules: Rules): Shape => {
  const called = name(rules);
  const settings = fields({
    NetworkID: text,
    EndpointID: text,
    Gateway: text,
    IPAddress: text,
    IPPrefixLen: number,
    IPv6Gateway: text,
    GlobalIPv6Address: text,
    GlobalIPv6PrefixLen: number,
    MacAddress: text,
    Aliases: list(called),
    DNSNames: list(called),
  });
  const all = mapOf(settings);
  return (value) => {
    const kept = all(value);
    if (!isRecord(kept)) return kept;
    return Object.fromEntries(Object.entries(kept).map(([network, one]) => [shownName(rules.sandbox, network), one]));
  };
};

export const portMap: Shape = mapOf(list(fields({ HostIp: text, HostPort: text })));
/** Sets as Docker writes them: `{"80/tcp": {}}`. */
export const keySet: Shape = mapOf(() => ({}));

/** A network without its driver's options; of the containers on it, those that are visible. */
export const network = ({ rules, hasContainer }: Pick<Scope, 'rules' | 'hasContainer'>): Shape =>
  fields({
    Name: name(rules),
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
      fields({ Name: name(rules), EndpointID: text, MacAddress: text, IPv4Address: text, IPv6Address: text }),
      hasContainer,
    ),
    Labels: labels(rules),
  });

/** A volume without the place and the options on the host (which hold passwords of network shares). */
export const volume = (rules: Rules): Shape => {
  const shape = fields({
    Name: name(rules),
    Driver: text,
    CreatedAt: text,
    Labels: labels(rules),
    Scope: text,
    UsageData: fields({ Size: number, RefCount: number }),
  });
  return (value) => {
    const kept = shape(value);
    return isRecord(kept) ? { ...kept, Mountpoint: '', Options: null } : undefined;
  };
};

/** What every list of containers says about one. */
export const containerSummary = (rules: Rules) => ({
  Id: text,
  Names: list(name(rules)),
  Image: text,
  ImageID: text,
  Command: commandLine,
  Created: number,
  SizeRw: number,
  SizeRootFs: number,
  Labels: labels(rules),
  State: text,
  Status: text,
});

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
