import type net from 'node:net';
import { ToolError } from '../../core/errors.ts';
import type { ForwardSettings } from './settings.ts';

/** Connections that wait to be accepted. */
const BACKLOG = 511;

/** Where a machine has no IPv6 (ip(7), ipv6(7)). */
const NO_IPV6 = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/**
 * The addresses of both families. `all` is one socket for both, where there is IPv6; `loopback` is one for each, because
 * a socket for both would listen everywhere.
 */
export async function listenBoth(
  make: () => net.Server,
  port: number,
  where: ForwardSettings['listen'],
): Promise<readonly net.Server[]> {
  if (where === 'all') return [(await tryListen(make, port, '::')) ?? (await mustListen(make, port, '0.0.0.0'))];
  const four = await mustListen(make, port, '127.0.0.1');
  const bound = four.address();
  const same = typeof bound === 'object' && bound ? bound.port : port;
  const six = await tryListen(make, same, '::1').catch((error: unknown) => {
    four.close();
    throw error;
  });
  return six ? [four, six] : [four];
}

async function tryListen(make: () => net.Server, port: number, host: string): Promise<net.Server | undefined> {
  const server = make();
  return await new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if ('code' in error && typeof error.code === 'string' && NO_IPV6.has(error.code)) resolve(undefined);
      else reject(taken(port, error));
    });
    server.listen({ port, host, backlog: BACKLOG, exclusive: true }, () => {
      server.removeAllListeners('error');
      resolve(server);
    });
  });
}

async function mustListen(make: () => net.Server, port: number, host: string): Promise<net.Server> {
  const server = await tryListen(make, port, host);
  if (!server) throw taken(port, new Error(`${host} is not there`));
  return server;
}

const taken = (port: number, error: Error): ToolError =>
  new ToolError('settings-invalid', `cannot listen on port ${port}: ${error.message}`, 'Choose a port that is free.', {
    cause: error,
  });
