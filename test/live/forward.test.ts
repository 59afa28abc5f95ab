import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { cofferdam } from '../support/box.ts';
import { answer, claims, type ForwardBox, forwardBox, listeners, talk } from '../support/forward-box.ts';
import { docker, engineAnswers, unique } from '../support/live.ts';

/** 127.0.0.1 and ::1 as the kernel writes them: words of this machine's byte order. */
const LOOPBACK = new Set(['0100007F', '00000000000000000000000001000000']);
const GET = 'GET / HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n\r\n';

describe.skipIf(!engineAnswers())('forwarded ports of two boxes at once', () => {
  const boxes: ForwardBox[] = [];
  let one: ForwardBox;
  let two: ForwardBox;
  const everyPort = (box: ForwardBox): number[] => [3000, 3001, 3002, 3003].map(box.port).concat(box.port('PROXY'));
  /** Of the sidecar's process, in bytes. */
  const memory = (): number =>
    1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(docker('exec', one.container('forward'), 'cat', '/proc/1/status'))?.[1]);
  const logged = (event: string): readonly Record<string, unknown>[] =>
    docker('logs', one.container('forward'))
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((entry) => entry.event === event)
      .map(({ detail }) => detail);

  beforeAll(() => {
    for (const name of ['one', 'two']) {
      const box = forwardBox(name);
      boxes.push(box);
      box.start('forward-app.mjs', name, '/workspace/vendor');
    }
    const [first, second] = boxes;
    if (!first || !second) throw new Error('two boxes');
    [one, two] = [first, second];
  });
  afterAll(() => {
    const roots = boxes.map(({ sample }) => sample.root);
    expect(roots.filter((root) => claims().includes(root))).toEqual(roots);
    for (const { sample } of boxes) sample.remove();
    expect(roots.filter((root) => claims().includes(root))).toEqual([]); // `down --all` gave them back
  });

  it('reach each its own app, by IPv4 and IPv6, wherever on localhost it listens', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      expect(await answer(one.port(3000), GET, host)).toContain('one localhost:3000');
      expect(await answer(two.port(3000), GET, host)).toContain('two localhost:3000');
      expect(await answer(one.port(3001), 'the question', host)).toBe('all of the question'); // half-closed, app on ::1
    }
  });

  it('are all different, on the loopback only, and shown by `status`', () => {
    const ports = boxes.flatMap(everyPort);
    expect(new Set(ports).size).toBe(10);
    for (const port of ports) {
      const found = listeners(port);
      expect(found.length).toBeGreaterThan(0);
      expect(found.filter((address) => !LOOPBACK.has(address))).toEqual([]);
    }
    const { forward } = JSON.parse(cofferdam(two.sample.root, ['status', '--json']).stdout);
    expect(forward.ports[0]).toEqual({ port: 3000, url: `http://localhost:${two.port(3000)}` });
    expect(forward.proxy).toBe(`http://127.0.0.1:${two.port('PROXY')}`);
    expect(cofferdam(two.sample.root, ['status']).stdout).toContain(
      `localhost:3000  → http://localhost:${two.port(3000)}\n`,
    );
  });

  it('would be seen on other addresses: a port that is published without one is', () => {
    const name = unique('cofferdam-open');
    docker(
      'run',
      '--detach',
      '--rm',
      '--name',
      name,
      '--publish',
      '3000',
      'node:22-bookworm-slim',
      'sleep',
      'infinity',
    );
    const port = Number(/:(\d+)$/m.exec(docker('port', name, '3000'))?.[1]);
    const found = listeners(port);
    docker('rm', '--force', name);
    expect(found.filter((address) => !LOOPBACK.has(address))).not.toEqual([]);
  });

  it('keep their numbers when the box is made anew', () => {
    const ports = everyPort(one);
    expect(cofferdam(one.sample.root, ['down']).code).toBe(0);
    const up = cofferdam(one.sample.root, ['up']);
    expect(up.code, up.stderr).toBe(0);
    expect(everyPort(one)).toEqual(ports);
    one.start('forward-app.mjs', 'one', '/workspace/vendor');
  });

  it('are there again after `up` where their sidecar had ended, which `verify` finds', async () => {
    await answer(one.port(3000), GET);
    const health = (): number | null => cofferdam(one.sample.root, ['verify', '--only', 'sidecar-health']).code;
    expect(health()).toBe(0);
    docker('kill', one.container('forward'));
    expect(await talk(one.port(3000), GET)).toBeFalsy();
    expect(health()).toBe(1);
    const up = cofferdam(one.sample.root, ['up']);
    expect(up.code, up.stderr).toBe(0);
    expect(await answer(one.port(3000), GET)).toContain('one localhost:3000');
  });

  it('carry a WebSocket, directly and through the proxy', async () => {
    await answer(one.port(3000), GET);
    const direct = new WebSocket(`ws://localhost:${one.port(3000)}/`);
    const echo = await new Promise<string>((resolve, reject) => {
      direct.on('open', () => direct.send('a message'));
      direct.on('message', (data) => resolve(String(data)));
      direct.on('error', reject);
    });
    direct.close();
    expect(echo).toBe('a message');
    const request =
      'GET /ws HTTP/1.1\r\nHost: localhost:3000\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    const tunnel = `CONNECT localhost:3000 HTTP/1.1\r\nHost: localhost:3000\r\n\r\n${request}`;
    expect(await talk(one.port('PROXY'), tunnel)).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\nHTTP\/1\.1 101 /);
  });

  it('are one name for both boxes behind their proxies, and nothing else', async () => {
    const ask = (box: ForwardBox, target: string) =>
      new Promise<string>((resolve) => {
        const socket = net.connect(box.port('PROXY'), '127.0.0.1', () =>
          socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n\r\n`),
        );
        let got = '';
        socket.on('data', (chunk: Buffer) => {
          got += chunk.toString();
        });
        socket.on('close', () => resolve(got));
      });
    await answer(two.port(3000), GET);
    expect(await ask(one, 'http://localhost:3000/')).toContain('one localhost:3000');
    expect(await ask(two, 'http://localhost:3000/')).toContain('two localhost:3000');
    for (const target of [`http://localhost:${one.port('PROXY')}/`, 'http://127.0.0.1:22/', 'http://one:3000/', '/']) {
      expect(await ask(one, target)).toMatch(/^HTTP\/1\.1 403 /);
    }
  });

  it('wait for an app that is started again', async () => {
    const pid = /one localhost:3000 (\d+)/.exec(await answer(one.port(3000), GET))?.[1];
    one.inside(`kill ${pid}`);
    const waiting = answer(one.port(3000), GET);
    one.start('forward-app.mjs', 'one', '/workspace/vendor');
    expect(await waiting).toContain('one localhost:3000');
  });

  it('hold a sender back whose reader is slow, in bounded memory', async () => {
    await answer(one.port(3003), '');
    const start = memory();
    const slow = Array.from({ length: 20 }, () => net.connect(one.port(3002), '127.0.0.1').pause());
    let [sent, now] = [-1, 0];
    while (sent !== now || now === 0) [sent, now] = [now, Number(await answer(one.port(3003), ''))];
    const grown = memory() - start;
    for (const socket of slow) socket.destroy();
    expect(now).toBeGreaterThan(20 * 64 * 1024);
    expect(grown).toBeLessThan(64 * 1024 * 1024);
  });

  it('bound a flood of connections, tell of it in few lines, and work again after it', async () => {
    await answer(one.port(3001), 'before');
    const flood = Array.from({ length: 1_000 }, () => {
      const socket = net.connect(one.port(3001), '127.0.0.1');
      socket.on('error', () => {});
      return socket;
    });
    const closed = (): number => flood.filter((socket) => socket.closed).length;
    while (closed() < 872) await new Promise((resolve) => setImmediate(resolve)); // all but the 128 that may be open
    expect(await answer(one.port(3000), GET)).toContain('one'); // another port has room
    expect(memory()).toBeLessThan(200 * 1024 * 1024);
    for (const socket of flood) socket.destroy();
    expect(await answer(one.port(3001), 'after')).toBe('all of after');
    const told = logged('refused').filter(({ code }) => code === 'port-full');
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(10);
  });

  it('lead nowhere else, whatever the agent puts in a socket’s place, and come back when its relay does', async () => {
    const socket = '/run/cofferdam-forward/3001.sock';
    for (const plant of [`ln -s /run/cofferdam-forward/3000.sock ${socket}`, `mkfifo ${socket}`, `mkdir ${socket}`]) {
      one.inside(`rm -rf ${socket}; ${plant}`);
      expect(await talk(one.port(3001), GET)).toBeFalsy(); // the engine's own proxy makes an end of a reset
      const codes = logged('unreachable').map(({ port, code }) => `${port} ${code}`);
      expect(codes.at(-1)).toBe('3001 not-a-socket');
    }
    one.inside("pkill -f '[r]elay.cjs agent'");
    expect(await answer(one.port(3001), 'again')).toBe('all of again');
  });

  it('bring the agent no way to the sidecar, and the sidecar none to others', () => {
    const networks = (role: string): string[] =>
      Object.keys(JSON.parse(docker('inspect', '--format', '{{json .NetworkSettings.Networks}}', one.container(role))));
    expect(networks('forward')).toEqual([`${one.sample.project()}_forward`]);
    expect(networks('agent')).not.toContain(`${one.sample.project()}_forward`);
    const address = docker(
      'inspect',
      '--format',
      '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
      one.container('forward'),
    );
    const tries = (host: string): string =>
      one.inside(
        `node -e "const s=require('net').connect({host:'${host}',port:3128,timeout:3000});for(const e of ['connect','error','timeout'])s.on(e,()=>{console.log(e);process.exit()})"`,
      );
    expect(tries(address)).not.toBe('connect');
    expect(tries('forward')).toBe('error'); // no such name
  });
});
