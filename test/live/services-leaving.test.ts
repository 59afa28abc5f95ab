import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LABELS } from '../../src/policy/layout.ts';
import { cofferdam, type Sample } from '../support/box.ts';
import { docker, engineAnswers, unique } from '../support/live.ts';
import { POSTGRES, providePostgres } from '../support/postgres.ts';
import { asSuperuser, shared, sharingRepository, stateFolder, worktreeOf } from '../support/services.ts';

describe.skipIf(!engineAnswers())('a folder that leaves the shared Postgres', () => {
  let state: string;
  let main: Sample;
  let two: Sample;
  let project: string;
  /** What counts as a running box of the main checkout. */
  let box: string;
  let mine: string;
  let theirs: string;

  const postgres = (): string => `${main.project()}-shared-postgres-1`;
  const admin = (sql: string, database?: string): string => asSuperuser(postgres(), sql, database);
  const named = (name: string): string =>
    admin(`select datname from pg_database where datname = '${name}'
      union all select rolname from pg_roles where rolname = '${name}'`);
  /** With the folder's own password, from its own network: as its agent does. */
  function as(sample: Sample, sql: string): string {
    const secrets = join(sample.root, '.devcontainer/state/services.env');
    const box = ['run', '--rm', '--network', `${projectOf(sample)}_services`, '--env-file', secrets];
    const psql = ['--entrypoint', 'psql', POSTGRES, '--no-psqlrc', '-qAt', '-v', 'ON_ERROR_STOP=1', '-c', sql];
    const { stdout, stderr } = spawnSync('docker', [...box, ...psql], { encoding: 'utf8' });
    return (stdout + stderr).trim();
  }
  const projectOf = (sample: Sample): string => (/^own (.*)$/m.exec(shared(sample, 'status')) ?? [])[1] ?? '';

  beforeAll(() => {
    state = stateFolder();
    vi.stubEnv('XDG_STATE_HOME', state);
    providePostgres();
    main = sharingRepository(unique('svc-gone'));
    two = worktreeOf(main, 'two');
    mine = projectOf(main).replaceAll('-', '_');
    theirs = projectOf(two).replaceAll('-', '_');
    project = projectOf(main);
    main.project = () => project;
    const label = `${LABELS.project}=${project}`;
    box = docker(
      'run',
      '--detach',
      '--network',
      'none',
      '--label',
      label,
      '--entrypoint',
      'sleep',
      POSTGRES,
      'infinity',
    );
  });
  beforeEach(() => {
    shared(main, 'join');
    shared(two, 'join');
  });
  afterAll(() => {
    if (!main) return;
    cofferdam(main.root, ['worktree', 'remove', 'two', '--force']);
    cofferdam(main.root, ['down', '--all']); // with what counts as its box
    cofferdam(main.root, ['services', 'down', '--data', '--yes', '--force']);
    main.remove();
    rmSync(state, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  it('takes its role with it, whatever another folder granted to it, and however that one keeps the door shut', () => {
    const attack = `create table bait (x int); grant select on bait to ${theirs};
      alter table bait enable row level security; create policy p on bait to ${theirs} using (true);
      alter default privileges grant select on tables to ${theirs};
      grant connect on database ${mine} to ${theirs};
      alter database ${mine} set role = '${mine}'; alter database ${mine} set search_path = evil;
      alter database ${mine} set default_transaction_read_only = on`;
    expect(as(main, attack)).toBe('');
    // Without taking them away first, no superuser gets rid of it.
    expect(() => admin(`drop role ${theirs}`)).toThrow(/some objects depend on it/);
    expect(shared(two, 'leave', '--drop')).toContain(`removed database ${theirs}`);
    expect(named(theirs)).toBe('');
    shared(main, 'join');
    expect(as(main, 'select count(*) from bait')).toBe('0');
  });

  it('is not kept by a database that its owner made a template of, and starts anew without what was set', () => {
    const set = `alter database ${theirs} is_template true; alter database ${theirs} connection limit 0;
      alter role ${theirs} set default_transaction_read_only = on; alter database ${theirs} set search_path = evil`;
    expect(as(two, set)).toBe('');
    expect(as(two, 'select 1')).toContain('too many connections');
    expect(shared(two, 'status')).toContain(`"name" : "${theirs}"`);
    shared(two, 'join');
    expect(as(two, 'show search_path; create table kept (x int)')).toBe('"$user", public');
    expect(as(two, set)).toBe('');
    expect(() => admin(`drop database ${theirs} with (force)`)).toThrow(/cannot drop a template database/);
    expect(shared(two, 'leave', '--drop')).toContain(`removed database ${theirs}`);
    expect(named(theirs)).toBe('');
  });

  it('leaves nothing to a new one of its name, also when the services did not run, and keeps what is in use', () => {
    const holds = (): string => as(two, 'table of_the_first');
    expect(as(two, "create table of_the_first as select 'theirs' as whose")).toBe('');
    shared(two, 'join');
    expect(holds()).toBe('theirs');
    shared(main, 'down', '--force');
    const removed = cofferdam(main.root, ['worktree', 'remove', 'two', '--force']);
    expect(removed.code, removed.stderr).toBe(0);
    expect(removed.stdout).toContain(`database ${theirs}: it goes when the shared services are started next`);
    shared(main, 'join');
    expect(named(theirs)).toBe('');
    two = worktreeOf(main, 'two');
    shared(two, 'join');
    expect(as(two, "create table of_the_first as select 'theirs' as whose")).toBe('');
    // The same without a word to anybody: a worktree that has no password is not the one that had the database.
    rmSync(join(two.root, '.devcontainer/state/services.env'));
    shared(two, 'join');
    expect(holds()).toContain('does not exist');
  });

  it('is taken from the services by `worktree remove`, also when its folder is gone', () => {
    expect(() => shared(main, 'leave', '--drop', projectOf(two))).toThrow(/is still there/);
    expect(() => shared(main, 'leave', '--drop', "x'; drop role postgres")).toThrow(/not the name/);
    rmSync(two.root, { recursive: true });
    const { code, stdout, stderr } = cofferdam(main.root, ['worktree', 'remove', 'two', '--force']);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`database ${theirs}`);
    expect(named(theirs)).toBe('');
    two = worktreeOf(main, 'two');
  });

  it('stops them when it is the last, and no sooner; the data stays', () => {
    expect(as(main, 'create table if not exists stays (x int)')).toBe('');
    const runs = (): string => docker('ps', '--all', '--quiet', '--filter', `name=${postgres()}`);
    expect(cofferdam(two.root, ['down'])).toMatchObject({ code: 0 });
    expect(runs()).not.toBe('');
    docker('rm', '--force', box);
    const { stdout } = cofferdam(main.root, ['down']);
    expect(stdout).toContain(`container ${postgres()}, which no box uses any more; its data stays`);
    expect(runs()).toBe('');
    shared(main, 'join');
    expect(as(main, 'select count(*) from stays')).toBe('0');
  });
});
