import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Cli, cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { docker, engineAnswers, unique } from '../support/live.ts';
import { POSTGRES, providePostgres } from '../support/postgres.ts';
import { dockerAt } from '../support/sidecar.ts';

const EXAMPLE = resolve('examples/db-admin');
const POLICY = '.devcontainer/cofferdam.yaml';

/** Beside the example's: actions that show what reaches a program, and that take their time. */
const MORE = `  words:
    describe: prints its words
    run: [node, -e, "console.log(JSON.stringify(process.argv.slice(1)))", --, "{a}"]
    arguments: { a: { type: string, pattern: "[^]*", maxLength: 1000 } }
    perMinute: 40
  five:
    describe: five times a minute
    run: [sh, -c, "echo ran >> /data/five"]
    perMinute: 5
    concurrency: 10
  waits:
    describe: starts others and waits
    run: [sh, -c, "trap '' TERM; setsid sleep 4001 & sleep 4002 & (setsid env -i sleep 4003 &) & setsid env -i sleep 4004 & echo up; wait"]
`;

const TABLES = 'SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders)';

describe.skipIf(!engineAnswers())('actions in a box, with the example db-admin', () => {
  let sample: Sample;
  const action = (...words: string[]): Cli => cofferdam(sample.root, ['action', ...words]);
  const inside = (...argv: string[]): Cli => cofferdam(sample.root, ['exec', '--', ...argv]);
  /** As the agent could do it by itself: with the client that the sidecar's image has. */
  const sql = (text: string): string =>
    docker('exec', sidecar(), 'psql', '-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', text);
  const containerOf = (role: string): string =>
    docker(
      'ps',
      '-q',
      '--filter',
      `label=dev.cofferdam.project=${sample.project()}`,
      '--filter',
      `label=dev.cofferdam.role=${role}`,
    );
  const sidecar = (): string => containerOf('actions');
  const addressOn = (network: string): string =>
    docker(
      'inspect',
      '--format',
      `{{(index .NetworkSettings.Networks "${sample.project()}_${network}").IPAddress}}`,
      sidecar(),
    );

  beforeAll(() => {
    providePostgres();
    sample = sampleRepository('shop');
    expect(cofferdam(sample.root, ['init', '--yes', '--agent', 'claude-code'])).toMatchObject({ code: 0 });
    const keys = readFileSync(join(EXAMPLE, 'policy.yaml'), 'utf8').replace(
      '"16"',
      JSON.stringify(POSTGRES.split(':')[1]),
    );
    appendFileSync(join(sample.root, POLICY), `\n${keys}${MORE}`);
    cpSync(join(EXAMPLE, 'actions'), join(sample.root, '.devcontainer/actions'), { recursive: true });
    expect(cofferdam(sample.root, ['sync'])).toMatchObject({ code: 0 });
    expect(cofferdam(sample.root, ['up'])).toMatchObject({ code: 0 });
  });
  afterAll(() => {
    if (sample === undefined) return;
    const shared =
      /^COFFERDAM_SHARED=(.+)$/m.exec(`${sample.read('.devcontainer/.env')}\n`)?.[1] ?? `${sample.project()}-shared`;
    const mine = ['--filter', `label=dev.cofferdam.shared=${shared}`];
    for (const id of docker('ps', '-aq', ...mine)
      .split('\n')
      .filter(Boolean))
      docker('rm', '--force', '--volumes', id);
    sample.remove();
    for (const id of docker('volume', 'ls', '-q', ...mine)
      .split('\n')
      .filter(Boolean))
      docker('volume', 'rm', id);
    for (const id of docker('network', 'ls', '-q', ...mine)
      .split('\n')
      .filter(Boolean))
      docker('network', 'rm', id);
  });

  it('migrates once, each file in a transaction, and refuses one that was changed', () => {
    expect(action('migrate')).toMatchObject({
      code: 0,
      stdout: 'applied 0001_customers\napplied 0002_orders\n2 applied\n',
    });
    expect(action('migrate')).toMatchObject({ code: 0, stdout: '0 applied\n' });
    const folder = join(sample.root, '.devcontainer/actions/migrations');
    const first = readFileSync(join(folder, '0001_customers.sql'), 'utf8');
    writeFileSync(join(folder, '0001_customers.sql'), `${first}\n-- changed\n`);
    writeFileSync(join(folder, '0003_more.sql'), 'CREATE TABLE more (id int);\n');
    const changed = action('migrate');
    expect(changed.code).toBe(1);
    expect(changed.stderr).toContain('0001_customers.sql was changed after it was applied');
    expect(sql("SELECT to_regclass('more') IS NULL")).toBe('t');
    writeFileSync(join(folder, '0001_customers.sql'), first);
    writeFileSync(join(folder, '0003_more.sql'), 'CREATE TABLE more (id int);\nSELECT 1 / 0;\n');
    expect(action('migrate')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('0003_more failed and was undone'),
    });
    expect(sql("SELECT to_regclass('more') IS NULL")).toBe('t');
    rmSync(join(folder, '0003_more.sql'));
  });

  it('brings a dropped table back, row for row', () => {
    expect(action('seed')).toMatchObject({ code: 0 });
    expect(sql(TABLES)).toBe('100|500');
    expect(action('backup', 'name=before')).toMatchObject({ code: 0 });
    expect(inside('cofferdam', 'action', 'list').stdout).toMatch(/^before \d+ bytes /);
    sql('DROP TABLE orders; DELETE FROM customers WHERE id > 10');
    expect(sql("SELECT to_regclass('orders') IS NULL")).toBe('t');
    expect(inside('cofferdam', 'action', 'restore', 'name=before')).toMatchObject({ code: 0 });
    expect(sql(TABLES)).toBe('100|500');
    expect(action('reset', 'confirm=erase')).toMatchObject({ code: 0 });
    expect(sql("SELECT to_regclass('customers') IS NULL")).toBe('t');
    expect(action('restore', 'name=before')).toMatchObject({ code: 0 });
    expect(sql(TABLES)).toBe('100|500');
  });

  it('keeps backups from the agent, and from being replaced', () => {
    expect(action('backup', 'name=before')).toMatchObject({ code: 1, stderr: expect.stringContaining('already') });
    for (const name of ['../x', 'a/b', '-x', 'a b', 'A', '$(id)', '']) {
      expect(action('backup', `name=${name}`)).toMatchObject({ code: 120, stderr: expect.stringContaining('refused') });
    }
    expect(inside('sh', '-c', 'ls /data /actions 2>&1; : > .devcontainer/actions/backup')).toMatchObject({
      code: expect.any(Number),
      stderr: expect.stringContaining('Read-only file system'),
    });
    expect(inside('test', '-e', '/data/backups').code).toBe(1);
  });

  it.each(['; id', '$(id)', '`id`', "'", '"', '\\', '\n', '*', '--', '{a}', '-e 1', 'ü\u202e'])(
    'hands %j over as it is',
    (text) => {
      const { stdout, code } = inside('cofferdam', 'action', 'words', `a=${text}`);
      expect({ code, words: JSON.parse(stdout) }).toEqual({ code: 0, words: [text] });
    },
  );

  it('runs five of a hundred calls at once, and tells the others when to come again', () => {
    const script = `const http = require('node:http');
      const token = require('node:fs').readFileSync('/etc/cofferdam/actions-token', 'utf8').trim();
      const call = () => new Promise((resolve) => http.request(process.env.COFFERDAM_ACTIONS + '/actions/five', { method: 'POST',
        agent: false, headers: { Authorization: 'Bearer ' + token } }, (answer) => { answer.resume();
        answer.on('end', () => resolve(answer.statusCode + ' ' + (answer.headers['retry-after'] > 0))); }).end());
      Promise.all(Array.from({ length: 100 }, call)).then((all) => console.log(JSON.stringify(all)));`;
    const answers: readonly string[] = JSON.parse(inside('node', '-e', script).stdout);
    expect(answers.filter((answer) => answer === '200 false').length).toBe(5);
    expect(answers.filter((answer) => answer === '429 true').length).toBe(95);
    expect(docker('exec', sidecar(), 'cat', '/data/five')).toBe('ran\n'.repeat(5).trim());
  });

  it('ends with everything it started when its caller is gone', async () => {
    const sleeping = (): string =>
      docker(
        'exec',
        sidecar(),
        'sh',
        '-c',
        'cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -o "sleep 400[1-4]" | sort | tr "\\n" ","',
      );
    // The client takes the first output as the sign that all runs, then leaves.
    const leave =
      "const { spawn } = require('node:child_process'); const c = spawn('cofferdam', ['action', 'waits']); c.stdout.once('data', () => { console.log('up'); c.kill('SIGKILL'); });";
    const before = docker('logs', sidecar()).split('\n').length;
    expect(inside('node', '-e', leave).stdout).toBe('up\n');
    const ended = (): boolean =>
      docker('logs', sidecar())
        .split('\n')
        .slice(before - 1)
        .some((line) => line.includes('"stopped":"disconnect"'));
    while (!ended()) await new Promise((done) => setTimeout(done, 100));
    expect(sleeping()).toBe('');
  });

  describe('a caller from elsewhere', () => {
    const made: string[] = [];
    const strangerOn = (...networks: string[]): string => {
      const [first = '', ...more] = networks;
      const name = unique('cofferdam-stranger');
      const image = docker('inspect', '--format', '{{.Image}}', sample.agent());
      docker('run', '--detach', '--name', name, '--network', first, image, 'sleep', '1000');
      made.push(name);
      for (const network of more) docker('network', 'connect', network, name);
      return name;
    };
    /** The status of a request that has all but its place; or the errno. */
    const callFrom = (container: string, host: string, token: string): string =>
      dockerAt(process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock', [
        'exec',
        container,
        'node',
        '-e',
        `require('node:http').get({ host: '${host}', port: 7070, path: '/actions', timeout: 3000, headers: {
          Host: 'cofferdam-actions:7070', Authorization: 'Bearer ${token}' } }, (a) => { console.log(a.statusCode); process.exit(); })
          .on('timeout', () => { console.log('timeout'); process.exit(); }).on('error', (e) => console.log(e.code));`,
      ]).text.trim();
    const token = (): string => sample.read('.devcontainer/state/actions-token').trim();
    afterAll(() => made.forEach((name) => void docker('rm', '--force', name)));

    it('gets no connection, although it has the token', () => {
      const stranger = strangerOn(`${sample.project()}_default`, `${sample.project()}_services`);
      for (const network of ['actions', 'services']) {
        expect(callFrom(stranger, addressOn(network), token())).toMatch(
          /^(?:timeout|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/,
        );
      }
    });

    it('needs the token also on the right network: each of the two is enough to keep it out', () => {
      const stranger = strangerOn(`${sample.project()}_actions`);
      expect(callFrom(stranger, 'cofferdam-actions', 'b'.repeat(64))).toBe('401');
      expect(callFrom(stranger, 'cofferdam-actions', token())).toBe('200'); // so the others were refused for what they lacked
    });
  });

  it('hides the secrets from the agent and gives them to the programs', () => {
    const secrets = join(sample.root, '.devcontainer/state/secrets');
    writeFileSync(join(secrets, 'CANARY'), 'canary-1234');
    expect(docker('exec', sidecar(), 'cat', '/run/secrets/CANARY')).toBe('canary-1234');
    expect(
      inside('sh', '-c', 'grep -rs canary-1234 /workspace/.devcontainer; ls -A /workspace/.devcontainer/state/secrets'),
    ).toMatchObject({ stdout: '' });
    // The control: that is where it is, once the empty folder does not lie over it.
    expect(
      docker(
        'run',
        '--rm',
        '--volume',
        `${sample.root}:/workspace:ro`,
        '--entrypoint',
        'cat',
        docker('inspect', '--format', '{{.Image}}', sidecar()),
        '/workspace/.devcontainer/state/secrets/CANARY',
      ),
    ).toBe('canary-1234');
  });

  it('leaves a log whose chain is whole, with each call before it ran and after', () => {
    const { stdout, code } = cofferdam(sample.root, ['log', '--json']);
    expect(code).toBe(0);
    const lines: readonly { sidecar: string; event: string; detail: Record<string, unknown> }[] = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const calls = (event: string) =>
      lines.filter((line) => line.sidecar === 'actions' && line.event === event).map(({ detail }) => detail['call']);
    expect(calls('allowed').length).toBeGreaterThan(20);
    expect(calls('finished').sort()).toEqual(calls('allowed').sort());
  });

  describe('verify', () => {
    const OPEN = "require('http').createServer((_, answer) => answer.end('{}')).listen(7070)";
    const PROBES = ['actions-neighbours', 'actions-secrets', 'actions-token', 'sidecar-health', 'sidecar-privileges'];
    const verdicts = (): readonly string[] => {
      const { stdout, stderr } = cofferdam(sample.root, ['verify', '--only', PROBES.join(','), '--format', 'json']);
      if (stdout === '') throw new Error(stderr);
      const { probes }: { probes: readonly { id: string; verdict: string; evidence: string }[] } = JSON.parse(stdout);
      return probes.map(({ id, verdict, evidence }) =>
        verdict === 'held' ? `${id} held` : `${id} ${verdict}: ${evidence}`,
      );
    };

    it('finds that all of it holds', () => {
      expect([...verdicts()].sort()).toEqual(PROBES.map((id) => `${id} held`));
    });

    it('notices a shared network, a sidecar that asks for no token, and secrets that nothing lies over', () => {
      const path = '.devcontainer/docker-compose.yml';
      const text = sample.read(path);
      const compose: { services: Record<string, Record<string, unknown>> } = parse(text);
      const { actions, agent } = compose.services;
      if (actions === undefined || agent === undefined) throw new Error('the box has no such services');
      actions['networks'] = { default: { aliases: ['cofferdam-actions'] } };
      actions['entrypoint'] = ['node', '-e', OPEN];
      actions['command'] = [];
      actions['healthcheck'] = { test: ['NONE'] };
      agent['depends_on'] = {};
      const volumes: unknown = agent['volumes'];
      if (Array.isArray(volumes)) agent['volumes'] = volumes.filter(({ type }) => type !== 'tmpfs');
      sample.write(path, stringify(compose));
      const folder = join(sample.root, '.devcontainer');
      const { status, stderr } = spawnSync('docker', ['compose', 'up', '--detach'], { cwd: folder, encoding: 'utf8' });
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      const said = verdicts();
      sample.write(path, text);
      for (const id of PROBES) expect(said).toContainEqual(expect.stringMatching(new RegExp(`^${id} breached`)));
    });
  });
});
