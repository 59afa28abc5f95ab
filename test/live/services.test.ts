import { spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cofferdam, type Sample } from '../support/box.ts';
import { docker, engineAnswers, unique } from '../support/live.ts';
import { providePostgres } from '../support/postgres.ts';
import {
  agentEnvironment,
  asSuperuser,
  atOnce,
  leftOf,
  query,
  read,
  shared,
  sharingRepository,
  stateFolder,
  worktreeOf,
} from '../support/services.ts';

const HBA = '/etc/cofferdam/pg_hba.conf';

describe.skipIf(!engineAnswers())('a Postgres that two folders share', () => {
  let state: string;
  let main: Sample;
  let two: Sample;
  let projects: readonly string[] = [];

  const postgres = (): string => `${main.project()}-shared-postgres-1`;
  const databaseOf = (sample: Sample): string => sample.project().replaceAll('-', '_');
  async function bothUp(): Promise<void> {
    const results = await Promise.all([main, two].map(({ root }) => atOnce(root, ['up'])));
    for (const { code, stderr } of results) if (code !== 0) throw new Error(stderr);
  }
  const down = (sample: Sample, ...more: string[]): void =>
    expect(cofferdam(sample.root, ['down', ...more])).toMatchObject({ code: 0 });

  beforeAll(async () => {
    state = stateFolder();
    vi.stubEnv('XDG_STATE_HOME', state);
    providePostgres();
    main = sharingRepository(unique('svc'));
    two = worktreeOf(main, 'two');
    // Both for the first time, and at once.
    await bothUp();
    projects = [main.project(), two.project()];
  });
  afterAll(() => {
    if (!main) return;
    cofferdam(main.root, ['services', 'down', '--data', '--yes', '--force']);
    two?.remove();
    main.remove();
    rmSync(state, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  it('is started once, whoever comes first, and gives each its own database', () => {
    const filter = `label=com.docker.compose.project=${main.project()}-shared`;
    expect(docker('ps', '--filter', filter, '--format', '{{.Names}}')).toBe(postgres());
    expect(docker('port', postgres())).toBe('');
    for (const sample of [main, two]) {
      const { PGUSER, PGPASSWORD, DATABASE_URL } = agentEnvironment(sample);
      expect(PGUSER).toBe(databaseOf(sample));
      expect(DATABASE_URL).toBe(`postgresql://${PGUSER}:${PGPASSWORD}@postgres:5432/${PGUSER}`);
      expect(query(sample, `create table mine as select '${PGUSER}' as whose`)).toMatchObject({ ok: true });
      expect(query(sample, 'select whose from mine')).toEqual({ ok: true, text: databaseOf(sample) });
    }
  });

  it('keeps the password in a file that only its owner reads, and in no image', () => {
    const path = join(main.root, '.devcontainer/state/services.env');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { PGPASSWORD = '' } = agentEnvironment(main);
    expect(PGPASSWORD).toMatch(/^[0-9a-f]{48}$/);
    expect(docker('history', '--no-trunc', `${main.project()}-agent`)).not.toContain(PGPASSWORD);
    expect(read(join(main.root, '.devcontainer/.env'))).not.toContain(PGPASSWORD);
  });

  it('runs without a privilege, and forwards nothing between the networks that it is on', () => {
    const status = docker('exec', postgres(), 'cat', '/proc/1/status', '/proc/sys/net/ipv4/ip_forward');
    expect(status).toMatch(/^CapBnd:\t0{16}$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status.split('\n').at(-1)).toBe('0');
  });

  const ATTACKS: readonly (readonly [string, () => ReturnType<typeof query>, RegExp])[] = [
    ['another folder’s database', () => query(two, 'select 1', { database: databaseOf(main) }), /pg_hba/],
    ['the superuser’s database', () => query(two, 'select 1', { database: 'postgres' }), /pg_hba/],
    ['the superuser', () => query(two, 'select 1', { user: 'postgres', database: databaseOf(two) }), /pg_hba/],
    [
      'another folder’s role',
      () => query(two, 'select 1', { user: databaseOf(main), database: databaseOf(main) }),
      /password/,
    ],
    ['a program', () => query(two, "copy (select 1) to program 'id'"), /must be superuser|permission denied/],
    ['a file of the server', () => query(two, "select pg_read_file('/etc/passwd')"), /permission denied/],
    ['a file as a large object', () => query(two, "select lo_import('/etc/passwd')"), /permission denied/],
    ['a connection from the server', () => query(two, 'create extension dblink'), /permission denied/],
    ['another role', () => query(two, 'create role friend superuser'), /must be superuser|permission denied/],
  ];
  it.each(ATTACKS)('does not give a folder %s', (_, attack, refusal) => {
    expect(attack().text).toMatch(refusal);
  });

  it('shows a folder that another is connected, but not what it asks', async () => {
    const slow = "select 'their secret', pg_sleep(60)";
    docker('exec', '--detach', '--user', 'postgres', postgres(), 'psql', '-qAtc', slow, 'dbname=postgres');
    const seen = "select query from pg_stat_activity where query like '%sec' || 'ret''%' or query like '<ins%'";
    await vi.waitUntil(() => asSuperuser(postgres(), seen).includes('their secret'), { timeout: 30_000 });
    expect(query(two, seen).text).toContain('<insufficient privilege>');
    expect(query(two, seen).text).not.toContain('their secret');
    asSuperuser(
      postgres(),
      "select pg_terminate_backend(pid) from pg_stat_activity where query like 'select ''their%'",
    );
  });

  /** The server with other rules about who may connect, while `work` is done. */
  function withHba(rules: string, work: () => void): void {
    const folder = mkdtempSync(join(tmpdir(), 'cofferdam-hba-'));
    const [own, other] = [join(folder, 'own'), join(folder, 'other')];
    docker('cp', `${postgres()}:${HBA}`, own);
    writeFileSync(other, rules, { mode: 0o644 });
    try {
      docker('cp', other, `${postgres()}:${HBA}`);
      asSuperuser(postgres(), 'select pg_reload_conf()');
      work();
    } finally {
      docker('cp', own, `${postgres()}:${HBA}`);
      asSuperuser(postgres(), 'select pg_reload_conf()');
      rmSync(folder, { recursive: true });
    }
  }
  const OPEN = 'local all postgres peer\nhost all all samenet scram-sha-256\n';
  const other = (): ReturnType<typeof query> => query(two, 'select 42', { database: databaseOf(main) });

  it('needs both out of the way, its rules and the revoked right, before one is in another’s database', () => {
    withHba(OPEN, () => expect(other().text).toContain('User does not have CONNECT privilege'));
    asSuperuser(postgres(), `grant connect on database ${databaseOf(main)} to public`);
    expect(other().text).toContain('pg_hba.conf rejects');
    withHba(OPEN, () => expect(other()).toEqual({ ok: true, text: '42' }));
    shared(main, 'join');
    withHba(OPEN, () => expect(other().text).toContain('User does not have CONNECT privilege'));
  });

  it('takes back what somebody gave a role meanwhile', () => {
    const program = (): string => query(two, "copy (select 1) to program 'cat >&2'; select 'ran'").text;
    asSuperuser(postgres(), `alter role ${databaseOf(two)} superuser`);
    expect(program()).toContain('ran');
    shared(two, 'join');
    expect(program()).toContain('must be superuser');
    asSuperuser(postgres(), `grant pg_execute_server_program to ${databaseOf(two)}`);
    expect(program()).toContain('ran');
    shared(two, 'join');
    expect(program()).toContain('must be superuser');
  });

  it('is attacked by `verify`, which notices when the role may too much', () => {
    const verify = (): { verdict: string; evidence: string; control: { detected: boolean } } => {
      const { stdout, stderr } = cofferdam(two.root, ['verify', '--only', 'database-neighbour', '--format', 'json']);
      if (stdout === '') throw new Error(stderr);
      return JSON.parse(stdout).probes[0];
    };
    expect(verify()).toMatchObject({ verdict: 'held', control: { detected: true } });
    asSuperuser(postgres(), `grant pg_execute_server_program to ${databaseOf(two)}`);
    asSuperuser(postgres(), `grant connect on database ${databaseOf(main)} to public`);
    withHba(OPEN, () => {
      const { verdict, evidence } = verify();
      expect(verdict).toBe('breached');
      expect(evidence).toContain(`enter the database ${databaseOf(main)}`);
      expect(evidence).toContain('run a program on the server: the server did it');
      expect(evidence).not.toContain('enter the database postgres');
    });
    shared(main, 'join');
    shared(two, 'join');
    expect(verify()).toMatchObject({ verdict: 'held' });
  });

  it('does not let the agents reach each other, unless one is put on the other’s network', () => {
    const serve = "require('net').createServer((c) => c.end('here')).listen(8123, '0.0.0.0')";
    docker('exec', '--detach', two.agent(), 'node', '-e', serve);
    const found = docker(
      'inspect',
      '--format',
      '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}',
      two.agent(),
    );
    const addresses = found.split(' ').filter((one) => one !== '');
    expect(addresses).toHaveLength(2);
    const reach = (from: string): readonly string[] =>
      addresses.map((host) => {
        const talk = `const c = require('net').connect({ host: '${host}', port: 8123, timeout: 3000 });
          c.on('data', (d) => { console.log(String(d)); process.exit() });
          c.on('error', (e) => { console.log(e.code); process.exit() }); c.on('timeout', () => { console.log('silent'); process.exit() });`;
        return docker('exec', from, 'node', '-e', talk);
      });
    expect(reach(two.agent())).toEqual(['here', 'here']);
    expect(reach(main.agent()).filter((answer) => answer === 'here')).toEqual([]);
    const network = `${two.project()}_services`;
    docker('network', 'connect', network, main.agent());
    expect(reach(main.agent())).toContain('here');
    docker('network', 'disconnect', network, main.agent());
  });

  it('is shown with its folders and the sizes of their databases', () => {
    const { code, stdout } = cofferdam(main.root, ['services', 'status', '--json']);
    expect(code).toBe(0);
    const now = JSON.parse(stdout);
    expect(now).toMatchObject({ state: 'running', outdated: false, project: `${main.project()}-shared` });
    expect(now.folders).toEqual(
      [main, two].map((one) => ({
        folder: one.root,
        project: one.project(),
        database: databaseOf(one),
        running: true,
      })),
    );
    expect(now.databases.map(({ name }: { name: string }) => name)).toEqual([databaseOf(main), databaseOf(two)]);
    for (const { bytes } of now.databases) expect(bytes).toBeGreaterThan(1_000_000);
    expect(cofferdam(two.root, ['services', 'status']).stdout).toContain(two.root);
  });

  it('is not stopped while a box uses it, and keeps what it holds when it is', async () => {
    expect(cofferdam(two.root, ['services', 'down'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('services-in-use'),
    });
    down(main);
    down(two);
    expect(cofferdam(two.root, ['services', 'down'])).toMatchObject({ code: 0 });
    expect(docker('ps', '--all', '--quiet', '--filter', `name=${postgres()}`)).toBe('');
    expect(cofferdam(main.root, ['services', 'status'])).toMatchObject({ code: 3 });

    // Killed in the middle of starting it: the next one does not wait for a lock that nobody holds.
    const killed = spawn('sh', ['.devcontainer/shared.sh', 'join'], {
      cwd: main.root,
      stdio: 'ignore',
      detached: true,
    });
    const lock = join(state, 'cofferdam', `${main.project()}-shared.lock`);
    await vi.waitUntil(() => lstatSync(lock, { throwIfNoEntry: false }), { timeout: 60_000, interval: 5 });
    process.kill(-(killed.pid ?? 0), 'SIGKILL');
    await new Promise((resolve) => killed.on('close', resolve));
    expect(lstatSync(lock).isSymbolicLink()).toBe(true);

    shared(main, 'join');
    for (const name of [main, two].map(databaseOf)) {
      expect(asSuperuser(postgres(), 'select whose from mine', name)).toBe(name);
    }
  });

  it('gives a folder its database again, with the password that it has, after the data was deleted', async () => {
    const file = '.devcontainer/state/services.env';
    const before = main.read(file);
    expect(cofferdam(main.root, ['services', 'down', '--data'])).toMatchObject({ code: 2 });
    const gone = cofferdam(main.root, ['services', 'down', '--data', '--yes']);
    expect(gone).toMatchObject({ code: 0, stderr: expect.stringContaining(databaseOf(two)) });
    await bothUp();
    expect(main.read(file)).toBe(before);
    for (const sample of [main, two]) expect(query(sample, 'select 42')).toEqual({ ok: true, text: '42' });
  });

  it('loses a folder’s database with that folder’s `down --all`, and leaves nothing at the end', () => {
    const result = cofferdam(two.root, ['down', '--all', '--json']);
    expect(JSON.parse(result.stdout).removed).toContain(`database ${databaseOf(two)}`);
    const databases = (): string => asSuperuser(postgres(), 'select datname from pg_database order by 1');
    expect(databases()).not.toContain(databaseOf(two));
    expect(databases()).toContain(databaseOf(main));
    expect(asSuperuser(postgres(), 'select rolname from pg_roles')).not.toContain(databaseOf(two));
    expect(query(main, 'select 42')).toEqual({ ok: true, text: '42' });
    down(main, '--all');
    expect(cofferdam(main.root, ['services', 'down', '--data', '--yes'])).toMatchObject({ code: 0 });
    expect(leftOf(projects)).toEqual([]);
    expect(readdirSync(join(state, 'cofferdam'))).toEqual([]);
  });
});
