import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Forward, startForward } from '../../src/sidecars/forward/server.ts';
import { FORWARD_LIMITS, type ForwardLimits } from '../../src/sidecars/forward/settings.ts';

/** A port that nobody has now, on both loopbacks. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof bound !== 'object' || bound === null) throw new Error('no port');
  return bound.port;
}

export interface Rig {
  readonly folder: string;
  readonly port: number;
  readonly proxy: number;
  readonly told: { readonly event: string; readonly detail: Readonly<Record<string, unknown>> }[];
  readonly forward: Forward;
  /** Lets `handle` serve what comes for the port. */
  serve(handle: (socket: net.Socket) => void, path?: string): Promise<net.Server>;
  /** Adds to what is closed at the end. */
  keep(server: net.Server): net.Server;
  close(): Promise<void>;
}

/** The sidecar's half: it listens, and what stands for the agent's container is a socket in its folder. */
export async function forwardRig(limits: Partial<ForwardLimits> = {}): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-forward-'));
  const [port, proxy] = [await freePort(), await freePort()];
  const told: { event: string; detail: Readonly<Record<string, unknown>> }[] = [];
  const forward = await startForward(
    { folder, ports: [port], proxy, listen: 'loopback', limits: { ...FORWARD_LIMITS, ...limits } },
    (event, detail) => void told.push({ event, detail }),
  );
  const servers: net.Server[] = [];
  const sockets = new Set<net.Socket>();
  const keep = (server: net.Server): net.Server => {
    servers.push(server);
    server.on('connection', (socket: net.Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    return server;
  };
  return {
    folder,
    port,
    proxy,
    told,
    forward,
    keep,
    async serve(handle, path = join(folder, `${port}.sock`)) {
      const server = keep(net.createServer({ allowHalfOpen: true }, handle));
      await new Promise<void>((resolve) => server.listen(path, resolve));
      return server;
    },
    async close() {
      await forward.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function dial(port: number, host = '127.0.0.1'): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => {}); // told by `close`
      resolve(socket);
    });
  });
}

/** Everything that comes until the other side ends. Undefined: it was cut off. */
export function rest(socket: net.Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.once('end', () => resolve(text));
    socket.once('close', () => resolve(undefined));
  });
}

/** Until something is so; the test's own limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
