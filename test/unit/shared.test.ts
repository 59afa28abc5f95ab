import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { boxFiles } from '../../src/plans/box.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { printPolicy } from '../../src/policy/print.ts';
import { residualRisks } from '../../src/policy/residual.ts';
import { BASE } from '../support/policies.ts';
import { samplePolicy } from '../support/policy.ts';

const files = (policy: Policy): ReadonlyMap<string, string> =>
  new Map(
    boxFiles(policy, { git: 'directory' }, { sidecar: '', relay: '' }).map(({ path, text }) => [
      path.replace('.devcontainer/', ''),
      text,
    ]),
  );
const withPostgres = (version = '16', publish?: number, changes: Partial<Policy> = {}): Policy =>
  samplePolicy({ ...changes, shared: { postgres: { version, publish } } });
const compose = (policy: Policy, name: string): Record<string, Record<string, Record<string, unknown>>> =>
  parse(files(policy).get(name) ?? '');

describe('a box with shared services', () => {
  it('has no file of theirs where the policy has none', () => {
    expect([...files(samplePolicy()).keys()].filter((name) => name.includes('shared'))).toEqual([]);
    expect(files(samplePolicy()).get('initialize.sh')).not.toContain('shared.sh');
    expect(files(samplePolicy()).get('docker-compose.yml')).not.toMatch(/services\.env|_services/);
  });

  it('is on a network of its own for them, from outside of its compose project', () => {
    const { services, networks } = compose(withPostgres(), 'docker-compose.yml');
    expect(services?.['agent']?.['networks']).toContain('services');
    expect(networks?.['services']).toEqual({ external: true, name: '${COFFERDAM_PROJECT}_services' });
    for (const [name, service] of Object.entries(services ?? {})) {
      if (name !== 'agent') expect(service['networks'] ?? []).not.toContain('services');
    }
  });

  it.each(['attached', 'split'] as const)('holds no credential in a generated file (%s)', (topology) => {
    const all = files(withPostgres('16', undefined, { topology }));
    const agent = compose(withPostgres('16', undefined, { topology }), 'docker-compose.yml')['services']?.['agent'];
    expect(agent?.['env_file']).toEqual([{ path: './state/services.env', required: false }]);
    for (const [name, text] of all) {
      if (name === 'shared.sh') continue; // which makes it
      expect(text, name).not.toMatch(/PGPASSWORD=(?!\$PGPASSWORD)|postgresql:\/\//);
    }
  });

  it('hands them on to the sessions of a split box', () => {
    const start = files(withPostgres('16', undefined, { topology: 'split' })).get('image/agent-start') ?? '';
    expect(start).toContain('\\"PGPASSWORD=$PGPASSWORD\\"');
    expect(start).toContain('sshd -i -f /run/cofferdam-sshd/sshd_config');
    expect(files(samplePolicy({ topology: 'split' })).get('image/agent-start')).toContain(
      '-f /etc/cofferdam/sshd_config',
    );
  });
});

describe('the shared Postgres', () => {
  it('has no capability, limits, and no network but one without a way out', () => {
    const { services, networks } = compose(withPostgres(), 'docker-compose.shared.yml');
    expect(services?.['postgres']).toMatchObject({
      image: 'postgres:16',
      user: 'postgres',
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      pids_limit: 256,
      networks: ['default'],
    });
    expect(services?.['postgres']).not.toHaveProperty('ports');
    expect(networks?.['default']?.['internal']).toBe(true);
  });

  it('is published on 127.0.0.1 alone, and only when asked', () => {
    const { services } = compose(withPostgres('16', 55_432), 'docker-compose.shared.yml');
    expect(services?.['postgres']?.['ports']).toEqual(['127.0.0.1:55432:5432']);
  });

  it.each([
    ['15', '/var/lib/postgresql/data'],
    ['17.2-alpine', '/var/lib/postgresql/data'],
    ['18', '/var/lib/postgresql'],
  ])('keeps the data of version %s where its image does', (version, target) => {
    const { services } = compose(withPostgres(version), 'docker-compose.shared.yml');
    expect(services?.['postgres']?.['volumes']).toEqual([{ type: 'volume', source: 'postgres', target }]);
  });

  it('takes the digest that the policy has for its image', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const policy = withPostgres('16', undefined, { images: { 'postgres:16': digest } });
    expect(compose(policy, 'docker-compose.shared.yml')['services']?.['postgres']?.['image']).toBe(
      `postgres:16@${digest}`,
    );
  });

  it('lets the superuser in from inside only, before any other line', () => {
    const { configs } = compose(withPostgres(), 'docker-compose.shared.yml');
    const lines = String(configs?.['pg_hba']?.['content'])
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(/\s+/).join(' '));
    expect(lines).toEqual([
      'local all postgres peer',
      'host all postgres all reject',
      'host sameuser all samenet scram-sha-256',
      'host all all all reject',
    ]);
  });

  it('has a script that a POSIX shell reads', () => {
    const script = files(withPostgres()).get('shared.sh') ?? '';
    expect(script).not.toMatch(/@[A-Z]+@/);
    execFileSync('sh', ['-n'], { input: script });
  });
});

describe('the lock of the shared services', () => {
  const script = files(withPostgres()).get('shared.sh') ?? '';
  const functionOf = (name: string): string =>
    new RegExp(`^${name}\\(\\) \\{\\n[\\s\\S]*?^\\}`, 'm').exec(script)?.[0] ?? '';

  it('says since when its owner lives in the same words for everybody', () => {
    const born = (env: NodeJS.ProcessEnv): string =>
      execFileSync('sh', ['-c', `${functionOf('born')}\nborn ${process.pid}`], { encoding: 'utf8', env });
    const here = born({ ...process.env, TZ: 'UTC0' });
    expect(here).toMatch(/:\d\d/);
    expect(born({ ...process.env, TZ: 'XXX-5:45' })).toBe(here);
    // What `ps` says by itself is another hour there.
    const unbound = functionOf('born').replace('LC_ALL=C TZ=UTC0 ', '');
    const bare = (TZ: string): string =>
      execFileSync('sh', ['-c', `${unbound}\nborn ${process.pid}`], { encoding: 'utf8', env: { ...process.env, TZ } });
    expect(bare('XXX-5:45')).not.toBe(bare('UTC0'));
  });

  it.each([
    ['its own', '1.now', false],
    ['another’s', '2.now', true],
  ])('takes away %s: a link to %s stays: %s', (_, holder, stays) => {
    const folder = mkdtempSync(join(tmpdir(), 'cofferdam-lock-'));
    const lock = join(folder, 'lock');
    symlinkSync(holder, lock);
    execFileSync('sh', ['-eu', '-c', `${functionOf('release')}\nrelease '${lock}' 1.now`]);
    expect(lstatSync(lock, { throwIfNoEntry: false }) !== undefined).toBe(stays);
    rmSync(folder, { recursive: true });
  });
});

describe('the key `shared`', () => {
  it('is a risk that every report names', () => {
    const of = (policy: Policy) => residualRisks(policy).find(({ setting }) => setting === 'shared: postgres');
    expect(of(withPostgres())?.attacks).toContain('SHR-01');
    expect(of(samplePolicy())).toBeUndefined();
  });

  it.each([withPostgres(), withPostgres('17.2-alpine', 55_432)])('is read as it is printed', (policy) => {
    expect(parsePolicy(printPolicy(policy, '1.0.0')).policy).toEqual(
      policy.shared?.postgres.publish === undefined ? withPostgres() : policy,
    );
  });

  it.each([
    ['{}', /`shared\.postgres` is missing/],
    ['{ postgres: {} }', /`shared\.postgres\.version` is missing/],
    ['{ postgres: { version: 16 } }', /must be/],
    ['{ postgres: { version: "12" } }', /from 13 on/],
    ['{ postgres: { version: "16; rm" } }', /from 13 on/],
    ['{ postgres: { version: "16", publish: 80 } }', /1024/],
    ['{ postgres: { version: "16", publish: "0.0.0.0:5432" } }', /must be/],
    ['{ redis: { version: "7" } }', /`redis`/],
  ])('is refused as %s', (value, said) => {
    expect(() => parsePolicy(`${BASE}shared: ${value}\n`)).toThrow(said);
  });
});
