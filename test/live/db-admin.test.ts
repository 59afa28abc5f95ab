import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { docker, engineAnswers, unique } from '../support/live.ts';
import { POSTGRES, providePostgres } from '../support/postgres.ts';

/** The example's programs beside a server, as the role that owns the database, without a box around them. */
describe.skipIf(!engineAnswers())('the example db-admin', () => {
  const name = unique('cofferdam-db-admin');
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-db-admin-'));
  const third = join(folder, 'migrations/0003_more.sql');
  const inside = (...argv: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      'docker',
      ['exec', '--user', 'postgres', '--env', 'PGUSER=shop', '--env', 'PGDATABASE=shop', name, ...argv],
      { encoding: 'utf8' },
    );
    return { code: status, stdout, stderr };
  };
  const action = (program: string, ...words: string[]) => inside(`/actions/${program}`, ...words);
  const sql = (text: string, role = 'shop'): string => {
    const { code, stdout, stderr } = inside('psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', role, '-c', text);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const backups = (): readonly string[] => inside('ls', '-A', '/data/backups').stdout.split('\n').filter(Boolean);
  const customers = (): string => sql('SELECT count(*) FROM customers');

  beforeAll(async () => {
    providePostgres();
    cpSync(resolve('examples/db-admin/actions'), folder, { recursive: true });
    chmodSync(folder, 0o755);
    docker(
      ...['run', '--detach', '--init', '--name', name, '--network', 'none', '--env', 'POSTGRES_PASSWORD=x'],
      ...['--tmpfs', '/data:mode=1777,size=64m', '--volume', `${folder}:/actions:ro`, POSTGRES],
    );
    // While the image prepares its database it listens on a socket only.
    while (inside('pg_isready', '--host', '127.0.0.1').code !== 0) await new Promise((done) => setTimeout(done, 200));
    inside('psql', '-Xq', '-U', 'postgres', '-d', 'postgres', '-c', 'CREATE ROLE shop LOGIN');
  });
  beforeEach(() => {
    const anew = `psql -Xq -U postgres -d postgres -c 'DROP DATABASE IF EXISTS shop WITH (FORCE)' -c 'CREATE DATABASE shop OWNER shop' &&
      rm -rf /data/backups && /actions/migrate && /actions/seed && /actions/backup before`;
    expect(inside('sh', '-c', anew)).toMatchObject({ code: 0 });
  });
  afterEach(() => rmSync(third, { force: true }));
  afterAll(() => {
    docker('rm', '--force', '--volumes', name);
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each([
    ['dropped the schema', 'DROP SCHEMA public CASCADE'],
    ['dropped the schema and made it again', 'DROP SCHEMA public CASCADE; CREATE SCHEMA public'],
  ])('after somebody %s', (_, harm) => {
    beforeEach(() => void sql(harm));

    it('migrates', () => {
      expect(action('migrate')).toMatchObject({ code: 0, stdout: expect.stringContaining('2 applied') });
    });

    it('restores', () => {
      expect(action('restore', 'before')).toMatchObject({ code: 0, stderr: '' });
      expect(customers()).toBe('100');
    });

    it('resets, and does all of it then', () => {
      expect(action('reset', 'erase')).toMatchObject({ code: 0 });
      expect(action('migrate')).toMatchObject({ code: 0 });
      expect(action('reset', 'erase')).toMatchObject({ code: 0 });
      expect(action('restore', 'before')).toMatchObject({ code: 0, stderr: '' });
      expect(customers()).toBe('100');
    });
  });

  it('does not begin a migration that ends its transaction', () => {
    for (const text of ['COMMIT;', 'COMMIT AND NO CHAIN;', 'commit work;', 'SELECT 1; COMMIT;', 'BEGIN TRANSACTION;']) {
      writeFileSync(third, `CREATE TABLE more (id int);\n${text}\n`);
      expect(action('migrate')).toMatchObject({ code: 1, stderr: expect.stringContaining('transaction of its own') });
    }
    expect(sql("SELECT to_regclass('more') IS NULL")).toBe('t');
  });

  it.each(['END;', 'END; SELECT 1 / 0;', 'END; START /**/ TRANSACTION;'])(
    'says that a migration with %s is neither applied nor undone, until a person has looked',
    (text) => {
      writeFileSync(third, `CREATE TABLE more (id int);\n${text}\n`);
      const halfWay = { code: 1, stderr: expect.stringContaining('0003_more was stopped half-way') };
      expect(action('migrate')).toMatchObject(halfWay);
      expect(sql("SELECT to_regclass('more') IS NULL")).toBe('f'); // so "undone" would not be true
      expect(action('migrate')).toMatchObject(halfWay);
    },
  );

  it('applies a migration with a function, whose body has BEGIN and END', () => {
    writeFileSync(
      third,
      'CREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1;\nEND;\n$$;\nSELECT one();\n',
    );
    expect(action('migrate')).toMatchObject({ code: 0, stdout: expect.stringContaining('applied 0003_more') });
    expect(action('migrate')).toMatchObject({ code: 0, stdout: '0 applied\n' });
  });

  it('writes nothing into a table of another role, which could have triggers', () => {
    sql('DROP TABLE schema_migrations');
    sql(
      'CREATE TABLE schema_migrations (version text, checksum text, applied_at date); GRANT ALL ON schema_migrations TO shop',
      'postgres',
    );
    expect(action('migrate')).toMatchObject({ code: 1, stderr: expect.stringContaining('of another role') });
  });

  it('leaves nothing of a backup that is ended, and removes what one that was killed has left', () => {
    const interrupted = `psql -Xqc 'BEGIN; LOCK TABLE customers; SELECT pg_sleep(600)' & lock=$!
      until [ "$(psql -XAtqc "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock'")" -gt 0 ]; do :; done
      setsid /actions/backup two & backup=$!
      until ls /data/backups/.new.* 2>/dev/null; do :; done
      kill -s "$1" -- "-$backup"; wait "$backup"; echo "ended $?"; kill "$lock"
      psql -XAtqc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"`;
    expect(inside('sh', '-c', interrupted, 'sh', 'TERM').stdout).toContain('ended 143');
    expect(backups()).toEqual(['before.dump']);
    expect(inside('sh', '-c', interrupted, 'sh', 'KILL').stdout).toContain('ended 137');
    expect(backups().length).toBe(2);
    expect(action('backup', 'three')).toMatchObject({ code: 0, stderr: '' });
    expect(backups()).toEqual(['before.dump', 'three.dump']);
  });

  it('keeps twenty files at most, whatever they are called', () => {
    inside('sh', '-c', 'for n in $(seq 19); do : >/data/backups/.other-$n; done');
    expect(action('backup', 'more')).toMatchObject({ code: 1, stderr: expect.stringContaining('there are 20') });
  });
});
