import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { docker, engineAnswers } from '../support/live.ts';
import { makeProjects, type Projects } from '../support/projects.ts';
import { exchange } from '../support/raw.ts';
import { dockerAt, engineSocket, SIDECAR, type Sidecar, startSidecar } from '../support/sidecar.ts';

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: docker\r\n${more}\r\n`;

async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const descriptors = ({ process }: Sidecar): number => readdirSync(`/proc/${process.pid}/fd`).length;

/** The engine behind a socket of ours, so that it can be taken away and given back. */
interface Relay {
  readonly path: string;
  open(): Promise<void>;
  close(): Promise<void>;
}

function relayTo(target: string, path: string): Relay {
  const sockets = new Set<net.Socket>();
  let server = net.createServer();
  return {
    path,
    async open() {
      server = net.createServer({ allowHalfOpen: true }, (socket) => {
        const back = net.connect({ path: target, allowHalfOpen: true });
        for (const one of [socket, back]) {
          sockets.add(one);
          one.on('close', () => sockets.delete(one));
          one.on('error', () => one.destroy());
        }
        socket.on('close', () => back.destroy());
        back.on('close', () => socket.destroy());
        socket.pipe(back).pipe(socket);
      });
      await new Promise<void>((resolve) => server.listen(path, resolve));
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

describe.skipIf(!engineAnswers())('the firewall, killed, cut off and flooded', () => {
  let projects: Projects;
  let folder = '';
  const running: Sidecar[] = [];

  beforeAll(() => {
    projects = makeProjects();
    folder = mkdtempSync(join(tmpdir(), 'cofferdam-robust-'));
  });
  afterEach(async () => {
    for (const sidecar of running.splice(0)) await sidecar.stop();
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    projects?.remove();
  });

  async function start(
    limits: 'box' | 'shared',
    { listen = 'tcp://127.0.0.1:0', upstream = engineSocket() } = {},
  ): Promise<Sidecar & { host: string }> {
    const where = ['--listen', listen, '--upstream', `unix://${upstream}`, '--limits', limits];
    const sidecar = await startSidecar(
      'docker-proxy',
      ...where,
      '--level',
      'read',
      '--scope',
      `project=${projects.own}`,
    );
    running.push(sidecar);
    const host = /"listen":"([^"]+)"/.exec(sidecar.lines()[0] ?? '')?.[1] ?? '';
    return { ...sidecar, host };
  }
  const works = (host: string): void => {
    const shown = dockerAt(host, ['ps', '--format', '{{.Names}}']);
    expect(shown).toMatchObject({ code: 0, text: expect.stringContaining(`${projects.own}-web-1`) });
    expect(shown.text).not.toContain(projects.neighbour);
  };

  it.each(['box', 'shared'] as const)(
    'answers a flood of requests each on its own merits or not at all, and keeps nothing of them (limits: %s)',
    async (limits) => {
      const firewall = await start(limits);
      works(firewall.host);
      const before = descriptors(firewall);
      const asked = [
        [get('/_ping'), '200'],
        [get('/v1.51/containers/json'), '200'],
        [get(`/containers/${projects.neighbour}-db-1/json`), '404'],
        [get(`/containers/${projects.own}-web-1/attach/ws?stdin=1&stream=1`), '403'],
        [get('/containers%2fjson'), '400'],
      ] as const;
      const allowed = new Set(limits === 'box' ? ['503', ''] : []);
      const counts = { fine: 0, busy: 0 };
      const statuses = async (index: number): Promise<void> => {
        for (let round = 0; round < 10_000 / 64; round++) {
          const [bytes, status] = asked[(index + round) % asked.length] ?? asked[0];
          const answer = await exchange(firewall.host, bytes, /\r\n\r\n/).catch(() => '');
          const found = answer.slice(9, 12);
          if (found === status) counts.fine++;
          else if (allowed.has(found)) counts.busy++;
          else throw new Error(`${bytes.split('\r\n')[0]}: ${answer.slice(0, 100)}`);
          if (limits === 'box' && counts.fine + counts.busy >= 1_500) return; // each refusal waits its turn there
        }
      };
      await Promise.all(Array.from({ length: 64 }, (_, index) => statuses(index)));
      expect(counts.fine).toBeGreaterThan(limits === 'shared' ? 9_999 : 100);
      await until(() => descriptors(firewall) <= before + 64); // connections to the engine are kept
      works(firewall.host);
    },
  );

  it('serves others while a thousand connections say nothing, or only half of something, and ends these by itself', async () => {
    const firewall = await start('shared');
    const before = descriptors(firewall);
    const { hostname, port } = new URL(firewall.host);
    let closed = 0;
    const slow = Array.from({ length: 1_000 }, (_, index) => {
      const socket = net.connect(Number(port), hostname, () => {
        if (index % 2 === 0) socket.write('GET /_ping HTTP/1.1\r\nHost: do');
      });
      socket.on('close', () => closed++);
      socket.on('error', () => {});
      return socket;
    });
    await until(() => descriptors(firewall) >= before + 1_000);
    works(firewall.host);
    await until(() => closed === slow.length);
    await until(() => descriptors(firewall) <= before + 64);
    works(firewall.host);
  });

  it('turns away connections over its limit, and takes new ones when there is room again', async () => {
    const firewall = await start('box');
    const { hostname, port } = new URL(firewall.host);
    let refused = 0;
    const sockets = Array.from({ length: 1_100 }, () => {
      const socket = net.connect(Number(port), hostname);
      socket.on('close', () => refused++);
      socket.on('error', () => {});
      return socket;
    });
    await until(() => refused >= 76);
    for (const socket of sockets) socket.destroy();
    await until(() => refused === sockets.length);
    works(firewall.host);
  });

  it('keeps no connection to the engine for callers who went away in the middle of a log', async () => {
    const firewall = await start('shared');
    const before = descriptors(firewall);
    const { hostname, port } = new URL(firewall.host);
    const sockets = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = net.connect(Number(port), hostname);
        socket.write(get(`/containers/${projects.own}-web-1/logs?follow=1&stdout=1`));
        await once(socket, 'data');
        return socket;
      }),
    );
    expect(descriptors(firewall)).toBeGreaterThanOrEqual(before + 100);
    for (const socket of sockets) socket.destroy();
    await until(() => descriptors(firewall) <= before + 4);
  });

  it('cuts what goes on when it is killed, so that nobody takes it for whole, and comes back on the same socket', async () => {
    const path = join(folder, 'safe.sock');
    const firewall = await start('box', { listen: `unix://${path}` });
    const socket = net.connect(path);
    socket.write(get(`/containers/${projects.own}-web-1/logs?follow=1&stdout=1`));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    await until(() => text.includes('ready'));
    firewall.process.kill('SIGKILL');
    await Promise.all([once(socket, 'close'), once(firewall.process, 'exit')]);
    expect(text).not.toContain('\r\n0\r\n\r\n');
    await expect(
      new Promise((resolve, reject) => net.connect(path).on('connect', resolve).on('error', reject)),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await start('box', { listen: `unix://${path}` });
    works(`unix://${path}`);
  });

  it('does not take over a socket that somebody serves', async () => {
    const path = join(folder, 'served.sock');
    await start('box', { listen: `unix://${path}` });
    await expect(start('box', { listen: `unix://${path}` })).rejects.toThrow(/EADDRINUSE/);
    works(`unix://${path}`);
  });

  it('answers for no engine that is gone, not even from what it knew, and goes on when it is back', async () => {
    const relay = relayTo(engineSocket(), join(folder, 'relay.sock'));
    await relay.open();
    const firewall = await start('box', { upstream: relay.path });
    // Not with the docker CLI: the relay is in this process, which would wait for it.
    const lists = async (): Promise<void> => {
      const answer = await exchange(firewall.host, get('/containers/json', 'Connection: close\r\n'));
      expect(answer).toContain(`${projects.own}-web-1`);
    };
    await lists();
    await relay.close();
    for (const path of ['/_ping', '/containers/json', `/containers/${projects.own}-web-1/json`]) {
      expect(await exchange(firewall.host, get(path, 'Connection: close\r\n'))).toMatch(/^HTTP\/1\.1 502 /);
    }
    await relay.open();
    await lists();
    await relay.close();
  });

  it.each(['box', 'shared'] as const)('ends when it is told to, whatever goes on (limits: %s)', async (limits) => {
    const firewall = await start(limits);
    const { hostname, port } = new URL(firewall.host);
    const ask = (path: string): void => {
      const socket = net.connect(Number(port), hostname);
      socket.on('error', () => {});
      const more = (): void => void socket.write(get(path));
      socket.on('data', more);
      more();
    };
    for (let index = 0; index < 20; index++) ask(index % 2 === 0 ? '/_ping' : '/containers/json');
    ask(`/containers/${projects.own}-web-1/logs?follow=1&stdout=1`);
    await until(() => descriptors(firewall) > 40);
    firewall.process.kill('SIGTERM');
    const [code] = await once(firewall.process, 'exit');
    expect(code).toBe(0);
  });

  it('stops, and says why, when nobody reads what it tells any more', async () => {
    const argv = ['--listen', 'tcp://127.0.0.1:0', '--upstream', `unix://${engineSocket()}`, '--level', 'read'];
    const child = spawn(process.execPath, [SIDECAR, 'docker-proxy', ...argv, '--scope', `project=${projects.own}`]);
    const host = /"listen":"([^"]+)"/.exec(String((await once(child.stdout, 'data'))[0]))?.[1] ?? '';
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.stdout.destroy();
    const ended = once(child, 'exit');
    await exchange(host, get('/swarm')).catch(() => '');
    expect(await ended).toEqual([3, null]);
    expect(said).toContain('standard output is closed');
    expect(said).not.toContain('    at ');
  });

  it('shows a container that has just come, and none that has just gone', async () => {
    const firewall = await start('shared');
    works(firewall.host); // what it knows from here on is old
    const name = `${projects.own}-late-1`;
    const label = `com.docker.compose.project=${projects.own}`;
    docker('create', '--name', name, '--label', label, 'debian:bookworm-slim', 'true');
    const close = 'Connection: close\r\n';
    expect(await exchange(firewall.host, get(`/containers/${name}/json`, close))).toMatch(/^HTTP\/1\.1 200 /);
    docker('rm', name);
    expect(await exchange(firewall.host, get(`/containers/${name}/json`, close))).toMatch(/^HTTP\/1\.1 404 /);
  });
});
