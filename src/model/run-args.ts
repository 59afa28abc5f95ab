import type { Located, Span } from '../core/span.ts';
import { type Mount, mountString, shortMount } from './mount.ts';
import type { Flag, Port, Variable } from './workspace.ts';

export interface RunArgs {
  readonly flags: readonly Located<Flag>[];
  readonly mounts: readonly Located<Mount>[];
  readonly environment: readonly Located<Variable>[];
  readonly ports: readonly Located<Port>[];
  readonly user: Located<string> | undefined;
}

/** `docker run` options that take a value, and what compose calls the setting. */
const VALUED: Readonly<Record<string, string>> = {
  '--cap-add': 'cap_add',
  '--cap-drop': 'cap_drop',
  '--security-opt': 'security_opt',
  '--network': 'network_mode',
  '--net': 'network_mode',
  '--pid': 'pid',
  '--ipc': 'ipc',
  '--uts': 'uts',
  '--userns': 'userns_mode',
  '--cgroupns': 'cgroup',
  '--cgroup-parent': 'cgroup_parent',
  '--device': 'devices',
  '--device-cgroup-rule': 'device_cgroup_rules',
  '--group-add': 'group_add',
  '--memory': 'mem_limit',
  '-m': 'mem_limit',
  '--cpus': 'cpus',
  '--pids-limit': 'pids_limit',
  '--add-host': 'extra_hosts',
  '--volumes-from': 'volumes_from',
  '--runtime': 'runtime',
  '--gpus': 'gpus',
  '--env-file': 'env_file',
  '--volume': '-v',
  '-v': '-v',
  '--mount': '--mount',
  '--env': '-e',
  '-e': '-e',
  '--publish': '-p',
  '-p': '-p',
  '--user': '-u',
  '-u': '-u',
  '--name': '',
  '--hostname': '',
  '-h': '',
  '--label': '',
  '-l': '',
  '--shm-size': '',
  '--ulimit': '',
  '--entrypoint': '',
  '--workdir': '',
  '-w': '',
  '--platform': '',
  '--tmpfs': '',
  '--sysctl': '',
  '--dns': '',
  '--restart': 'restart',
  '--log-driver': '',
  '--log-opt': 'log_opt',
  '--mac-address': '',
  '--ip': '',
  '--network-alias': '',
  '--cpuset-cpus': '',
  '--cpu-shares': '',
  '-c': '',
  '--memory-swap': '',
};

const SWITCHES: Readonly<Record<string, string>> = {
  '--privileged': 'privileged',
  '--init': 'init',
  '--read-only': 'read_only',
  '--use-api-socket': 'use_api_socket',
  '--publish-all': 'publish_all',
  '-P': 'publish_all',
};

export interface Argument extends Located<string> {
  /** Has a variable whose value is not known. */
  readonly open: boolean;
  readonly hostVariables: readonly string[];
}

/** The options of `docker run` in `runArgs`: `--name=value`, `--name value`, `-vvalue`, switches with `=true`. */
export function readRunArgs(args: readonly Argument[], folder: string): RunArgs {
  const flags: Located<Flag>[] = [];
  const mounts: Located<Mount>[] = [];
  const environment: Located<Variable>[] = [];
  const ports: Located<Port>[] = [];
  let user: Located<string> | undefined;
  for (let i = 0; i < args.length; i++) {
    const argument = args[i];
    if (!argument) break;
    const { name, value: attached } = parts(argument.value);
    const flag = SWITCHES[name];
    if (flag !== undefined) {
      if (attached === undefined || /^(?:true|1|t)$/i.test(attached)) {
        flags.push({ value: { name: flag, value: 'true' }, span: argument.span });
      }
      continue;
    }
    const kind = VALUED[name];
    if (kind === undefined) continue;
    const next = attached === undefined ? args[++i] : undefined;
    const value = attached ?? next?.value;
    if (value === undefined || kind === '') continue;
    const open = argument.open || next?.open === true;
    const span = next ? cover(argument.span, next.span) : argument.span;
    const hostVariables = [...argument.hostVariables, ...(next?.hostVariables ?? [])];
    if (kind === '-v' || kind === '--mount') {
      const mount = kind === '-v' ? shortMount(value, folder, open) : mountString(value, folder, open);
      if (mount) mounts.push({ value: { ...mount, hostVariables }, span });
    } else if (kind === '-e') {
      environment.push({ value: variable(value, hostVariables), span });
    } else if (kind === '-p') {
      ports.push({ value: shortPort(value), span });
    } else if (kind === '-u') user = { value, span };
    else flags.push({ value: { name: kind, value }, span });
  }
  return { flags, mounts, environment, ports, user };
}

function parts(argument: string): { name: string; value: string | undefined } {
  const long = /^(--[a-z][\w-]*)(?:=([\s\S]*))?$/i.exec(argument);
  if (long?.[1]) return { name: long[1], value: long[2] };
  // One-letter options take their value in the same word: `-v/run:/run`, `-e=A=b`.
  // Switches may stand before it: `-itv /run:/run`.
  const short = /^-[itdq]*([vepumlhwc])(?:=?([\s\S]+))?$/.exec(argument);
  if (short?.[1]) return { name: `-${short[1]}`, value: short[2] };
  return { name: argument, value: undefined };
}

const cover = (a: Span, b: Span): Span => (a.file === b.file ? { file: a.file, start: a.start, end: b.end } : a);

/** `NAME=value`; `NAME` alone is taken from the host. */
export function variable(text: string, hostVariables: readonly string[]): Variable {
  const equals = text.indexOf('=');
  if (equals < 0) return { name: text, value: undefined, kind: 'container', hostVariables: [text] };
  return { name: text.slice(0, equals), value: text.slice(equals + 1), kind: 'container', hostVariables };
}

/** `[ADDRESS:][HOST:]CONTAINER[/PROTOCOL]` with an IPv6 address in brackets. */
export function shortPort(text: string): Port {
  const match = /^(?:(\[[^\]]*\]|[^:[\]]*):)?(?:([^:]*):)?([^:]*?)(?:\/\w+)?$/.exec(text);
  const [, first, second, target = ''] = match ?? [];
  if (second !== undefined) return { address: (first ?? '').replace(/[[\]]/g, ''), published: second, target };
  if (match) return { address: '', published: first ?? '', target };
  // An IPv6 address without its brackets; anything else stays in sight as it is.
  const bare = /^([\da-f:]+):([\d-]*):([\d-]+)(?:\/\w+)?$/i.exec(text);
  return { address: bare?.[1] ?? '', published: bare?.[2] ?? '', target: bare?.[3] ?? text };
}
