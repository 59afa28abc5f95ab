import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE, host, IMAGE } from '../support/hostile.ts';
import { docker, engineAnswers, unique } from '../support/live.ts';
import { dockerAt, engineSocket, type Ran, type Sidecar, startSidecar } from '../support/sidecar.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One request, its body as it is given. */
function ask(place: http.RequestOptions, method: string, path: string, body = '', type = 'application/json') {
  return new Promise<Answer>((resolve, reject) => {
    const headers = { host: 'docker', 'content-type': type, 'content-length': Buffer.byteLength(body) };
    const request = http.request({ ...place, method, path, agent: false, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

describe.skipIf(!engineAnswers())('the firewall at level sandboxed', () => {
  const project = unique('cofferdam-box');
  const network = `${project}-net`;
  const names = { foreign: unique('cofferdam-foreign'), image: `${unique('cofferdam-image')}:1`, id: '' };
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-sandbox-'));
  let firewall: Sidecar;
  let address = '';
  const engine = { socketPath: '' };
  const guarded = { host: '127.0.0.1', port: 0 };
  const inside = (...args: string[]): Ran => dockerAt(address, args, { cwd: folder });
  const mine = (): string => docker('ps', '-aq', '--no-trunc', '--filter', `label=dev.cofferdam.sandbox=${project}`);
  /** Every container that is not of other tests: ours, and what a hostile request would have made. */
  const made = (): string => [mine(), docker('ps', '-aq', '--no-trunc', '--filter', `name=${project}`)].join('\n');

  beforeAll(async () => {
    docker('network', 'create', '--label', `com.docker.compose.project=${project}`, network);
    docker('tag', IMAGE, names.image);
    docker('run', '-d', '--name', names.foreign, '--network', 'none', IMAGE, 'sleep', '600');
    names.id = docker('image', 'inspect', '-f', '{{.Id}}', IMAGE);
    const places = ['--listen', 'tcp://127.0.0.1:0', '--upstream', `unix://${engineSocket()}`];
    const sandbox = ['--network', network, '--image', 'debian:*', '--publish', '127.0.0.1', '--memory', '256m'];
    const scope = ['--scope', `project=${project}`, '--level', 'sandboxed', '--limits', 'shared'];
    firewall = await startSidecar('docker-proxy', ...places, ...scope, ...sandbox);
    address = /"listen":"(tcp:[^"]+)"/.exec(firewall.lines()[0] ?? '')?.[1] ?? '';
    guarded.port = Number(new URL(address.replace('tcp:', 'http:')).port);
    engine.socketPath = engineSocket();
    writeFileSync(
      join(folder, 'compose.yaml'),
      `
name: data
services:
  db:
    image: ${IMAGE}
    command: sleep 600
    environment: { PASSWORD: x }
    volumes: ["files:/files"]
    ports: ["127.0.0.1::5432"]
    healthcheck: { test: [CMD, "true"], interval: 1s }
  web:
    image: ${IMAGE}
    command: sleep 600
    depends_on: { db: { condition: service_healthy } }
volumes: { files: {} }
`,
    );
  });
  afterAll(async () => {
    await firewall?.stop();
    for (const id of mine().split('\n').filter(Boolean)) docker('rm', '-fv', id);
    docker('rm', '-f', names.foreign);
    docker('rmi', names.image);
    const label = ['--filter', `label=dev.cofferdam.sandbox=${project}`];
    for (const kind of ['volume', 'network']) {
      for (const id of docker(kind, 'ls', '-q', ...label)
        .split('\n')
        .filter(Boolean))
        docker(kind, 'rm', id);
    }
    docker('network', 'rm', network);
    rmSync(folder, { recursive: true, force: true });
  });

  it('lets `docker run --rm` show what the container prints, and takes what it does not need from it', () => {
    const result = inside(
      'run',
      '--rm',
      '-e',
      'A=b',
      IMAGE,
      'sh',
      '-c',
      'echo $A; grep -E "CapEff|NoNewPrivs" /proc/self/status',
    );
    expect(result).toMatchObject({ code: 0, text: expect.stringContaining('b\n') });
    expect(result.text).toMatch(/CapEff:\s+00000000000005fb\nNoNewPrivs:\s+1/);
    expect(mine()).toBe('');
  });

  it('carries what is typed, and how the container ended', () => {
    const typed = dockerAt(address, ['run', '--rm', '-i', IMAGE, 'cat'], { input: 'through\n' });
    expect(typed).toMatchObject({ code: 0, text: 'through\n' });
    expect(inside('run', '--rm', IMAGE, 'sh', '-c', 'exit 7').code).toBe(7);
  });

  it('lets a container be made, used, stopped, started and removed, by the name that it was given', () => {
    expect(
      inside(
        'run',
        '-d',
        '--name',
        'one',
        '-v',
        'data:/data',
        '--tmpfs',
        '/t',
        IMAGE,
        'sh',
        '-c',
        'echo ready; sleep 600',
      ).code,
    ).toBe(0);
    expect(inside('exec', 'one', 'sh', '-c', 'echo x > /data/x; cat /data/x')).toMatchObject({ code: 0, text: 'x\n' });
    expect(dockerAt(address, ['exec', '-i', 'one', 'cat'], { input: 'typed\n' })).toMatchObject({
      code: 0,
      text: 'typed\n',
    });
    expect(inside('exec', 'one', 'sh', '-c', 'exit 5').code).toBe(5);
    expect(inside('logs', 'one')).toMatchObject({ code: 0, text: 'ready\n' });
    expect(inside('ps', '--format', '{{.Names}}').text).toBe('one\n');
    expect(inside('inspect', '-f', '{{.Name}} {{.HostConfig.NetworkMode}}', 'one').text).toBe(`/one ${network}\n`);
    expect(inside('volume', 'ls', '-q').text).toBe('data\n');
    for (const args of [
      ['pause', 'one'],
      ['unpause', 'one'],
      ['stop', '-t', '0', 'one'],
      ['start', 'one'],
      ['kill', 'one'],
    ]) {
      expect(inside(...args)).toMatchObject({ code: 0 });
    }
    expect(inside('wait', 'one')).toMatchObject({ code: 0, text: '137\n' });
    expect(inside('rm', 'one')).toMatchObject({ code: 0 });
    expect(inside('volume', 'rm', 'data')).toMatchObject({ code: 0 });
    expect(mine()).toBe('');
  });

  it('gives the host’s own `docker` other names, and the host’s compose no container', () => {
    const label = `com.docker.compose.project=${names.foreign}`;
    expect(inside('run', '-d', '--name', 'two', '--label', label, IMAGE, 'sleep', '600').code).toBe(0);
    expect(docker('ps', '-q', '--filter', `label=${label}`)).toBe('');
    expect(docker('ps', '--format', '{{.Names}}', '--filter', `label=dev.cofferdam.sandbox=${project}`)).toBe(
      `${project}.sandbox.two`,
    );
    expect(inside('ps', '-q', '--filter', `label=${label}`).text.trim()).toMatch(/^[0-9a-f]{12}$/);
    expect(inside('rm', '-f', 'two').code).toBe(0);
  });

  it('lets `docker compose` bring up a database with a volume, a port and a health check, and take it down', () => {
    expect(inside('compose', 'up', '-d')).toMatchObject({ code: 0 });
    expect(inside('compose', 'ps', '--format', '{{.Name}} {{.Health}}').text).toContain('data-db-1 healthy');
    expect(inside('compose', 'exec', '-T', 'web', 'getent', 'hosts', 'db')).toMatchObject({
      code: 0,
      text: expect.stringContaining('db'),
    });
    expect(inside('compose', 'port', 'db', '5432').text).toMatch(/^127\.0\.0\.1:\d+\n$/);
    expect(inside('compose', 'up', '-d').text).toContain('Running'); // found again, not made anew
    expect(inside('compose', 'down', '-v', '-t', '0')).toMatchObject({ code: 0 });
    expect(made().trim()).toBe('');
    expect(docker('volume', 'ls', '-q', '--filter', `name=${project}`)).toBe('');
  });

  it('keeps the host’s services from a container on an internal network, which the engine itself does not', async () => {
    const server = createServer().listen(0, '0.0.0.0');
    await once(server, 'listening');
    // The kernel accepts the connection, so nothing has to answer.
    const to = (address: string, port = Object(server.address()).port) => [
      ...['timeout', '3', 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port} && echo reached`],
    ];
    const gatewayOf = (name: string) =>
      docker('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}', name).replace(/0\/\d+$/, '1');
    const plain = unique('cofferdam-plain');
    docker('network', 'create', '--internal', plain);
    try {
      expect(docker('run', '--rm', '--network', plain, IMAGE, ...to(gatewayOf(plain)))).toBe('reached');
    } finally {
      docker('network', 'rm', plain);
    }
    expect(inside('network', 'create', '--internal', 'inner').code).toBe(0);
    const run = (...args: string[]) => inside('run', '--rm', '--network', 'inner', IMAGE, ...args);
    expect(run(...to(gatewayOf(`${project}.sandbox.inner`))).text).not.toContain('reached');
    expect(inside('run', '-d', '--name', 'peer', '--network', 'inner', IMAGE, 'sleep', '600').code).toBe(0);
    expect(run(...to('peer', 1)).text).toContain('Connection refused'); // by the peer, so it is there
    expect(inside('rm', '-f', 'peer').code).toBe(0);
    expect(inside('network', 'rm', 'inner').code).toBe(0);
    server.close();
  });

  it('makes no container of an image with labels of compose, which would be the container’s', () => {
    const name = unique('debian-labelled');
    docker('run', '--name', name, '--network', 'none', IMAGE, 'true');
    docker('commit', '-c', `LABEL com.docker.compose.project=${names.foreign}`, name, `debian:${name}`);
    try {
      expect(inside('run', '--rm', `debian:${name}`, 'true')).toMatchObject({
        code: 125,
        text: expect.stringContaining('has labels of compose'),
      });
    } finally {
      docker('rm', '-f', name);
      docker('rmi', `debian:${name}`);
    }
  });

  it.each(HOSTILE)('makes no container %s, which the engine itself makes', async (_, body) => {
    const path = `/v1.51/containers/create?name=${project}-hostile`;
    const direct = await ask(engine, 'POST', path, body(names));
    expect(direct.status).toBe(201);
    docker('rm', '-fv', `${project}-hostile`);
    const before = made();
    const answer = await ask(guarded, 'POST', path, body(names));
    expect(answer).toMatchObject({
      status: expect.toBeOneOf([400, 403]),
      body: expect.stringContaining('cofferdam: '),
    });
    expect(made()).toBe(before);
  });

  it.each<[string, string, string, string]>([
    ['a form', 'application/x-www-form-urlencoded', '/v1.51/containers/create', `Image=${IMAGE}`],
    ['a body without a type that we read', 'text/plain', '/v1.51/containers/create', host({})],
    ['an old version', 'application/json', '/v1.24/containers/create', host({})],
    ['a body at start', 'application/json', '/v1.51/containers/x/start', '{"Binds":["/:/host"]}'],
    ['the version that took it', 'application/json', '/v1.23/containers/x/start', '{"Binds":["/:/host"]}'],
  ])('refuses %s', async (_, type, path, body) => {
    const before = made();
    expect((await ask(guarded, 'POST', path, body, type)).status).toBe(400);
    expect(made()).toBe(before);
  });

  it('starts nothing in a container that was given more on the host, whatever its label says', async () => {
    const label = `dev.cofferdam.sandbox=${project}`;
    const name = `${project}.sandbox.altered`;
    docker('create', '--name', name, '--label', label, '--privileged', '--network', 'none', IMAGE, 'sleep', '600');
    const start = await ask(guarded, 'POST', '/containers/altered/start');
    expect(start).toMatchObject({ status: 403, body: expect.stringContaining('not as it was made here') });
    docker('start', name);
    expect(inside('exec', 'altered', 'true')).toMatchObject({
      code: expect.not.toBeOneOf([0]),
      text: expect.stringContaining('not as it was made here'),
    });
    expect(inside('rm', '-f', 'altered').code).toBe(0);
  });

  it.each<[string, (foreign: string) => string[]]>([
    ['exec', (foreign) => ['exec', foreign, 'true']],
    ['stop', (foreign) => ['stop', foreign]],
    ['rm', (foreign) => ['rm', foreign]],
    ['start', (foreign) => ['start', foreign]],
    ['kill', (foreign) => ['kill', foreign]],
    ['wait', (foreign) => ['wait', foreign]],
    ['network connect', (foreign) => ['network', 'connect', network, foreign]],
  ])('answers `docker %s` for a neighbour’s container as for none', (_, args) => {
    const theirs = inside(...args(names.foreign));
    const none = inside(...args('nobody-has-this'));
    expect(theirs.code).not.toBe(0);
    expect(theirs.text.replaceAll(names.foreign, 'NAME')).toBe(none.text.replaceAll('nobody-has-this', 'NAME'));
    expect(docker('inspect', '-f', '{{.State.Running}}', names.foreign)).toBe('true');
  });

  it('takes no command of a neighbour’s container by its id', async () => {
    const body = JSON.stringify({ Cmd: ['true'], AttachStdout: true });
    const exec = await ask(engine, 'POST', `/containers/${names.foreign}/exec`, body);
    const id = /[0-9a-f]{64}/.exec(exec.body)?.[0] ?? '';
    const absent = 'f'.repeat(64);
    for (const [method, path, sent] of [
      ['POST', 'start', '{}'],
      ['GET', 'json', ''],
      ['POST', 'resize?h=1&w=1', ''],
    ] as const) {
      const theirs = await ask(guarded, method, `/exec/${id}/${path}`, sent);
      const none = await ask(guarded, method, `/exec/${absent}/${path}`, sent);
      const direct = await ask(engine, method, `/exec/${absent}/${path}`, sent);
      expect(theirs.body.replaceAll(id, 'ID')).toBe(none.body.replaceAll(absent, 'ID'));
      expect(none).toEqual(direct);
    }
  });
});
