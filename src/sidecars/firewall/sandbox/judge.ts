import type { Refusal, Upstream } from '../../../core/decision.ts';
import { LABELS } from '../../../policy/layout.ts';
import { refuse } from '../endpoint.ts';
import type { SandboxSettings } from '../sandbox.ts';
import type { ContainerFact, Scope } from '../scope.ts';
import { field, isRecord, items, textOf } from '../shape.ts';
import { CAPABILITIES, LOG, NO_NEW_PRIVILEGES, nano } from './host-config.ts';
import { isClientVolumeName, isPlace } from './mounts.ts';
import { isOrder } from './names.ts';
import { publishAddress } from './ports.ts';

/** Fields that hold nothing in a container that we made. Engines say that in several ways. */
const EMPTY = [
  ...['Annotations', 'Binds', 'BlkioWeightDevice', 'Cgroup', 'CgroupParent', 'ContainerIDFile', 'DeviceCgroupRules'],
  ...['DeviceRequests', 'Devices', 'Dns', 'DnsOptions', 'DnsSearch', 'ExtraHosts', 'GroupAdd', 'Links', 'OomScoreAdj'],
  ...['PidMode', 'Privileged', 'PublishAllPorts', 'StorageOpt', 'Sysctls', 'UTSMode', 'UsernsMode', 'VolumeDriver'],
  ...['VolumesFrom', 'CpuRealtimePeriod', 'CpuRealtimeRuntime'],
] as const;

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === 0 ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (isRecord(value) && Object.keys(value).length === 0);

const within = (value: unknown, max: number): boolean => typeof value === 'number' && value >= 1 && value <= max;

/**
 * What is wrong with a HostConfig, whether we are about to send it or the engine says that it has it: the first field
 * that is not as we build it. Undefined: nothing.
 */
export function wrongIn(host: unknown, sandbox: SandboxSettings, scope: Scope): string | undefined {
  const filled = EMPTY.find((name) => !isEmpty(field(host, name)));
  if (filled !== undefined) return filled;
  const memory = field(host, 'Memory');
  const published = publishAddress(sandbox, scope);
  const options = items(field(host, 'SecurityOpt'));
  const plain = (capability: unknown): unknown =>
    typeof capability === 'string' ? capability.replace(/^CAP_/, '') : capability;
  const holds: Readonly<Record<string, boolean>> = {
    CapDrop: items(field(host, 'CapDrop')).some((one) => plain(one) === 'ALL'),
    CapAdd: items(field(host, 'CapAdd')).every((one) => CAPABILITIES.some((name) => name === plain(one))),
    SecurityOpt: options.length === 1 && options[0] === NO_NEW_PRIVILEGES,
    IpcMode: textOf(host, 'IpcMode') === 'private',
    CgroupnsMode: textOf(host, 'CgroupnsMode') === 'private',
    Memory: within(memory, sandbox.memory),
    // -1 is what an engine says whose kernel cannot limit swap.
    MemorySwap: field(host, 'MemorySwap') === memory || field(host, 'MemorySwap') === -1,
    NanoCpus: within(field(host, 'NanoCpus'), nano(sandbox)),
    PidsLimit: within(field(host, 'PidsLimit'), sandbox.pids),
    RestartPolicy: ['', 'no', 'on-failure'].includes(textOf(field(host, 'RestartPolicy'), 'Name') ?? ''),
    LogConfig:
      textOf(field(host, 'LogConfig'), 'Type') === LOG.Type && isLog(field(field(host, 'LogConfig'), 'Config')),
    NetworkMode: isOpenNetwork(textOf(host, 'NetworkMode'), sandbox, scope),
    Mounts: items(field(host, 'Mounts')).every((mount) => isOpenMount(mount, sandbox)),
    PortBindings: Object.values(recordOf(field(host, 'PortBindings'))).every((all) =>
      items(all).every((one) => published !== undefined && textOf(one, 'HostIp') === published),
    ),
    Ulimits: items(field(host, 'Ulimits')).every((one) => textOf(one, 'Name') === 'nofile'),
  };
  return Object.keys(holds).find((name) => holds[name] !== true);
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

const isLog = (config: unknown): boolean =>
  Object.entries(LOG.Config).every(([name, value]) => textOf(config, name) === value);

/** None, the one that the settings give, or one that the client made. Never the host's or another container's. */
function isOpenNetwork(mode: string | undefined, sandbox: SandboxSettings, scope: Scope): boolean {
  if (mode === 'none') return true;
  const { sandboxNetwork, networks } = scope;
  const open = [...(sandboxNetwork ? [sandboxNetwork] : []), ...networks.filter((network) => network.sandbox)];
  return open.some(({ id }) => id === mode) || (mode !== undefined && mode === sandbox.network);
}

/** In the request as in the engine's own list of what is mounted. */
function isOpenMount(mount: unknown, { owner }: SandboxSettings): boolean {
  if (textOf(mount, 'Type') === 'tmpfs') return isEmpty(field(mount, 'Source'));
  if (textOf(mount, 'Type') !== 'volume') return false;
  const driver = field(field(mount, 'VolumeOptions'), 'DriverConfig');
  const name = textOf(mount, 'Source') ?? '';
  return (
    (name === '' || isClientVolumeName(owner, name)) &&
    isEmpty(field(driver, 'Options')) &&
    isEmpty(field(field(mount, 'VolumeOptions'), 'Subpath')) &&
    ['local', undefined].includes(textOf(driver, 'Name'))
  );
}

const isMounted = (mount: unknown, { owner }: SandboxSettings): boolean =>
  isPlace(textOf(mount, 'Destination') ?? '') &&
  (textOf(mount, 'Type') === 'tmpfs' ||
    (textOf(mount, 'Type') === 'volume' &&
      textOf(mount, 'Driver') === 'local' &&
      isClientVolumeName(owner, textOf(mount, 'Name') ?? '')));

/** The paths of the kernel that the engine hides; an empty list would show them. */
const isMasked = (host: unknown): boolean =>
  ['MaskedPaths', 'ReadonlyPaths'].every((name) => items(field(host, name)).length > 0);

/**
 * Looks at a container as the engine has it. An engine that took our request for another, or a hand on the host that
 * gave the container more, must not lead to a command of the client's in it.
 */
export function judgeContainer(answer: unknown, scope: Scope): Refusal | undefined {
  const { sandbox } = scope.rules;
  if (sandbox === undefined || factOf(answer, scope)?.sandbox !== true) return NOT_OURS;
  const host = field(answer, 'HostConfig');
  const labels = field(field(answer, 'Config'), 'Labels');
  // An image's labels become the container's.
  const isLabelled = textOf(labels, LABELS.sandbox) === sandbox.owner && !Object.keys(recordOf(labels)).some(isOrder);
  const wrong = isLabelled ? wrongIn(host, sandbox, scope) : 'Labels';
  if (wrong !== undefined) return altered(wrong);
  if (!items(field(answer, 'Mounts')).every((mount) => isMounted(mount, sandbox))) return altered('Mounts');
  if (!isMasked(host)) return altered('MaskedPaths');
  if (textOf(answer, 'AppArmorProfile') === 'unconfined') return altered('AppArmorProfile');
  return undefined;
}

const NOT_OURS = refuse(403, 'sandbox', 'Only containers that were made through this firewall are open for that.');

const altered = (what: string): Refusal =>
  refuse(403, 'altered', `The container is not as it was made here (${what}); remove it and make it again.`);

const factOf = (answer: unknown, { containers }: Scope): ContainerFact | undefined => {
  const id = textOf(answer, 'Id');
  return containers.find((container) => container.id === id);
};

const inspect = ({ path }: Upstream): string => path.replace(/\/[a-z]+$/, '/json');

/** Before something runs in a container of the client's. */
export const checkContainer = { path: inspect, judge: judgeContainer };

/** Before a container starts: one that others made is as they made it. */
export const checkStart = {
  path: inspect,
  judge: (answer: unknown, scope: Scope): Refusal | undefined =>
    factOf(answer, scope)?.sandbox === false ? undefined : judgeContainer(answer, scope),
};

/** A command belongs to a container; its id alone says nothing about whose. */
export const checkExec = {
  path: inspect,
  judge(answer: unknown, scope: Scope, { params }: ExecAsked): Refusal | undefined {
    const container = textOf(answer, 'ContainerID');
    const isClients = scope.containers.some(({ id, sandbox }) => sandbox && id === container);
    if (!isClients) return refuse(404, 'not-in-scope', absentExec({ params }));
    const privileged = field(field(answer, 'ProcessConfig'), 'privileged');
    return privileged === true
      ? refuse(403, 'altered', 'This command is privileged; it was not made here.')
      : undefined;
  },
};

interface ExecAsked {
  readonly params: { readonly id: string };
}

export const absentExec = ({ params }: ExecAsked): string => `No such exec instance: ${params.id}`;
