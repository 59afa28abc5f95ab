import { closeSync, constants, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { EditorProcess, Listener } from '../core/probing.ts';
import { errno } from './files.ts';
import type { Doers } from './main.ts';
import { processIds } from './reach.ts';

/**
 * Servers that editors leave in a container, by folder or main file: VS Code and what is made from it, code-server,
 * JetBrains (remote-dev-server, its CLion and IDEA launchers below .cache/JetBrains/RemoteDev) and Zed.
 */
const SERVER =
  /(?:^|[/\0])(?:\.?(?:vscode|vscode-insiders|cursor|windsurf|trae|positron)(?:-remote)?-server|code-server[^/\0]*|openvscode-server[^/\0]*|RemoteDev|remote-dev-server(?:\.sh)?|zed-remote-server[^/\0]*)(?:[/\0]|$)|\/server-main\.js(?:\0|$)|\/out\/bootstrap-fork(?:\0|$)/;

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly words: readonly string[];
  readonly server: boolean;
}

function seen(pid: number): Seen[] {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    // The name, in brackets, may hold anything (proc_pid_stat(5)); what follows it starts with state and parent.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const parent = Number(
      stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .at(1),
    );
    const words = command.split('\0').filter((word) => word !== '');
    // Only names of files count: a shell that is told to look for a server is none.
    const names = words.filter((word) => !/\s/.test(word)).join('\0');
    return [{ pid, parent, words, server: SERVER.test(names) }];
  } catch {
    return []; // ended meanwhile
  }
}

/** Addresses in /proc/net/tcp are words of four bytes in the machine’s order (proc_net(5)): little-endian on all of ours. */
function address(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [6, 4, 2, 0].map((at) => word.slice(at, at + 2)));
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  return Array.from({ length: 8 }, (_, at) => `${bytes[2 * at]}${bytes[2 * at + 1]}`.toLowerCase()).join(':');
}

/** State 0A is TCP_LISTEN. */
function listening(): readonly (Listener & { readonly inode: string })[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => {
    let text: string;
    try {
      text = readFileSync(path, 'latin1');
    } catch (error) {
      if (errno(error) === 'ENOENT') return []; // no IPv6 in this kernel
      throw error;
    }
    return text
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A')
      .map((fields) => {
        const [hex = '', port = ''] = (fields[1] ?? '').split(':');
        return { host: address(hex), port: Number.parseInt(port, 16), inode: fields[9] ?? '' };
      });
  });
}

/** Unix sockets that accept connections (flag __SO_ACCEPTCON, 00010000), by inode. */
const accepting = (): ReadonlyMap<string, string> =>
  new Map(
    readFileSync('/proc/net/unix', 'latin1')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '00010000')
      .map((fields): [string, string] => [fields[6] ?? '', fields[7] ?? '']),
  );

function socketsOf(pid: number): { readonly code: string; readonly inodes: readonly string[] } {
  try {
    const inodes = readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.[1] ?? [];
      } catch {
        return []; // closed meanwhile
      }
    });
    return { code: 'ok', inodes };
  } catch (error) {
    return { code: errno(error), inodes: [] };
  }
}

function programsOf({ pid, words }: Seen): readonly string[] {
  const scripts = words.filter((word) => /\.[cm]?js$|\/bootstrap-fork$|\.sh$/.test(word));
  // `--extensions-dir`, `--user-data-dir`, `--server-data-dir`: code and settings of the server.
  const folders = words.flatMap((word, at) => {
    const [name = '', value] = word.split('=');
    return /^--[a-z-]+-dir$/.test(name) ? (value ?? words[at + 1] ?? []) : [];
  });
  const named = [...scripts, ...folders].filter((path) => isAbsolute(path));
  try {
    return [readlinkSync(`/proc/${pid}/exe`), ...named];
  } catch {
    return named;
  }
}

export const editors = {
  listeners: () => listening().map(({ host, port }) => ({ host, port })),
  editors({ only, skip }) {
    const all = processIds().flatMap(seen);
    const family = new Set(all.filter(({ server }) => server).map(({ pid }) => pid));
    for (let size = 0; size !== family.size; ) {
      size = family.size;
      for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
    }
    const unix = accepting();
    const tcp = listening();
    const processes = all
      .filter(({ pid, words }) => {
        const text = words.join(' ');
        return family.has(pid) && (only === undefined || text.includes(only)) && !(skip && text.includes(skip));
      })
      .map((one): EditorProcess => {
        const { code, inodes } = socketsOf(one.pid);
        return {
          pid: one.pid,
          command: one.words.join(' ').slice(0, 300),
          server: one.server,
          files: code,
          sockets: inodes.flatMap((inode) => unix.get(inode) || []),
          listeners: tcp.filter(({ inode }) => inodes.includes(inode)).map(({ host, port }) => ({ host, port })),
          programs: programsOf(one),
        };
      });
    return { seen: all.length, processes };
  },
  memory: ({ pids }) =>
    Object.fromEntries(
      pids.map((pid) => {
        try {
          // The check is the one of ptrace(2)’s PTRACE_ATTACH (proc_pid_mem(5): PTRACE_MODE_ATTACH_FSCREDS).
          closeSync(openSync(`/proc/${pid}/mem`, constants.O_RDWR));
          return [String(pid), 'ok'];
        } catch (error) {
          return [String(pid), errno(error)];
        }
      }),
    ),
} satisfies Partial<Doers>;
