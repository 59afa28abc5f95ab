import http from 'node:http';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker, engineAnswers } from '../support/live.ts';
import { makeProjects, type Projects, stir } from '../support/projects.ts';
import { dockerAt, engineSocket, type Sidecar, startFirewallSidecar, startSidecar } from '../support/sidecar.ts';

interface Answer {
  readonly status: number;
  /** The first 4 MiB. */
  readonly body: string;
}

/** One request as it is written, without any client's tidying of the path. */
function ask(place: http.RequestOptions, method: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ ...place, method, path, agent: false, headers: { host: 'docker' } }, (answer) => {
      let body = '';
      const done = (): void => {
        resolve({ status: answer.statusCode ?? 0, body });
        answer.destroy();
      };
      answer.on('data', (chunk: Buffer) => {
        body += chunk.toString('latin1');
        if (body.length > 4 << 20) done();
      });
      answer.on('end', done);
      answer.on('error', done);
    });
    request.on('error', reject);
    request.end();
  });
}

type Path = (names: Projects & { readonly db: string }) => string;

/**
 * What a proxy that trusts GET lets through (measured with the usual HAProxy rules and writing switched off). Each is
 * first tried on the engine itself, where it must work, then on the firewall.
 */
const ATTACKS: readonly (readonly [title: string, path: Path, proof: 'canary' | 'name' | 'status'])[] = [
  ['a file of a container', ({ db }) => `/containers/${db}/archive?path=/root/.pgpass`, 'canary'],
  ['a file of the host through a bind mount', ({ db }) => `/containers/${db}/archive?path=/host/.env`, 'canary'],
  ['a whole file system', ({ db }) => `/containers/${db}/export`, 'status'],
  ['an image as a file', ({ image }) => `/images/${image}/get`, 'status'],
  ['images by query', ({ image }) => `/images/get?names=${image}`, 'status'],
  ['the environment of a container', ({ db }) => `/containers/${db}/json`, 'canary'],
  ['the environment of an image', ({ image }) => `/images/${image}/json`, 'canary'],
  ['the build steps of an image', ({ image }) => `/images/${image}/history`, 'canary'],
  ['logs', ({ db }) => `/containers/${db}/logs?stdout=1&stderr=1`, 'canary'],
  ['arguments of processes', ({ db }) => `/containers/${db}/top`, 'canary'],
  ['environments of processes', ({ db }) => `/containers/${db}/top?ps_args=eww`, 'canary'],
  ['changed files', ({ db }) => `/containers/${db}/changes`, 'status'],
  ['counters', ({ db }) => `/containers/${db}/stats?stream=0`, 'name'],
  ['all containers', () => '/containers/json?all=1', 'name'],
  ['all volumes', () => '/volumes', 'name'],
  ['all networks', () => '/networks', 'name'],
  ['all images', () => '/images/json', 'name'],
  [
    'events',
    (names) => {
      stir(names);
      return `/events?since=0&until=${Math.floor(Date.now() / 1000) + 1}`;
    },
    'name',
  ],
  ['disk usage', () => '/system/df', 'name'],
  ['the engine’s root folder', () => '/info', 'status'],
  ['a volume', ({ neighbour }) => `/volumes/${neighbour}_data`, 'name'],
  ['a network', ({ neighbour }) => `/networks/${neighbour}_default`, 'name'],
  ['an encoded slash', () => '/containers%2fjson?all=1', 'name'],
  ['an encoded letter', () => '/%63ontainers/json?all=1', 'name'],
  ['an encoded slash in a path with a name', ({ db }) => `/containers/${db}%2fjson`, 'canary'],
  ['an odd version', () => '/v0001.0041/containers/json?all=1', 'name'],
  ['an old version', ({ db }) => `/v1.24/containers/${db}/json`, 'canary'],
  ['a filter given twice', ({ own, neighbour }) => filtered(neighbour) + filtered(own).replace(/.*\?/, '&'), 'name'],
];

const filtered = (project: string): string =>
  `/containers/json?filters=${encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project}`] }))}`;

describe.skipIf(!engineAnswers())('the firewall, attacked', () => {
  let projects: Projects;
  let firewall: Sidecar & { host: string };
  const engine = { socketPath: '' };
  const guarded = { host: '127.0.0.1', port: 0 };
  const named = () => ({ ...projects, db: `${projects.neighbour}-db-1` });

  beforeAll(async () => {
    projects = makeProjects();
    firewall = await startFirewallSidecar(`project=${projects.own}`);
    engine.socketPath = engineSocket();
    guarded.port = Number(new URL(firewall.host).port);
  });
  afterAll(async () => {
    await firewall?.stop();
    projects?.remove();
  });

  it.each(ATTACKS)('does not give away %s', async (_, path, proof) => {
    const target = path(named());
    const control = await ask(engine, 'GET', target);
    expect(control.status).toBe(200);
    if (proof !== 'status') expect(control.body).toContain(proof === 'canary' ? projects.canary : projects.neighbour);
    const attempt = await ask(guarded, 'GET', target);
    expect(attempt.body).not.toContain(projects.canary);
    // A refusal repeats the name that the caller gave; an answer must not hold it.
    if (attempt.status === 200) expect(attempt.body).not.toContain(projects.neighbour);
    else expect(attempt.body).toMatch(/^\{"message":"(?:cofferdam: |No such |network |get )/);
  });

  it('does not tell whether a file exists', async () => {
    const target = `/containers/${named().db}/archive?path=/root/.pgpass`;
    expect((await ask(engine, 'HEAD', target)).status).toBe(200);
    expect((await ask(guarded, 'HEAD', target)).status).toBe(403);
  });

  it('keeps the engine’s identity and places from /info', async () => {
    const [direct, shown] = [await ask(engine, 'GET', '/info'), await ask(guarded, 'GET', '/info')];
    const told: unknown = JSON.parse(direct.body);
    expect(told).toMatchObject({ DockerRootDir: expect.stringMatching(/./), ID: expect.stringMatching(/./) });
    const { DockerRootDir, ID } = JSON.parse(direct.body);
    expect(shown.status).toBe(200);
    expect(shown.body).not.toContain(DockerRootDir);
    expect(shown.body).not.toContain(ID);
  });

  it.each<[string, (port: number) => string]>([
    ['a search', (port) => `/images/search?term=127.0.0.1:${port}/x`],
    ['a question about a distribution', (port) => `/distribution/127.0.0.1:${port}/x/json`],
  ])('does not make the engine open a connection by %s', async (_, path) => {
    let connections = 0;
    const listener = net.createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const address = listener.address();
    const target = path(typeof address === 'object' && address ? address.port : 0);
    expect((await ask(guarded, 'GET', target)).status).toBe(403);
    expect(connections).toBe(0);
    await ask(engine, 'GET', target);
    expect(connections).toBeGreaterThan(0);
    await new Promise((resolve) => listener.close(resolve));
  });

  it('does not let a WebSocket type into a neighbour’s shell', async () => {
    const repl = `${projects.neighbour}-repl-1`;
    const upgrade = (place: net.NetConnectOpts, mark: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = net.connect(place, () =>
          socket.write(
            [
              `GET /containers/${repl}/attach/ws?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1`,
              'Host: docker',
              'Origin: http://docker',
              'Connection: Upgrade',
              'Upgrade: websocket',
              'Sec-WebSocket-Version: 13',
              'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
              '',
              '',
            ].join('\r\n'),
          ),
        );
        let text = '';
        socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')));
        socket.on('error', reject);
        socket.on('close', () => resolve(text));
        socket.on('data', (chunk) => {
          text += chunk.toString('latin1');
          if (text.startsWith('HTTP/1.1 101') && text.endsWith('\r\n\r\n')) {
            socket.write(textFrame(`touch /root/${mark}; echo done-${mark}\n`));
          } else if (text.includes(`done-${mark}`) || !text.startsWith('HTTP/1.1 101')) socket.destroy();
        });
      });
    const exists = (mark: string): boolean =>
      docker('exec', repl, 'sh', '-c', `test -e /root/${mark} && echo yes || echo no`) === 'yes';
    expect(await upgrade(guarded, 'attacked')).toMatch(/^HTTP\/1\.1 403 /);
    expect(exists('attacked')).toBe(false);
    expect(await upgrade({ path: engine.socketPath }, 'control')).toMatch(/^HTTP\/1\.1 101 /);
    expect(exists('control')).toBe(true);
  });

  it('does not send a hidden second request', async () => {
    const hidden = 'GET /swarm HTTP/1.1\r\nHost: docker\r\n\r\n';
    for (const headers of ['Content-Length: 38', 'Transfer-Encoding: chunked', 'Upgrade: tcp\r\nConnection: Upgrade']) {
      const bytes = `GET /_ping HTTP/1.1\r\nHost: docker\r\n${headers}\r\n\r\n${hidden}`;
      const text = await new Promise<string>((resolve) => {
        let all = '';
        const socket = net.connect(guarded, () => socket.write(bytes));
        socket.on('data', (chunk) => {
          all += chunk.toString('latin1');
        });
        socket.on('close', () => resolve(all));
        socket.on('end', () => socket.destroy());
      });
      expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    }
  });

  it('says healthy only while the engine answers', async () => {
    const listen = ['--listen', 'tcp://127.0.0.1:0', '--level', 'read', '--scope', 'all'];
    const dead = await startSidecar('docker-proxy', ...listen, '--upstream', 'unix:///nowhere/docker.sock');
    const host = /"listen":"(tcp:[^"]+)"/.exec(dead.lines()[0] ?? '')?.[1] ?? '';
    const { spawnSync } = await import('node:child_process');
    const { SIDECAR } = await import('../support/sidecar.ts');
    const health = (address: string): number | null =>
      spawnSync(process.execPath, [SIDECAR, 'health', 'docker-proxy', '--listen', address]).status;
    expect(health(firewall.host)).toBe(0);
    expect(health(host)).toBe(1);
    const listed = dockerAt(host, ['ps']);
    expect(listed.code).not.toBe(0);
    expect(listed.text).toContain('cofferdam: The container engine gave no usable answer');
    await dead.stop();
    expect(health(host)).toBe(1);
  });
});

/** A masked text frame (RFC 6455 section 5.2) with a mask of zeros. */
function textFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}
