import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import { connect as open, type Socket } from 'node:net';
import type { Endpoint, Facts } from '../core/probing.ts';
import type { Doers } from './main.ts';

const BODY = 256 * 1024;
/** How long an answer may take on a busy machine. */
const PATIENCE_MS = 30_000;
/** A reply is complete when it has been silent this long. */
const QUIET_MS = 300;

const timeout = (ms: number): Error => Object.assign(new Error(`no answer in ${ms} ms`), { code: 'timeout' });

const options = (to: Endpoint): { path: string } | { host: string; port: number } =>
  'socket' in to ? { path: to.socket } : { host: to.host, port: to.port };

/** A connected socket, or the errno of connect(2). */
export function connectTo(to: Endpoint, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = open(options(to));
    const timer = setTimeout(() => {
      socket.destroy();
      // Told apart from an answer that does not come: here not even the connection came about.
      reject(Object.assign(new Error(`no connection in ${timeoutMs} ms`), { code: 'connect-timeout' }));
    }, timeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

interface Talk {
  readonly bytes: string;
  readonly next?: string | undefined;
  readonly until?: string | undefined;
  readonly timeoutMs: number;
}

/** Sends, and collects what comes until silence, the end, or the text that is waited for. */
export function converse(socket: Socket, { bytes, next: second, until, timeoutMs }: Talk): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    let next = second;
    let quiet: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(limit);
      clearTimeout(quiet);
      socket.destroy();
      resolve(text);
    };
    const limit = setTimeout(finish, timeoutMs);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (next !== undefined) {
        socket.write(Buffer.from(next, 'latin1'));
        next = undefined;
        return;
      }
      if (text.length > BODY || (until !== undefined && text.includes(until))) return finish();
      clearTimeout(quiet);
      if (until === undefined) quiet = setTimeout(finish, QUIET_MS);
    });
    socket.on('close', finish);
    socket.on('error', finish);
    if (bytes !== '') socket.write(Buffer.from(bytes, 'latin1'));
  });
}

function http(action: Parameters<Doers['http']>[0]): Promise<Facts['http']> {
  const timeoutMs = action.timeoutMs ?? PATIENCE_MS;
  return new Promise((resolve, reject) => {
    let body = '';
    const sent = request({
      ...('socket' in action.to ? { socketPath: action.to.socket } : { host: action.to.host, port: action.to.port }),
      method: action.method,
      path: action.path,
      headers: { Host: 'docker', Connection: 'close', ...action.headers },
      agent: false,
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      sent.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(timeout(timeoutMs)), timeoutMs);
    sent.on('error', fail);
    sent.on('upgrade', (response, socket) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: {}, body: '' });
    });
    sent.on('response', (response) => {
      const finish = (): void => {
        clearTimeout(timer);
        sent.destroy();
        const headers = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
        );
        resolve({ status: response.statusCode ?? 0, headers, body });
      };
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString('latin1');
        if (body.length > BODY) finish();
      });
      response.on('end', finish);
      response.on('error', fail);
    });
    sent.end(action.body);
  });
}

/** The name is looked up once: a name that nobody has is an error, not ten thousand closed ports. */
async function ports(name: string, from: number, to: number): Promise<number[]> {
  const { address: host } = await lookup(name);
  const open: number[] = [];
  let next = from;
  const work = async (): Promise<void> => {
    while (next <= to) {
      const port = next++;
      try {
        (await connectTo({ host, port }, 2000)).destroy();
        open.push(port);
      } catch {
        // Refused or silent: nobody serves there.
      }
    }
  };
  await Promise.all(Array.from({ length: 100 }, work));
  return open.sort((a, b) => a - b);
}

export const network = {
  async connect({ to, timeoutMs }) {
    (await connectTo(to, timeoutMs ?? 3000)).destroy();
    return { connected: true };
  },
  ports: ({ host, from, to }) => ports(host, from, to),
  http,
  async raw({ to, bytes, until, next, timeoutMs = 5000 }) {
    return { text: await converse(await connectTo(to, PATIENCE_MS), { bytes, until, next, timeoutMs }) };
  },
  resolve: async ({ name }) => (await lookup(name, { all: true })).map(({ address }) => address),
} satisfies Partial<Doers>;
