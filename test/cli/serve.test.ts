import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cofferdam } from '../support/box.ts';
import { SIDECAR } from '../support/sidecar.ts';

const bundle = (...args: string[]) => spawnSync(process.execPath, [SIDECAR, ...args], { encoding: 'utf8', env: {} });

describe('a sidecar that is not sure about its settings', () => {
  const engine = ['--upstream', 'unix:///nowhere.sock', '--listen', 'tcp://127.0.0.1:0'];

  it.each<[string, string[]]>([
    ['no sidecar of that name', ['docker-firewall']],
    ['no settings', ['docker-proxy']],
    ['no scope', ['docker-proxy', ...engine, '--level', 'read']],
    ['a level that does not exist', ['docker-proxy', ...engine, '--scope', 'all', '--level', 'write']],
    ['a setting given twice', ['docker-proxy', ...engine, '--scope', 'all', '--scope', 'project=a', '--level', 'read']],
    ['a spelling mistake', ['docker-proxy', ...engine, '--scope', 'all', '--level', 'read', '--servce', 'a/b']],
    ['nothing to watch', ['guard']],
    ['the health of something else', ['health', 'box']],
  ])('does not start with %s, alone or from the command line', (_, args) => {
    for (const { status, stdout, stderr } of [bundle(...args)]) {
      expect(status).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^error \[settings-invalid\] /);
      expect(stderr).toMatch(/\n {2}next: /);
    }
    const { code, stderr } = cofferdam(tmpdir(), ['serve', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error \[(?:settings-invalid|usage)\] /);
  });

  it('does not start where somebody else listens', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cofferdam-serve-'));
    const taken = join(folder, 'taken.sock');
    writeFileSync(taken, '');
    const listen = [
      '--listen',
      `unix://${taken}`,
      '--upstream',
      'unix:///nowhere.sock',
      '--scope',
      'all',
      '--level',
      'read',
    ];
    expect(bundle('docker-proxy', ...listen)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error \[settings-invalid\] cannot listen there: .*EADDRINUSE/),
    });
    rmSync(folder, { recursive: true });
  });

  it('is not healthy when it does not run', () => {
    expect(bundle('health', 'docker-proxy', '--listen', 'tcp://127.0.0.1:1').status).toBe(1);
    expect(bundle('health', 'guard', '--state', '/nowhere').status).toBe(1);
  });
});

describe('log', () => {
  it('says what to do where there is no policy, and where no box was started', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cofferdam-log-'));
    expect(cofferdam(folder, ['log'])).toMatchObject({ code: 2, stderr: expect.stringContaining('[policy-missing]') });
    mkdirSync(join(folder, '.devcontainer'));
    writeFileSync(join(folder, '.devcontainer/cofferdam.yaml'), 'version: 1\n');
    expect(cofferdam(folder, ['log'])).toMatchObject({ code: 2, stderr: expect.stringContaining('[box-not-running]') });
    rmSync(folder, { recursive: true });
  });
});
