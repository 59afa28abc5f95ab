import type { SandboxSettings } from '../sandbox.ts';
import type { Mount, MountContext } from './mounts.ts';
import { binds, mounts, tmpfs } from './mounts.ts';
import { networkMode } from './networks.ts';
import { bindings, publishAddress, publishAll } from './ports.ts';
import { closed, flag, list, type Reader, record, text, whole, zero, zeroOr } from './read.ts';

/** What official images of databases need to change to their own user; nothing of it reaches beyond the container. */
export const CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETPCAP',
  'SETUID',
] as const;
const KNOWN: ReadonlySet<string> = new Set(CAPABILITIES);

/** Without it a set-user-id program in the image could gain what was dropped. */
export const NO_NEW_PRIVILEGES = 'no-new-privileges:true';

/** The engine's own default grows until the disk is full. */
export const LOG = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } } as const;

const MAX_RETRIES = 10;

/** Fields that are open only when they hold nothing. Each is a way to the host or to somebody else's container. */
const ZERO = [
  ...['Annotations', 'BlkioDeviceReadBps', 'BlkioDeviceReadIOps', 'BlkioDeviceWriteBps', 'BlkioDeviceWriteIOps'],
  ...['BlkioWeight', 'BlkioWeightDevice', 'Cgroup', 'CgroupParent', 'ContainerIDFile', 'CpuCount', 'CpuPercent'],
  ...['CpuPeriod', 'CpuQuota', 'CpuRealtimePeriod', 'CpuRealtimeRuntime', 'CpuShares', 'CpusetCpus', 'CpusetMems'],
  ...['DeviceCgroupRules', 'DeviceRequests', 'Devices', 'Dns', 'DnsOptions', 'DnsSearch', 'ExtraHosts', 'GroupAdd'],
  ...['IOMaximumBandwidth', 'IOMaximumIOps', 'Isolation', 'KernelMemory', 'KernelMemoryTCP', 'Links', 'MaskedPaths'],
  ...['OomKillDisable', 'OomScoreAdj', 'PidMode', 'Privileged', 'ReadonlyPaths', 'Runtime', 'StorageOpt', 'Sysctls'],
  ...['UTSMode', 'UsernsMode', 'VolumeDriver', 'VolumesFrom'],
] as const;

export interface HostConfig {
  /** The network that was asked for, as the client calls it. */
  readonly network: string;
  readonly mounts: readonly Mount[];
  /** What is sent, without network and mounts. */
  readonly built: object;
}

/** HostConfig, built anew: what is forced, what stays within a ceiling, and nothing else. */
export const hostConfig = (sandbox: SandboxSettings, context: MountContext): Reader<HostConfig> =>
  record((take) => {
    for (const name of ZERO) take(name, zero);
    take('IpcMode', zeroOr('private'));
    take('CgroupnsMode', zeroOr('private'));
    take('MemorySwappiness', zeroOr(-1));
    take('SecurityOpt', securityOptions);
    take('LogConfig', logConfig);
    take('PublishAllPorts', publishAll);
    const memory = take('Memory', whole(1, sandbox.memory)) || sandbox.memory;
    take('MemorySwap', zeroOr(memory));
    const reserved = take('MemoryReservation', whole(1, memory));
    const cpus = take('NanoCpus', whole(1, nano(sandbox)));
    const pids = take('PidsLimit', whole(1, sandbox.pids));
    const dropped = take('CapDrop', capabilities);
    const added = take('CapAdd', capabilities) ?? [];
    const shm = take('ShmSize', whole(1, memory));
    const console = take('ConsoleSize', list(whole(0, 10_000), 2));
    const files = take('Ulimits', list(ulimit, 1)) ?? [];
    return {
      network: take('NetworkMode', networkMode),
      mounts: [...take('Binds', binds(context)), ...take('Mounts', mounts(context))],
      built: {
        Memory: memory,
        MemorySwap: memory, // memory and swap together: no swap
        ...(reserved > 0 ? { MemoryReservation: reserved } : {}),
        NanoCpus: cpus || nano(sandbox),
        PidsLimit: pids || sandbox.pids,
        CapDrop: ['ALL'],
        CapAdd: granted(dropped ?? [], added),
        SecurityOpt: [NO_NEW_PRIVILEGES],
        // The defaults of old API versions are the host's and a shared one (moby: api/server/router/container).
        CgroupnsMode: 'private',
        IpcMode: 'private',
        LogConfig: LOG,
        RestartPolicy: take('RestartPolicy', restartPolicy),
        AutoRemove: take('AutoRemove', flag),
        ReadonlyRootfs: take('ReadonlyRootfs', flag),
        ...(take('Init', flag) ? { Init: true } : {}),
        ...(shm > 0 ? { ShmSize: shm } : {}),
        ...(console?.length === 2 ? { ConsoleSize: console } : {}),
        ...(files.length > 0 ? { Ulimits: files } : {}),
        Tmpfs: take('Tmpfs', tmpfs(memory)),
        PortBindings: take('PortBindings', bindings(publishAddress(sandbox, context.scope))),
      },
    };
  });

/** CPUs as the engine counts them. */
export const nano = ({ cpus }: SandboxSettings): number => Math.floor(cpus * 1e9);

const capability: Reader<string> = (value, at) =>
  text(/^[A-Za-z_]{1,40}$/)(value, at)
    .toUpperCase()
    .replace(/^CAP_/, '');

const capabilities: Reader<readonly string[] | null> = list(capability, 64);

/** Without all that were dropped, then with those that were added; never one that is not in the list. */
function granted(dropped: readonly string[], added: readonly string[]): readonly string[] {
  for (const name of added) {
    if (!KNOWN.has(name)) closed('HostConfig.CapAdd', `${name} is none of ${CAPABILITIES.join(', ')}`);
  }
  const none = dropped.includes('ALL');
  return CAPABILITIES.filter((name) => added.includes(name) || !(none || dropped.includes(name)));
}

/** `no-new-privileges` is set anyway; every other option loosens something. */
const securityOptions: Reader<undefined> = (value, at) => {
  const option = text(/^[^\u0000]{1,4096}$/u);
  for (const given of list(option, 16)(value, at) ?? []) {
    if (!/^no-new-privileges(?:[:=]true)?$/.test(given)) closed(at, 'only no-new-privileges is');
  }
  return undefined;
};

/** Other drivers send to an address of the caller's choice. */
const logConfig: Reader<undefined> = record((take) => {
  take('Type', zeroOr('json-file'));
  take('Config', zero);
  return undefined;
});

/** `always` and `unless-stopped` would outlive the box: the engine starts such containers when it starts. */
const restartPolicy: Reader<{ readonly Name: string; readonly MaximumRetryCount: number }> = record((take, at) => {
  const name = take('Name', text(/^[a-z-]{1,20}$/));
  const count = take('MaximumRetryCount', whole(1, MAX_RETRIES));
  if (name === 'on-failure') return { Name: name, MaximumRetryCount: count || MAX_RETRIES };
  if (name !== '' && name !== 'no') closed(`${at}.Name`, 'only no and on-failure are');
  return { Name: 'no', MaximumRetryCount: 0 };
});

const MAX_FILES = 1_048_576;

/** Open files, as databases ask for. */
const ulimit = record((take, at) => {
  const name = take('Name', text(/^[a-z]{1,20}$/));
  if (name !== 'nofile') closed(`${at}.Name`, 'only nofile is');
  return { Name: name, Soft: take('Soft', whole(1, MAX_FILES)), Hard: take('Hard', whole(1, MAX_FILES)) };
});
