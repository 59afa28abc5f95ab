import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import type { Endpoint, FoundSocket } from '../core/probing.ts';
import { errno } from './files.ts';
import type { Doers } from './main.ts';
import { connectTo, converse } from './network.ts';

/** SSH2_AGENTC_REQUEST_IDENTITIES and its answer's type, with a length before (draft-miller-ssh-agent, section 3.1). */
const IDENTITIES_REQUEST = '\x00\x00\x00\x01\x0b';
const IDENTITIES_ANSWER = '\x0c';
const PING = 'GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n';

interface Canary {
  readonly server: Server;
  callers: number;
}

const canaries = new Map<string, Canary>();
process.on('exit', () => {
  for (const { server } of canaries.values()) server.close(); // removes its file, too
});

/** What each real server says, as far as the attacks look. */
const ANSWERS: Record<Parameters<Doers['serve']>[0]['as'], (heard: string) => string | undefined> = {
  engine: (heard) =>
    heard.startsWith('GET /_ping')
      ? 'HTTP/1.1 200 OK\r\nApi-Version: 1.51\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK'
      : 'HTTP/1.1 404 Not Found\r\nApi-Version: 1.51\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"message":"page not found"}\n',
  'ssh-agent': (heard) =>
    heard === IDENTITIES_REQUEST ? `\x00\x00\x00\x05${IDENTITIES_ANSWER}\x00\x00\x00\x00` : undefined,
  'gpg-agent': () => undefined,
  editor: () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n""',
  silent: () => undefined,
};

const key = (at: Endpoint): string => ('socket' in at ? at.socket : `${at.host}:${at.port}`);

function serve(at: Endpoint, as: Parameters<Doers['serve']>[0]['as']): Promise<{ done: true }> {
  const canary: Canary = { server: createServer(), callers: 0 };
  canary.server.on('connection', (socket) => {
    canary.callers++;
    socket.on('error', () => {
      // The caller has gone; it has been counted.
    });
    if (as === 'gpg-agent') socket.write('OK Pleased to meet you\n');
    socket.on('data', (chunk: Buffer) => {
      const answer = ANSWERS[as](chunk.toString('latin1'));
      if (answer !== undefined) socket.write(Buffer.from(answer, 'latin1'));
      if (answer?.startsWith('HTTP/')) socket.end();
    });
  });
  if ('socket' in at) mkdirSync(dirname(at.socket), { recursive: true });
  return new Promise((resolve, reject) => {
    canary.server.once('error', reject);
    const ready = (): void => {
      canaries.set(key(at), canary);
      resolve({ done: true });
    };
    if ('socket' in at) canary.server.listen(at.socket, ready);
    else canary.server.listen(at.port, at.host, ready);
  });
}

function bind(path: string, keep: boolean): Promise<{ done: true }> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      if (keep) canaries.set(path, { server, callers: 0 });
      else server.close();
      resolve({ done: true });
    });
  });
}

function* socketFiles(folder: string, depth: number): Generator<string> {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return; // not ours to list; listening sockets in it are in /proc/net/unix all the same
  }
  for (const name of names.slice(0, 2000)) {
    const path = join(folder, name);
    try {
      const stat = lstatSync(path);
      if (stat.isSocket()) yield path;
      else if (stat.isDirectory() && depth > 0) yield* socketFiles(path, depth - 1);
    } catch {
      // gone meanwhile
    }
  }
}

/**
 * An abstract name as /proc/net/unix has it: it starts with `@`, and every zero byte in it is shown as another. Some
 * programs fill it up with zeros to the end (unix(7): all 108 bytes count then), so both are tried.
 */
const abstract = (name: string): readonly string[] => [
  ...new Set([`\0${name.slice(1)}`, name.replaceAll('@', '\0'), `\0${name.slice(1).replace(/(?<!@)@+$/, '')}`]),
];

/** How a path is shown. */
export const shown = (path: string): string => path.replaceAll('\0', '@').replace(/(?<=^@|[^@])@+$/, '');

/** Paths of /proc/net/unix (proc_net(5)), as connect(2) takes them. */
export const listed = (): readonly string[] =>
  readFileSync('/proc/net/unix', 'latin1')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/)[7] ?? '')
    .flatMap((path) => (path.startsWith('@') ? abstract(path) : path.startsWith('/') ? [path] : []));

async function look(path: string): Promise<FoundSocket> {
  const talk = async (bytes: string): Promise<string> => {
    try {
      return await converse(await connectTo({ socket: path }, 10_000), { bytes, timeoutMs: 1500 });
    } catch {
      return '';
    }
  };
  try {
    const socket = await connectTo({ socket: path }, 10_000);
    const greeting = await converse(socket, { bytes: '', timeoutMs: 500 });
    const [ping = '', identities = ''] = await Promise.all([talk(PING), talk(IDENTITIES_REQUEST)]);
    return {
      path: shown(path),
      connect: 'ok',
      greeting: greeting.slice(0, 80),
      engine:
        /^HTTP\/1\.[01] 200 /.test(ping) && /^(?:api-version|docker-experimental|libpod-api-version): /im.test(ping),
      sshAgent: identities[4] === IDENTITIES_ANSWER,
    };
  } catch (error) {
    return { path: shown(path), connect: errno(error), greeting: '', engine: false, sshAgent: false };
  }
}

export const sockets = {
  async sockets({ folders, skip }) {
    const paths = new Set([...listed(), ...folders.flatMap((folder) => [...socketFiles(folder, 6)])]);
    const chosen = [...paths].filter((path) => skip === undefined || !path.includes(skip)).slice(0, 300);
    return await Promise.all(chosen.map(look));
  },
  serve: ({ at, as }) => serve(at, as),
  callers: ({ at }) => ({ count: canaries.get(key(at))?.callers ?? -1 }),
  async bind({ path, keep }) {
    const result = await bind(path, keep === true);
    if (keep !== true) rmSync(path, { force: true });
    return result;
  },
} satisfies Partial<Doers>;
