import { rmSync } from 'node:fs';
import net from 'node:net';
import { cut, join, SOCKET } from './join.ts';
import { listenBoth } from './listen.ts';
import { connectTo, socketPath } from './place.ts';
import { reach, type Way } from './reach.ts';

const OPTIONS = { ...SOCKET, pauseOnConnect: true } as const;

function pass(client: net.Socket, ways: readonly Way[]): void {
  client.on('error', () => {});
  void reach(ways, () => !client.destroyed).then((reached) => {
    if ('code' in reached) cut(client);
    else if (client.destroyed) reached.socket.destroy();
    else join(client, reached.socket);
  });
}

/** How the app is found: where it listens depends on how the app reads the name `localhost`. */
const appWays = (port: number): readonly Way[] =>
  ['127.0.0.1', '::1'].map((host) => () => net.connect({ ...SOCKET, host, port }));

/**
 * In the agent's container: a socket for each port, which leads to the app on the container's own loopback. It never
 * listens on a port itself, which would be the one that the app wants.
 */
export async function relayToApps(folder: string, ports: readonly number[]): Promise<readonly net.Server[]> {
  const servers: net.Server[] = [];
  for (const port of ports) {
    const path = socketPath(folder, port);
    rmSync(path, { recursive: true, force: true }); // an earlier life's, or what the agent put there
    const server = net.createServer(OPTIONS, (client) => pass(client, appWays(port)));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    servers.push(server);
  }
  return servers;
}

/** In the editor's container: the same ports on its loopback, so that what runs there finds the app where it says it is. */
export async function relayToSockets(folder: string, ports: readonly number[]): Promise<readonly net.Server[]> {
  const servers: net.Server[] = [];
  for (const port of ports) {
    const make = (): net.Server => net.createServer(OPTIONS, (client) => pass(client, [() => connectTo(folder, port)]));
    servers.push(...(await listenBoth(make, port, 'loopback')));
  }
  return servers;
}
