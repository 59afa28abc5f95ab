import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainChecker } from '../../src/verbs/audit-chain.ts';
import { docker, engineAnswers } from '../support/live.ts';
import { makeProjects, type Projects, stir } from '../support/projects.ts';
import { dockerAt, engineSocket, type Sidecar, startFirewallSidecar } from '../support/sidecar.ts';

describe.skipIf(!engineAnswers())('the firewall, through the docker CLI', () => {
  let projects: Projects;
  let scoped: Sidecar & { host: string };
  let everything: Sidecar & { host: string };
  let sharing: Sidecar & { host: string };
  const direct = (): string => `unix://${engineSocket()}`;
  const web = (): string => `${projects.own}-web-1`;
  const db = (names: Projects = projects): string => `${names.neighbour}-db-1`;
  const events = (...filters: string[]): string[] => {
    stir(projects);
    return ['events', '--since', '60m', '--until', '-1s', ...filters];
  };

  beforeAll(async () => {
    projects = makeProjects();
    scoped = await startFirewallSidecar(`project=${projects.own}`);
    everything = await startFirewallSidecar('all');
    sharing = await startFirewallSidecar(`project=${projects.own}`, '--service', `${projects.neighbour}/cache`);
  });
  afterAll(async () => {
    for (const sidecar of [scoped, everything, sharing]) await sidecar?.stop();
    projects?.remove();
  });

  it('does not cut a log that is followed and silent for longer than its own time limits', async () => {
    const child = spawn('docker', ['logs', '-f', web()], { env: { ...process.env, DOCKER_HOST: scoped.host } });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('later')) child.kill();
    });
    await once(child, 'exit');
    expect(text).toBe('ready\nlater\n');
  });

  it.each<[string, (names: Projects) => string[], (names: Projects) => string]>([
    ['ps', () => ['ps', '--no-trunc'], ({ own }) => `${own}-web-1`],
    ['ps --all', () => ['ps', '-a'], ({ own }) => `${own}-web-1`],
    ['ps --last', () => ['ps', '-n', '1'], ({ own }) => `${own}-web-1`],
    ['ps --size', () => ['ps', '-s'], ({ own }) => `${own}-web-1`],
    ['ps --format', () => ['ps', '--format', '{{json .}}'], ({ own }) => `${own}-web-1`],
    ['ps --filter', () => ['ps', '--filter', 'status=running', '--filter', 'name=web'], ({ own }) => `${own}-web-1`],
    ['logs', ({ own }) => ['logs', '--tail', '5', '-t', `${own}-web-1`], () => 'ready'],
    ['inspect', ({ own }) => ['inspect', `${own}-web-1`], () => 'TOKEN=[redacted by cofferdam]'],
    [
      'inspect, by type',
      ({ own }) => ['inspect', '--type', 'container', '-s', `${own}-web-1`],
      () => '"Running": true',
    ],
    ['inspect, formatted', ({ own }) => ['inspect', '-f', '{{.State.Status}}', `${own}-web-1`], () => 'running'],
    ['top', ({ own }) => ['top', `${own}-web-1`], () => 'PID'],
    ['stats', () => ['stats', '--no-stream', '--no-trunc'], ({ own }) => `${own}-web-1`],
    ['port', ({ own }) => ['port', `${own}-web-1`], () => ''],
    ['images', () => ['images', '-a', '--digests'], () => 'debian'],
    ['image inspect', () => ['image', 'inspect', 'debian:bookworm-slim'], () => '"Architecture"'],
    ['volume ls', () => ['volume', 'ls'], ({ own }) => `${own}_data`],
    ['volume inspect', ({ own }) => ['volume', 'inspect', `${own}_data`], ({ own }) => `${own}_data`],
    ['network ls', () => ['network', 'ls', '--no-trunc'], ({ own }) => `${own}_default`],
    ['network inspect', ({ own }) => ['network', 'inspect', `${own}_default`], ({ own }) => `${own}-web-1`],
    ['system df', () => ['system', 'df', '-v'], ({ own }) => `${own}_data`],
    ['info', () => ['info'], () => 'cofferdam shows this project only'],
    ['version', () => ['version'], () => 'API version'],
    ['events', () => events(), ({ own }) => `${own}-web-1`],
    ['compose ps', ({ own }) => ['compose', '-p', own, 'ps', '-a'], ({ own }) => `${own}-web-1`],
    ['compose logs', ({ own }) => ['compose', '-p', own, 'logs'], () => 'ready'],
    ['compose ls', () => ['compose', 'ls', '-a'], ({ own }) => own],
    ['compose top', ({ own }) => ['compose', '-p', own, 'top'], () => 'PID'],
  ])('lets `docker %s` show this project and nothing of another one', (_, args, shown) => {
    const result = dockerAt(scoped.host, args(projects));
    expect(result).toMatchObject({ code: 0, text: expect.stringContaining(shown(projects)) });
    expect(result.text).not.toContain(projects.neighbour);
    expect(result.text).not.toContain(projects.canary);
    expect(result.text).not.toContain(projects.ownCanary);
    expect(result.text).not.toContain(projects.folder);
  });

  it.each<[string, () => string[]]>([
    ['ps', () => ['ps', '-a']],
    ['volume ls', () => ['volume', 'ls']],
    ['network ls', () => ['network', 'ls']],
    ['images', () => ['images']],
    ['events', () => events()],
    ['system df', () => ['system', 'df', '-v']],
  ])('hides the neighbour from `docker %s` by its scope: without one it is there', (_, args) => {
    expect(dockerAt(everything.host, args()).text).toContain(projects.neighbour);
  });

  it.each<[string, (name: string) => string[], (names: Projects) => string]>([
    ['inspect', (name) => ['inspect', name], ({ ownCanary }) => ownCanary],
    ['inspect (paths)', (name) => ['inspect', name], ({ folder }) => folder],
    ['ps', () => ['ps', '--no-trunc', '--format', '{{json .}}'], ({ ownCanary }) => ownCanary],
    ['top', (name) => ['top', name], ({ ownCanary }) => ownCanary],
    ['top with the environment', (name) => ['top', name, 'eww'], ({ ownCanary }) => ownCanary],
  ])('redacts what `docker %s` would tell about our own container', (_, args, secret) => {
    expect(dockerAt(direct(), args(web())).text).toContain(secret(projects));
    expect(dockerAt(scoped.host, args(web())).text).not.toContain(secret(projects));
    expect(dockerAt(everything.host, args(web())).text).not.toContain(secret(projects));
  });

  it.each<[string, (names: Projects) => string[]]>([
    ['run', () => ['run', '--rm', 'debian:bookworm-slim', 'true']],
    ['run -v /:/host', () => ['run', '--rm', '-v', '/:/host', 'debian:bookworm-slim', 'true']],
    ['create', () => ['create', 'debian:bookworm-slim']],
    ['exec in its own container', ({ own }) => ['exec', `${own}-web-1`, 'true']],
    ['start', ({ own }) => ['start', `${own}-web-1`]],
    ['stop', ({ own }) => ['stop', `${own}-web-1`]],
    ['restart', ({ own }) => ['restart', `${own}-web-1`]],
    ['kill', ({ neighbour }) => ['kill', `${neighbour}-db-1`]],
    ['pause', ({ own }) => ['pause', `${own}-web-1`]],
    ['unpause', ({ own }) => ['unpause', `${own}-web-1`]],
    ['update', ({ own }) => ['update', '--memory', '1g', '--memory-swap', '1g', `${own}-web-1`]],
    ['rename', ({ own }) => ['rename', `${own}-web-1`, 'other']],
    ['rm', ({ neighbour }) => ['rm', '-f', `${neighbour}-db-1`]],
    ['wait', ({ own }) => ['wait', `${own}-web-1`]],
    ['commit', ({ neighbour }) => ['commit', `${neighbour}-db-1`, 'x:1']],
    ['cp out', ({ neighbour }) => ['cp', `${neighbour}-db-1:/root/.pgpass`, '-']],
    ['cp out of a bind mount', ({ neighbour }) => ['cp', `${neighbour}-db-1:/host/.env`, '-']],
    ['cp out of its own container', ({ own }) => ['cp', `${own}-web-1:/etc/passwd`, '-']],
    ['export', ({ neighbour }) => ['export', `${neighbour}-db-1`]],
    ['diff', ({ own }) => ['diff', `${own}-web-1`]],
    ['image save', ({ image }) => ['image', 'save', image]],
    ['image history', () => ['history', 'debian:bookworm-slim']],
    ['image rm', ({ image }) => ['rmi', image]],
    ['tag', () => ['tag', 'debian:bookworm-slim', 'x:1']],
    ['pull', () => ['pull', 'debian:bookworm-slim']],
    ['push', ({ image }) => ['push', image]],
    ['search', () => ['search', 'debian']],
    ['import', () => ['import', '-', 'x:1']],
    ['build', ({ folder }) => ['build', `${folder}/image`]],
    ['volume create', () => ['volume', 'create', 'x']],
    ['volume rm', ({ neighbour }) => ['volume', 'rm', `${neighbour}_data`]],
    ['network create', () => ['network', 'create', 'x']],
    ['network connect', ({ own, neighbour }) => ['network', 'connect', `${neighbour}_default`, `${own}-web-1`]],
    ['network disconnect', ({ own }) => ['network', 'disconnect', `${own}_default`, `${own}-web-1`]],
    ['network rm', ({ neighbour }) => ['network', 'rm', `${neighbour}_default`]],
    ['system prune', () => ['system', 'prune', '-f']],
    ['container prune', () => ['container', 'prune', '-f']],
    ['swarm init', () => ['swarm', 'init']],
    ['plugin ls', () => ['plugin', 'ls']],
    ['secret ls', () => ['secret', 'ls']],
    ['compose down', ({ own }) => ['compose', '-p', own, 'down']],
  ])('refuses `docker %s` with a reason that the CLI prints', (_, args) => {
    const before = state();
    const result = dockerAt(scoped.host, args(projects));
    expect(result.code).not.toBe(0);
    expect(result.text).toContain('cofferdam: ');
    expect(result.text).not.toContain(projects.canary);
    expect(state()).toBe(before);
  });

  /** Attaching needs another protocol; the CLI prints the status in place of the message. */
  it('refuses `docker attach`', () => {
    const result = dockerAt(scoped.host, ['attach', web()]);
    expect(result.code).not.toBe(0);
    expect(result.text).toContain('403');
  });

  const state = (): string =>
    [projects.own, projects.neighbour]
      .flatMap((project) => {
        const filter = ['--filter', `label=com.docker.compose.project=${project}`];
        return [
          docker('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.State}} {{.Networks}}', ...filter),
          docker('volume', 'ls', '-q', ...filter),
          docker('network', 'ls', '-q', ...filter),
        ];
      })
      .concat(docker('images', '-q', projects.image))
      .join('\n');

  it('shows a declared service of another project, and nothing else of it', () => {
    const listed = dockerAt(sharing.host, ['ps', '-a', '--format', '{{.Names}}']).text.trim().split('\n').sort();
    expect(listed).toEqual([`${projects.neighbour}-cache-1`, web()].sort());
    expect(dockerAt(sharing.host, ['logs', `${projects.neighbour}-cache-1`])).toMatchObject({
      code: 0,
      text: 'cache-log\n',
    });
    const inspected = dockerAt(sharing.host, ['inspect', `${projects.neighbour}-cache-1`]).text;
    expect(inspected).toContain('TOKEN=[redacted by cofferdam]');
    expect(inspected).not.toContain(projects.canary);
    expect(dockerAt(sharing.host, ['logs', db()]).code).not.toBe(0);
    expect(dockerAt(sharing.host, ['network', 'ls']).text).not.toContain(projects.neighbour);
    expect(dockerAt(sharing.host, ['volume', 'ls']).text).not.toContain(projects.neighbour);
  });

  it.each<[string, (name: string) => string[], (names: Projects) => string]>([
    ['inspect', (name) => ['inspect', name], db],
    ['exec', (name) => ['exec', name, 'true'], db],
    ['logs', (name) => ['logs', name], db],
    ['top', (name) => ['top', name], db],
    ['stats', (name) => ['stats', '--no-stream', name], db],
    ['network inspect', (name) => ['network', 'inspect', name], ({ neighbour }) => `${neighbour}_default`],
    ['volume inspect', (name) => ['volume', 'inspect', name], ({ neighbour }) => `${neighbour}_data`],
    ['image inspect', (name) => ['image', 'inspect', name], ({ image }) => image],
    ['events', (name) => events('--filter', `container=${name}`), db],
  ])('answers `docker %s` for a neighbour’s thing as for none', (_, args, name) => {
    const absent = 'nobody-has-this/name:1'.slice(0, name(projects).includes('/') ? undefined : 15);
    const normal = (text: string, word: string): string => text.replaceAll(word, 'NAME');
    const theirs = dockerAt(scoped.host, args(name(projects)));
    const none = dockerAt(scoped.host, args(absent));
    expect(normal(theirs.text, name(projects))).toBe(normal(none.text, absent));
    expect(theirs.code).toBe(none.code);
    expect(dockerAt(direct(), args(name(projects))).text).not.toBe(theirs.text);
  });

  it('writes each decision down, in a chain that holds, without a secret', () => {
    const check = chainChecker();
    const entries = scoped.lines().map((line) => check(line));
    expect(entries.length).toBeGreaterThan(100);
    expect(entries.filter(({ problem, cutOff }) => problem !== undefined || cutOff)).toEqual([]);
    const codes = new Set(entries.map(({ entry }) => entry?.detail['code']));
    for (const code of ['write', 'exec', 'files', 'network', 'not-in-scope']) expect(codes).toContain(code);
    expect(scoped.lines().join('\n')).not.toContain(projects.canary);
  });
});
