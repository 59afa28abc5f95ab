import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { ToolError } from '../../core/errors.ts';
import { ANYWHERE } from './health.ts';
import type { Address } from './settings.ts';

/** Connections that wait to be accepted: as many as come at once when a team starts its editors. */
const BACKLOG = 511;
/** Owner and group may connect; connect(2) needs write permission for the socket (unix(7)). */
const SOCKET_MODE = 0o660;

/** Binds a server. A socket that a killed process left behind is taken over, one that somebody serves is not. */
export async function listen(server: net.Server, address: Address): Promise<void> {
  try {
    await bind(server, address);
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!taken || address.kind !== 'unix' || !(await isLeftOver(address.path))) throw wrong(error);
    unlinkSync(address.path);
    await bind(server, address).catch((again) => Promise.reject(wrong(again)));
  }
  if (address.kind === 'unix') chmodSync(address.path, SOCKET_MODE);
}

const wrong = (error: unknown): ToolError =>
  new ToolError(
    'settings-invalid',
    `cannot listen there: ${error instanceof Error ? error.message : String(error)}`,
    'Choose a free --listen address.',
    { cause: error },
  );

function bind(server: net.Server, address: Address): Promise<void> {
  const place = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...place, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isLeftOver(path: string): Promise<boolean> {
  if (!lstatSync(path).isSocket()) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = net.connect(path);
    const tell = (left: boolean): void => {
      socket.destroy();
      resolve(left);
    };
    socket.on('connect', () => tell(false));
    // Nobody listens (connect(2)); anything else could be a living server.
    socket.on('error', (error) => tell('code' in error && error.code === 'ECONNREFUSED'));
  });
}

export function addressOf(server: net.Server): string {
  const bound = server.address();
  if (bound === null) throw new Error('the listener has no address');
  if (typeof bound === 'string') return `unix://${bound}`;
  return `tcp://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
}

/** Whether a connection comes from our own container. If we listen there and nowhere else, that says nothing. */
export const isOwn = (socket: net.Socket, address: Address): boolean =>
  address.kind === 'tcp' && ANYWHERE.has(address.host) && LOOPBACK.has(socket.remoteAddress ?? '');

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
