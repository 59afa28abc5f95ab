import net from 'node:net';
import type { Audit } from '../audit.ts';
import { makeGate } from './gate.ts';
import { cut, join, SOCKET } from './join.ts';
import { listenBoth } from './listen.ts';
import { connectTo } from './place.ts';
import { makeProxy } from './proxy.ts';
import { codeOf, reach } from './reach.ts';
import type { ForwardSettings } from './settings.ts';

/** What went through is told so often. */
const TELL_MS = 60_000;
/** A peer that is gone without a word is found out (tcp(7)); one that is only silent, such as a WebSocket, is left alone. */
const PROBE_MS = 60_000;

/** Leads a client to the app behind a port, or says why not. The connection counts as open as long as the client's is. */
export type Connect = (port: number, client: net.Socket) => Promise<net.Socket | 'app' | 'full'>;

export interface Forward {
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

export async function startForward(settings: ForwardSettings, audit: Audit): Promise<Forward> {
  const { folder, ports, proxy, listen, limits } = settings;
  const gate = makeGate(limits, ports, audit);
  const open = new Set<net.Socket>();
  const keep = (socket: net.Socket): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };

  const connect: Connect = async (port, client) => {
    const pass = gate.enter(port);
    if (!pass) return 'full';
    const reached = await reach([() => connectTo(folder, port)], () => !client.destroyed, limits.patienceMs);
    if ('code' in reached) {
      pass.end({ up: 0, down: 0 });
      audit('unreachable', { port, code: reached.code });
      return 'app';
    }
    const { socket } = reached;
    keep(socket);
    socket.once('close', () => pass.end({ up: socket.bytesWritten, down: socket.bytesRead }));
    if (client.destroyed) socket.destroy();
    return socket;
  };

  async function forward(client: net.Socket, port: number): Promise<void> {
    client.on('error', () => {});
    keep(client);
    try {
      const app = await connect(port, client);
      if (typeof app === 'string') cut(client);
      else if (!client.destroyed) join(client, app);
    } catch (error) {
      audit('failed', { port, code: codeOf(error) });
      cut(client);
    }
  }

  const servers: net.Server[] = [];
  const close = async (): Promise<void> => {
    clearInterval(clock);
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const socket of open) cut(socket);
    await Promise.all(closed);
    gate.tell();
  };
  const clock = setInterval(gate.tell, TELL_MS);
  const options = {
    ...SOCKET,
    pauseOnConnect: true, // until there is somebody to pass it on to
    keepAlive: true,
    keepAliveInitialDelay: PROBE_MS,
  };
  try {
    for (const port of ports) {
      const make = (): net.Server => net.createServer(options, (client) => void forward(client, port));
      servers.push(...(await listenBoth(make, port, listen)));
    }
    if (proxy !== undefined) {
      const make = (): net.Server => {
        const server = makeProxy(new Set(ports), connect, audit, limits.total);
        server.on('connection', keep);
        return server;
      };
      servers.push(...(await listenBoth(make, proxy, listen)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const addresses = servers.map((server) => {
    const bound = server.address();
    return typeof bound === 'object' && bound ? `${bound.address} ${bound.port}` : '';
  });
  audit('started', { ports: ports.join(','), proxy: proxy ?? 'none', listen });
  return { addresses, close };
}
