import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Facts, ProcessStatus } from '../core/probing.ts';
import { errno } from './files.ts';
import type { Doers } from './main.ts';

const KEPT = 64 * 1024;
const bystanders: ChildProcess[] = [];
process.on('exit', () => {
  for (const child of bystanders) child.kill('SIGKILL');
});

function status(path: string): ProcessStatus {
  const text = readFileSync(path, 'utf8');
  const field = (name: string): string => {
    const value = new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(text)?.[1];
    if (value === undefined) throw Object.assign(new Error(`no ${name} in ${path}`), { code: 'no-field' });
    return value;
  };
  const numbers = (name: string): number[] => field(name).split(/\s+/).filter(Boolean).map(Number);
  const [noNewPrivileges = Number.NaN] = numbers('NoNewPrivs');
  const [seccomp = Number.NaN] = numbers('Seccomp');
  return {
    uids: numbers('Uid'),
    groups: [...numbers('Gid'), ...numbers('Groups')],
    capabilities: {
      CapInh: field('CapInh'),
      CapPrm: field('CapPrm'),
      CapEff: field('CapEff'),
      CapBnd: field('CapBnd'),
      CapAmb: field('CapAmb'),
    },
    noNewPrivileges,
    seccomp,
  };
}

const variable = (name: string): string | null => process.env[name] ?? null;

function environ(pid: number | 'self', nonce: string): Facts['environ'] {
  return readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .filter((entry) => entry.includes('='))
    .map((entry) => {
      const at = entry.indexOf('=');
      const value = entry.slice(at + 1);
      return { name: entry.slice(0, at), empty: value === '', nonce: value.includes(nonce) };
    });
}

function can(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

function firstReadable(paths: readonly string[]): string | null {
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch (error) {
      if (errno(error) !== 'ENOENT' && errno(error) !== 'EACCES') throw error;
    }
  }
  return null;
}

/** cgroup v1 has a number near 2^63 where v2 says `max`. */
const bounded = (value: string | null): string | null =>
  value !== null && /^\d+$/.test(value) && Number(value) > 2 ** 60 ? 'max' : value;

function limits(base: string): Facts['limits'] {
  if (can(() => readFileSync(`${base}/cgroup.controllers`))) {
    return {
      version: 2,
      pids: firstReadable([`${base}/pids.max`]),
      memory: firstReadable([`${base}/memory.max`]),
      swap: firstReadable([`${base}/memory.swap.max`]),
      cpu: firstReadable([`${base}/cpu.max`]),
    };
  }
  const quota = firstReadable([`${base}/cpu/cpu.cfs_quota_us`, `${base}/cpu,cpuacct/cpu.cfs_quota_us`]);
  const period = firstReadable([`${base}/cpu/cpu.cfs_period_us`, `${base}/cpu,cpuacct/cpu.cfs_period_us`]);
  return {
    version: 1,
    pids: firstReadable([`${base}/pids/pids.max`]),
    memory: bounded(firstReadable([`${base}/memory/memory.limit_in_bytes`])),
    // v1 counts memory and swap together.
    swap: bounded(firstReadable([`${base}/memory/memory.memsw.limit_in_bytes`])),
    cpu: quota === null || period === null ? null : `${quota === '-1' ? 'max' : quota} ${period}`,
  };
}

function run(action: Parameters<Doers['run']>[0]): Promise<Facts['run']> {
  const [program = '', ...args] = action.argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: action.cwd,
      env: { ...process.env, ...action.env },
      // Without input, nothing: node's pipes are sockets, and bash takes a socket for a remote shell and reads .bashrc
      // (bash(1), INVOCATION), which would look like a control that works.
      stdio: [action.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: true, // a group of its own: the time limit ends what it started, too
    });
    const text = { stdout: '', stderr: '' };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      if (child.pid !== undefined) can(() => process.kill(-(child.pid ?? 0), 'SIGKILL'));
    }, action.timeoutMs ?? 30_000);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (chunk: Buffer) => {
        if (text[name].length < KEPT) text[name] += chunk.toString('latin1');
      });
    }
    child.stdin?.on('error', () => {
      // It closed its input early; its exit status tells the rest.
    });
    child.stdin?.end(action.input);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (exit) => {
      clearTimeout(timer);
      resolve({ exit, timedOut, stdout: text.stdout, stderr: text.stderr });
    });
  });
}

export const processes = {
  status: ({ file }) => ({
    self: status(file ?? '/proc/self/status'),
    // In the host's process namespace, process 1 is not the container's; it then is in another control group.
    init:
      file === undefined && readFileSync('/proc/1/cgroup', 'utf8') === readFileSync('/proc/self/cgroup', 'utf8')
        ? status('/proc/1/status')
        : null,
    namespaces: Object.fromEntries(
      ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'].map((name) => [
        name,
        readlinkSync(`/proc/self/ns/${name}`),
      ]),
    ),
    home: homedir(),
    environment: {
      DOCKER_HOST: variable('DOCKER_HOST'),
      XDG_RUNTIME_DIR: variable('XDG_RUNTIME_DIR'),
      TMPDIR: variable('TMPDIR'),
      HOME: variable('HOME'),
      PATH: variable('PATH'),
    },
  }),
  environ: ({ pid, nonce }) => environ(pid, nonce),
  processes: () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .flatMap((pid) => {
        let command: string;
        try {
          command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        } catch {
          return []; // ended meanwhile
        }
        return [
          {
            pid,
            command: command.slice(0, 300),
            signalable: can(() => process.kill(pid, 0)),
            environ: can(() => readFileSync(`/proc/${pid}/environ`)),
          },
        ];
      }),
  run,
  bystander({ name, env }) {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', name], {
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
    bystanders.push(child);
    return { pid: child.pid ?? 0 };
  },
  limits: ({ base }) => limits(base ?? '/sys/fs/cgroup'),
} satisfies Partial<Doers>;
