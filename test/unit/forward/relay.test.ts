import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTo, socketPath } from '../../../src/sidecars/forward/place.ts';
import { relayToApps, relayToSockets } from '../../../src/sidecars/forward/relay.ts';
import { dial, freePort, rest } from '../../support/forward.ts';

let folder: string;
let servers: net.Server[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cofferdam-relay-'));
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  rmSync(folder, { recursive: true, force: true });
});

const echo = async (port: number, host: string): Promise<net.Server> => {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return server;
};

const ask = async (port: number): Promise<string | undefined> => {
  const socket = connectTo(folder, port);
  socket.end('hello');
  return await rest(socket);
};

describe('the relay beside the app', () => {
  it.each(['127.0.0.1', '::1'])('finds an app that listens on %s alone', async (host) => {
    const port = await freePort();
    await echo(port, host);
    servers.push(...(await relayToApps(folder, [port])));
    expect(await ask(port)).toBe('hello');
  });

  it('never takes the app’s port, and waits for an app that comes later', async () => {
    const port = await freePort();
    servers.push(...(await relayToApps(folder, [port])));
    const waiting = ask(port);
    await echo(port, '127.0.0.1'); // would fail if the relay listened there
    expect(await waiting).toBe('hello');
  });

  it.each<readonly [string, (path: string) => void]>([
    ['a folder', (path) => void mkdirSync(join(path, 'x'), { recursive: true })],
    ['a link', (path) => symlinkSync('/nowhere', path)],
    ['a file', (path) => writeFileSync(path, '')],
  ])('takes its place back from %s', async (_, plant) => {
    const port = await freePort();
    plant(socketPath(folder, port));
    await echo(port, '127.0.0.1');
    servers.push(...(await relayToApps(folder, [port])));
    expect(await ask(port)).toBe('hello');
  });
});

describe('the relay beside the editor', () => {
  it('listens on its own loopback, by IPv4 and IPv6, and leads to the same sockets', async () => {
    const port = await freePort();
    const app = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    servers.push(app);
    await new Promise<void>((resolve) => app.listen(socketPath(folder, port), resolve));
    servers.push(...(await relayToSockets(folder, [port])));
    for (const host of ['127.0.0.1', '::1']) {
      const client = await dial(port, host);
      client.end(host);
      expect(await rest(client)).toBe(host);
    }
  });
});
