import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker, engineAnswers, unique } from '../support/live.ts';
import { makeProjects, type Projects, stir } from '../support/projects.ts';
import { dockerAt, engineSocket, type Sidecar, startSidecarIn } from '../support/sidecar.ts';

const GUIDE = resolve('docs/guide/docker-proxy');
/** What the guide to dev containers sets, and what many compose files copy. */
const VARIABLES = { CONTAINERS: '1', IMAGES: '1', INFO: '1', NETWORKS: '1', VOLUMES: '1', POST: '0' };

interface Answer {
  readonly status: number;
  readonly body: string;
}

type Place = Pick<http.RequestOptions, 'socketPath' | 'host' | 'port'>;

/** One request. A switch of protocols is 101, with the connection cut. A stream is read for as long as it comes at once. */
function ask(place: Place, method: string, path: string, headers: http.OutgoingHttpHeaders = {}): Promise<Answer> {
  return new Promise((done, failed) => {
    const request = http.request({ ...place, method, path, headers, agent: false });
    request.on('upgrade', (answer, socket) => {
      socket.destroy();
      done({ status: answer.statusCode ?? 0, body: '' });
    });
    request.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const head = JSON.stringify(answer.headers);
        done({ status: answer.statusCode ?? 0, body: head + Buffer.concat(chunks).toString('latin1') });
      });
      answer.on('error', failed);
    });
    request.on('error', failed);
    request.end();
  });
}

const WEBSOCKET = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  Origin: 'http://docker',
};

describe.skipIf(!engineAnswers())('the recipe of the guide, where Tecnativa’s proxy stood', () => {
  const engine: Place = { socketPath: engineSocket() };
  let projects: Projects;
  let proxy: Place;
  let client: string;
  let override: string;

  /** The example file as it is shipped; only the place of this machine's socket is added. */
  const compose = (...args: string[]): string =>
    docker(
      'compose',
      '--progress',
      'quiet',
      '-p',
      projects.own,
      '-f',
      join(GUIDE, 'compose.yaml'),
      '-f',
      override,
      ...args,
    );

  /** The docker CLI in another container that has nothing but the proxy's address. */
  const inside = (...args: string[]) => {
    const result = spawnSync('docker', ['exec', client, 'docker', ...args], { encoding: 'utf8' });
    return { code: result.status, text: `${result.stdout}${result.stderr}` };
  };

  beforeAll(async () => {
    projects = makeProjects();
    override = join(projects.folder, 'override.yaml');
    const volumes = [`${engineSocket()}:/var/run/docker.sock:ro`];
    writeFileSync(override, JSON.stringify({ services: { 'docker-proxy': { volumes } } }));
    compose('up', '-d', '--build', '--wait', 'docker-proxy');
    const id = compose('ps', '-q', 'docker-proxy');
    const network = `${projects.own}_docker-api`;
    const host = docker('inspect', '-f', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, id);
    proxy = { host, port: 2375 };
    client = unique('fwclient');
    const cli = realpathSync(execFileSync('which', ['docker'], { encoding: 'utf8' }).trim());
    const options = [
      '--network',
      network,
      '-e',
      'DOCKER_HOST=tcp://docker-proxy:2375',
      '-v',
      `${cli}:/usr/bin/docker:ro`,
    ];
    docker('run', '-d', '--rm', '--init', '--name', client, ...options, 'debian:bookworm-slim', 'sleep', 'infinity');
  });
  afterAll(() => {
    if (client) docker('rm', '-f', client);
    if (override) compose('down', '--timeout', '0', '--rmi', 'local');
    projects?.remove();
  });

  it.each<[string, (names: Projects) => string[], (names: Projects) => string]>([
    ['ps', () => ['ps', '-a'], ({ own }) => `${own}-web-1`],
    ['logs', ({ own }) => ['logs', `${own}-web-1`], () => 'ready'],
    ['inspect', ({ own }) => ['inspect', `${own}-web-1`], () => '"Running": true'],
    ['top', ({ own }) => ['top', `${own}-web-1`], () => 'PID'],
    ['stats', ({ own }) => ['stats', '--no-stream', `${own}-web-1`], ({ own }) => `${own}-web-1`],
    ['images', () => ['images'], () => 'debian'],
    ['network ls', () => ['network', 'ls'], ({ own }) => `${own}_default`],
    ['volume ls', () => ['volume', 'ls'], ({ own }) => `${own}_data`],
    ['info', () => ['info'], () => 'Server Version'],
    ['version', () => ['version'], () => 'API version'],
    [
      'events',
      (names) => {
        stir(names);
        return ['events', '--since', '60m', '--until', '-1s'];
      },
      ({ own }) => `${own}-web-1`,
    ],
  ])('lets a client’s `docker %s` work, for its project only', (_, args, shown) => {
    const { code, text } = inside(...args(projects));
    expect(text).toContain(shown(projects));
    expect(code).toBe(0);
    expect(text).not.toContain(projects.neighbour);
    expect(text).not.toContain(projects.canary);
    expect(text).not.toContain(projects.ownCanary);
  });

  it('says once, at the start, what is open, what is not, and which variable opens it', () => {
    const log = spawnSync('docker', ['logs', compose('ps', '-q', 'docker-proxy')], { encoding: 'utf8' }).stderr;
    expect(log.match(/CONTAINERS=1 opens GET/g)).toHaveLength(1);
    expect(log).toContain('COFFERDAM_ALLOW_ARCHIVE=1 opens it');
    expect(log).toContain('COFFERDAM_ALLOW_OTHER_PROJECTS=1 would show the others');
  });

  it('is healthy, without a capability and on a read-only file system', () => {
    const id = compose('ps', '-q', 'docker-proxy');
    expect(
      docker('inspect', '-f', '{{.State.Health.Status}} {{.HostConfig.CapDrop}} {{.HostConfig.ReadonlyRootfs}}', id),
    ).toBe('healthy [ALL] true');
  });

  /** docker-proxy-facts, section 2: what `POST=0` leaves open in the original. `open` is what the engine itself gives. */
  it.each<[string, string, (names: Projects) => string, (names: Projects) => string, http.OutgoingHttpHeaders?]>([
    [
      'any file of a container',
      'GET',
      (n) => `/containers/${n.neighbour}-db-1/archive?path=/root/.pgpass`,
      (n) => n.canary,
    ],
    [
      'files of the host behind a mount',
      'GET',
      (n) => `/containers/${n.neighbour}-db-1/archive?path=/host/.env`,
      (n) => n.canary,
    ],
    [
      'whether a file is there',
      'HEAD',
      (n) => `/containers/${n.neighbour}-db-1/archive?path=/root`,
      () => 'x-docker-container-path-stat',
    ],
    [
      'files of its own containers',
      'GET',
      (n) => `/containers/${n.own}-web-1/archive?path=/host/.env`,
      (n) => n.canary,
    ],
    ['a whole file system', 'GET', (n) => `/containers/${n.neighbour}-db-1/export`, (n) => n.canary],
    ['an image by query', 'GET', (n) => `/images/get?names=${n.image}`, (n) => n.canary],
    ['an image by path', 'GET', (n) => `/images/${n.image}/get`, (n) => n.canary],
    ['the environment of a container', 'GET', (n) => `/containers/${n.neighbour}-db-1/json`, (n) => n.canary],
    ['the environment of its own container', 'GET', (n) => `/containers/${n.own}-web-1/json`, (n) => n.ownCanary],
    ['the environment in an image', 'GET', (n) => `/images/${n.image}/json`, (n) => n.canary],
    ['another project’s log', 'GET', (n) => `/containers/${n.neighbour}-db-1/logs?stdout=1&stderr=1`, (n) => n.canary],
    ['the environment of processes', 'GET', (n) => `/containers/${n.neighbour}-db-1/top?ps_args=eww`, (n) => n.canary],
    [
      'the environment of its own processes',
      'GET',
      (n) => `/containers/${n.own}-web-1/top?ps_args=eww`,
      (n) => n.ownCanary,
    ],
    ['which files a container changed', 'GET', (n) => `/containers/${n.neighbour}-db-1/changes`, () => '.pgpass'],
    [
      'another project’s load',
      'GET',
      (n) => `/containers/${n.neighbour}-db-1/stats?stream=false&one-shot=true`,
      () => 'memory_stats',
    ],
    ['another project’s containers', 'GET', () => '/containers/json?all=1', (n) => n.neighbour],
    ['another project’s volumes', 'GET', () => '/volumes', (n) => n.neighbour],
    ['places of volumes on the host', 'GET', () => '/volumes', () => '/volumes/'],
    [
      'another project’s events',
      'GET',
      (names) => {
        stir(names);
        return `/events?since=0&until=${Math.floor(Date.now() / 1000) + 1}`;
      },
      (n) => n.neighbour,
    ],
    ['the engine’s folder and registries', 'GET', () => '/info', () => 'RegistryConfig'],
    ['builds of the engine’s parts', 'GET', () => '/version', () => 'GitCommit'],
  ])('does not give what the engine would: %s', async (_, method, path, given, headers) => {
    const direct = await ask(engine, method, path(projects), headers);
    expect(direct.status).toBe(200);
    expect(direct.body).toContain(given(projects));
    const through = await ask(proxy, method, path(projects), headers);
    expect(through.body).not.toContain(given(projects));
    expect(through.body).not.toContain(projects.canary);
    expect([200, 403, 404]).toContain(through.status);
  });

  it('does not give a shell in another project’s container, or in its own, by GET', async () => {
    const path = (name: string): string => `/containers/${name}/attach/ws?stdin=1&stdout=1&stream=1`;
    const repl = `${projects.neighbour}-repl-1`;
    expect(await ask(engine, 'GET', path(repl), WEBSOCKET)).toMatchObject({ status: 101 });
    expect(await ask(proxy, 'GET', path(repl), WEBSOCKET)).toMatchObject({ status: 403 });
    expect(await ask(proxy, 'GET', path(`${projects.own}-web-1`), WEBSOCKET)).toMatchObject({ status: 403 });
  });

  it('does not make the engine connect to where a client says', async () => {
    let connections = 0;
    const server = net.createServer((socket) => {
      connections++;
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const path = `/images/search?term=127.0.0.1:${port}/x`;
    await ask(engine, 'GET', path);
    const direct = connections;
    expect(direct).toBeGreaterThan(0);
    expect(await ask(proxy, 'GET', path)).toMatchObject({ status: 403 });
    expect(connections).toBe(direct);
    server.close();
  });
});

describe.skipIf(!engineAnswers())('the variables that open what is unsafe', () => {
  let projects: Projects;
  const started: Sidecar[] = [];

  async function start(env: Readonly<Record<string, string>>): Promise<string> {
    const all = { ...VARIABLES, SOCKET_PATH: engineSocket(), COFFERDAM_PROJECT: projects.own, ...env };
    const { COFFERDAM_PROJECT, ...unscoped } = all;
    const variables = 'COFFERDAM_ALLOW_OTHER_PROJECTS' in env ? unscoped : { ...unscoped, COFFERDAM_PROJECT };
    const sidecar = await startSidecarIn(variables, 'docker-proxy', '--tecnativa', '--listen', 'tcp://127.0.0.1:0');
    started.push(sidecar);
    return /"listen":"(tcp:[^"]+)"/.exec(sidecar.lines()[0] ?? '')?.[1] ?? '';
  }

  beforeAll(() => {
    projects = makeProjects();
  });
  afterAll(async () => {
    for (const sidecar of started) await sidecar.stop();
    projects?.remove();
  });

  it('open each what they name, for the project only', async () => {
    const { own, neighbour, folder, ownCanary, canary } = projects;
    const [web, db] = [`${own}-web-1`, `${neighbour}-db-1`];
    const file = join(folder, 'saved.tar');
    const cases: readonly [string, string[], string][] = [
      ['COFFERDAM_ALLOW_ARCHIVE', ['cp', `${web}:/etc/hostname`, '-'], 'hostname'],
      ['COFFERDAM_ALLOW_ENVIRONMENT', ['inspect', web], ownCanary],
      ['COFFERDAM_ALLOW_ENVIRONMENT', ['top', web, 'eww'], ownCanary],
      ['COFFERDAM_ALLOW_ENVIRONMENT', ['ps', '--no-trunc'], ownCanary],
      ['COFFERDAM_ALLOW_OTHER_PROJECTS', ['ps'], neighbour],
    ];
    const closed = await start({});
    for (const [variable, args, given] of cases) {
      expect(dockerAt(closed, args).text).not.toContain(given);
      const { code, text } = dockerAt(await start({ [variable]: '1' }), args);
      expect(text).toContain(given);
      expect(code).toBe(0);
    }
    const saved: readonly [string, string[], string][] = [
      ['COFFERDAM_ALLOW_EXPORT', ['export', '-o', file, web], 'etc/passwd'],
      ['COFFERDAM_ALLOW_IMAGE_GET', ['save', '-o', file, 'debian:bookworm-slim'], 'debian:bookworm-slim'],
    ];
    for (const [variable, args, given] of saved) {
      expect(dockerAt(closed, args).code).not.toBe(0);
      expect(dockerAt(await start({ [variable]: '1' }), args)).toEqual({ code: 0, text: '' });
      expect(readFileSync(file).includes(given)).toBe(true);
    }

    const everything = await start({
      COFFERDAM_ALLOW_ARCHIVE: '1',
      COFFERDAM_ALLOW_EXPORT: '1',
      COFFERDAM_ALLOW_IMAGE_GET: '1',
      COFFERDAM_ALLOW_ENVIRONMENT: '1',
    });
    for (const args of [
      ['cp', `${db}:/root/.pgpass`, '-'],
      ['export', db],
      ['save', projects.image],
      ['inspect', '--type', 'container', db],
      ['top', db, 'eww'],
    ]) {
      const { code, text } = dockerAt(everything, args);
      expect(text).toMatch(/no such/i);
      expect(text).not.toContain(canary);
      expect(code).not.toBe(0);
    }
    expect(dockerAt(everything, ['cp', `${web}:/nowhere`, '-']).text).toContain('Could not find the file /nowhere');
  });

  it('ALLOW_START and ALLOW_STOP change nothing while POST=0', async () => {
    const host = await start({ ALLOW_START: '1', ALLOW_STOP: '1', ALLOW_RESTARTS: '1' });
    for (const action of ['start', 'stop', 'restart', 'kill']) {
      expect(dockerAt(host, [action, `${projects.own}-web-1`])).toMatchObject({
        code: 1,
        text: expect.stringContaining('cofferdam:'),
      });
    }
  });
});

const analyzes = spawnSync('systemd-analyze', ['--version']).status === 0;

describe.skipIf(!analyzes)('the example of a systemd unit', () => {
  it('is one that systemd takes, and that gives the firewall little besides its sockets', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cofferdam-unit-'));
    const unit = join(folder, 'cofferdam-docker-proxy.service');
    const text = readFileSync(join(GUIDE, 'cofferdam-docker-proxy.service'), 'utf8');
    // Where the command would be is where the package is installed; here there is none.
    writeFileSync(unit, text.replace('/usr/local/bin/cofferdam', process.execPath));
    const verify = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    expect(verify.stderr).toBe('');
    expect(verify.status).toBe(0);
    const exposure = spawnSync('systemd-analyze', ['security', '--offline=yes', '--threshold=15', unit]);
    expect(exposure.status).toBe(0);
    rmSync(folder, { recursive: true });
  });
});
