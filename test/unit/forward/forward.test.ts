import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { connectTo, socketPath } from '../../../src/sidecars/forward/place.ts';
import { reach } from '../../../src/sidecars/forward/reach.ts';
import type { ForwardLimits } from '../../../src/sidecars/forward/settings.ts';
import { dial, forwardRig, type Rig, rest, until } from '../../support/forward.ts';

let rig: Rig | undefined;
const start = async (limits: Partial<ForwardLimits> = {}): Promise<Rig> => {
  rig = await forwardRig(limits);
  return rig;
};
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

/** What an echo answers; undefined where it is refused. */
const ask = async (port: number): Promise<string | undefined> => {
  const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => {});
  client.end('again');
  return await rest(client);
};

describe('a forwarded port', () => {
  it('reaches the app by IPv4 and by IPv6', async () => {
    const { port, serve } = await start();
    await serve((socket) => socket.pipe(socket));
    for (const host of ['127.0.0.1', '::1']) {
      const client = await dial(port, host);
      client.end(`hello from ${host}`);
      expect(await rest(client)).toBe(`hello from ${host}`);
    }
  });

  it('listens on the loopback of both families and nowhere else', async () => {
    const { port, proxy, forward } = await start();
    expect([...forward.addresses].sort()).toEqual(
      [`127.0.0.1 ${port}`, `127.0.0.1 ${proxy}`, `::1 ${port}`, `::1 ${proxy}`].sort(),
    );
  });

  it('keeps a connection that one side has ended, in both directions', async () => {
    const { port, serve } = await start();
    await serve((socket) => {
      let asked = '';
      socket.on('data', (chunk: Buffer) => {
        asked += chunk.toString();
      });
      socket.on('end', () => socket.end(`all of ${asked}`)); // after the client's end
    });
    const first = await dial(port);
    first.end('the question');
    expect(await rest(first)).toBe('all of the question');
    await rig?.close();

    const { port: other, serve: serveOther } = await start();
    const heard = new Promise<string | undefined>((resolve) => {
      void serveOther((socket) => {
        socket.end('the answer'); // before the client's end
        void rest(socket).then(resolve);
      });
    });
    const second = await dial(other);
    expect(await rest(second)).toBe('the answer');
    second.end('said later');
    expect(await heard).toBe('said later');
  });

  it('stops reading what a slow client does not take', async () => {
    const { port, serve } = await start();
    const sent = new Promise<net.Socket>((resolve) => {
      void serve((socket) => {
        const more = (): void => {
          while (socket.write(Buffer.alloc(64 * 1024)));
        };
        socket.on('drain', more);
        more();
        resolve(socket);
      });
    });
    const client = await dial(port);
    client.pause();
    const app = await sent;
    let before = -1;
    // It stands still: nobody along the way takes more.
    while (before !== app.bytesWritten - app.writableLength) {
      before = app.bytesWritten - app.writableLength;
      for (let turn = 0; turn < 2_000; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    const stuck = before;
    expect(stuck).toBeLessThan(16 * 1024 * 1024); // what the kernel's buffers take, and little more
    let got = 0;
    client.on('data', (chunk: Buffer) => {
      got += chunk.length;
    });
    client.resume();
    await until(() => got > 2 * stuck); // and goes on as soon as it is read
    client.destroy();
  });

  it('cuts off what it does not pass on to its end, so that a part is not taken for the whole', async () => {
    const { port, serve, forward } = await start();
    await serve((socket) => {
      socket.on('error', () => {}); // cut off, too
      socket.write('half of');
    });
    const client = await dial(port);
    await new Promise((resolve) => client.once('data', resolve));
    const end = rest(client);
    await forward.close();
    expect(await end).toBeUndefined();
  });

  it('waits a while for an app that is started again', async () => {
    const { port, serve, folder } = await start();
    const client = await dial(port);
    client.end('early');
    const dead = await serve((socket) => socket.destroy());
    await new Promise((resolve) => dead.close(resolve));
    rmSync(socketPath(folder, port), { force: true });
    await serve((socket) => socket.pipe(socket));
    expect(await rest(client)).toBe('early');
  });

  it('cuts off who waits for an app that does not come, and tells why', async () => {
    const { port, told } = await start({ patienceMs: 300 });
    const client = await dial(port);
    expect(await rest(client)).toBeUndefined();
    expect(told).toContainEqual({ event: 'unreachable', detail: { port, code: 'ENOENT' } });
  });

  it('takes so many connections and no more, tells of those beyond, and takes others once there is room', async () => {
    const { port, serve, told } = await start({ perPort: 2 });
    await serve((socket) => socket.pipe(socket));
    const talk = async (client: net.Socket): Promise<string> => {
      client.write('x');
      return await new Promise((resolve) => client.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    };
    const first = await dial(port);
    const second = await dial(port);
    expect(await talk(first)).toBe('x');
    expect(await talk(second)).toBe('x');
    expect(await ask(port)).toBeUndefined();
    expect(told).toContainEqual({ event: 'refused', detail: { port, code: 'port-full' } });
    const gone = rest(first);
    first.end();
    await gone;
    let again: string | undefined;
    while (again === undefined) again = await ask(port); // refused until the first one's place is free
    expect(again).toBe('again');
  });

  it('counts what went through', async () => {
    const { port, serve, told, forward } = await start();
    await serve((socket) => socket.pipe(socket));
    const client = await dial(port);
    client.end('12345');
    await rest(client);
    await forward.close();
    expect(told.at(-1)).toEqual({ event: 'traffic', detail: { port, connections: 1, open: 0, up: 5, down: 5 } });
  });
});

describe('what the agent puts in the place of a socket', () => {
  const PLANTS: readonly (readonly [string, (path: string, elsewhere: string) => void])[] = [
    ['a link to a socket elsewhere', (path, elsewhere) => symlinkSync(elsewhere, path)],
    ['a pipe', (path) => void execFileSync('mkfifo', [path])],
    ['a file', (path) => writeFileSync(path, 'x')],
    ['a folder', (path) => void mkdirSync(path)],
  ];
  it.each(PLANTS)('%s is not connected to', async (_, plant) => {
    const { folder, port, serve, told } = await start({ patienceMs: 200 });
    let visited = 0;
    const elsewhere = join(folder, 'elsewhere');
    await serve((socket) => {
      visited++;
      socket.destroy();
    }, elsewhere);
    plant(socketPath(folder, port), elsewhere);
    const client = await dial(port);
    expect(await rest(client)).toBeUndefined();
    expect(visited).toBe(0);
    const codes = told.filter(({ event }) => event === 'unreachable').map(({ detail }) => detail['code']);
    expect(codes).toEqual(['not-a-socket']);
  });

  it('a link is followed by who connects by its name: the planted one leads somewhere', async () => {
    const { folder, port, serve } = await start();
    const elsewhere = join(folder, 'elsewhere');
    const visited = new Promise<string>(
      (resolve) => void serve((socket) => void rest(socket).then(() => resolve('visited')), elsewhere),
    );
    symlinkSync(elsewhere, socketPath(folder, port));
    net.connect(socketPath(folder, port)).end();
    expect(await visited).toBe('visited');
  });

  it('a link that takes the socket’s name after the look at it changes nothing', async () => {
    const { folder, port, serve } = await start();
    const reached: string[] = [];
    const elsewhere = join(folder, 'elsewhere');
    await serve((socket) => {
      reached.push('elsewhere');
      socket.destroy();
    }, elsewhere);
    await serve((socket) => {
      reached.push('app');
      socket.end('app');
    });
    const way = (): net.Socket => {
      const socket = connectTo(folder, port);
      renameSync(socketPath(folder, port), join(folder, 'away'));
      symlinkSync(elsewhere, socketPath(folder, port));
      return socket;
    };
    const found = await reach([way], () => true);
    if (!('socket' in found)) throw new Error(found.code);
    expect(await rest(found.socket)).toBe('app');
    expect(reached).toEqual(['app']);
  });
});
