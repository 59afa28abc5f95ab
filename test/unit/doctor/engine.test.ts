import { describe, expect, it } from 'vitest';
import { atLeast } from '../../../src/verbs/doctor/check.ts';
import {
  checkCompose,
  checkConfinement,
  checkDesktop,
  checkEngine,
  checkRunc,
} from '../../../src/verbs/doctor/engine.ts';

describe('versions', () => {
  it.each([
    ['28.5.2+dfsg4', '26.0', true],
    ['v2.24.0', '2.24', true],
    ['2.9.1', '2.24', false],
    ['10.0', '9.9.9', true],
    ['4.44.3', '4.44.3', true],
    ['4.44', '4.44.3', false],
    ['', '1.0', false],
    ['dev', '1.0', false],
  ])('%s is at least %s: %s', (has, wanted, expected) => {
    expect(atLeast(has, wanted)).toBe(expected);
  });
});

describe('the engine', () => {
  const answer = (server: object): string => JSON.stringify({ Client: {}, Server: server });
  const states = (json: string): Record<string, string> =>
    Object.fromEntries(checkEngine(json).map(({ name, state }) => [name, state]));

  it('is well if it is new and its runc is mended', () => {
    const Components = [{ Name: 'runc', Version: '1.3.6+ds1' }];
    expect(states(answer({ Version: '28.5.2', Platform: { Name: '' }, Components }))).toEqual({
      engine: 'ok',
      runc: 'ok',
    });
  });

  it('counts as missing if it is too old for the generated files', () => {
    expect(states(answer({ Version: '24.0.7' }))).toEqual({ engine: 'missing' });
  });

  it('is not called well if its answer cannot be read', () => {
    for (const json of ['', 'null', '{}', '{"Server":null}', '{"Server":{"Version":7}}']) {
      expect(states(json)).toEqual({ engine: 'unreachable' });
    }
  });

  it.each([
    ['1.1.11', 'warn', 'CVE-2024-21626'],
    ['1.1.15', 'warn', 'CVE-2025-31133'],
    ['1.2.7', 'warn', 'CVE-2025-31133'],
    ['1.2.8', 'ok', '1.2.8'],
    ['1.3.2+ds1', 'warn', 'CVE-2025-31133'],
    ['1.3.3', 'ok', '1.3.3'],
    ['1.4.0-rc.2', 'warn', 'CVE-2025-31133'],
    ['1.4.0-rc.3', 'ok', '1.4.0-rc.3'],
    ['1.5.0', 'ok', '1.5.0'],
    ['unknown', 'warn', 'unknown'],
  ])('runc %s: %s', (version, state, words) => {
    const check = checkRunc(version);
    expect(check.state).toBe(state);
    expect(check.found).toContain(words);
  });

  it.each([
    ['4.44.2', 'bad'],
    ['4.44.3', 'warn'],
    ['4.70.9', 'warn'],
    ['4.71.0', 'ok'],
    ['', 'bad'],
  ])('Docker Desktop %s: %s', (version, state) => {
    expect(checkDesktop(version).state).toBe(state);
  });

  it('finds Docker Desktop by the platform’s name', () => {
    const Platform = { Name: 'Docker Desktop 4.44.2 (199162)' };
    expect(states(answer({ Version: '28.3.2', Platform }))).toEqual({ engine: 'ok', 'docker-desktop': 'bad' });
  });

  it('needs a compose that knows the options of the generated file', () => {
    expect(checkCompose('2.40.3-3\n').state).toBe('ok');
    expect(checkCompose('1.29.2').state).toBe('missing');
    expect(checkCompose('').state).toBe('missing');
  });
});

describe('confinement', () => {
  const healthy = {
    CgroupVersion: '2',
    DockerRootDir: '/var/lib/docker',
    SecurityOptions: ['name=seccomp,profile=builtin', 'name=userns'],
    MemoryLimit: true,
    PidsLimit: true,
    CpuCfsQuota: true,
  };
  const state = (name: string, changes: object): string | undefined =>
    checkConfinement(JSON.stringify({ ...healthy, ...changes })).find((check) => check.name === name)?.state;

  it('is well where all of it is on', () => {
    expect(checkConfinement(JSON.stringify(healthy)).every((check) => check.state === 'ok')).toBe(true);
  });

  it('is bad without a system call filter', () => {
    expect(state('seccomp', { SecurityOptions: [] })).toBe('bad');
    expect(state('seccomp', { SecurityOptions: null })).toBe('bad');
    expect(state('seccomp', { SecurityOptions: ['name=seccomp,profile=unconfined'] })).toBe('bad');
  });

  it('warns where the kernel does not enforce a limit', () => {
    for (const limit of ['MemoryLimit', 'PidsLimit', 'CpuCfsQuota'])
      expect(state('limits', { [limit]: false })).toBe('warn');
  });

  it('is not called well if the engine’s answer cannot be read', () => {
    expect(checkConfinement('{}')[0]?.state).toBe('unreachable');
  });
});
