import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CLI, cofferdam } from '../support/box.ts';
import { engineAnswers } from '../support/live.ts';
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
    ['a word that Tecnativa’s proxy knows and no scope', ['docker-proxy', '--tecnativa']],
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

  it('does not start where the policy and the words beside it differ, or leave nothing to do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cofferdam-serve-'));
    const policy = (docker: string, services: string): string[] => {
      const file = join(folder, 'box.yaml');
      writeFileSync(file, `version: 1\nstack: debian\nagents: [codex]\ndocker: ${docker}\nservices: [${services}]\n`);
      return ['serve', 'docker-proxy', ...engine, '--scope', 'project=a', '--policy', file];
    };
    const refused = (args: readonly string[], says: RegExp, env: Record<string, string> = {}): void => {
      expect(cofferdam(folder, args, { env })).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/^error \[settings-invalid\] /),
      });
      expect(cofferdam(folder, args, { env }).stderr).toMatch(says);
    };
    refused(policy('none', ''), /docker: none/);
    refused([...policy('read', ''), '--level', 'sandboxed'], /docker: read, but --level/);
    refused(policy('read', ''), /docker: read, but --level/, { COFFERDAM_LEVEL: 'sandboxed' });
    refused([...policy('read', ''), '--service', 'b/db'], /other services/);
    refused(policy('read', 'b/db'), /other services/, { COFFERDAM_SERVICES: 'b/cache' });
    refused([...policy('read', ''), '--tecnativa'], /POST says the level/);
    refused(policy('read', ''), /several files/, { COFFERDAM_POLICY: '/other.yaml' });
    expect(bundle('docker-proxy', ...policy('read', '').slice(2))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('cofferdam serve docker-proxy'),
    });
    expect(cofferdam(folder, [...policy('read', '').slice(0, -1), 'nowhere.yaml']).stderr).toContain(
      '[policy-missing]',
    );
    rmSync(folder, { recursive: true });
  });

  it('takes level and services from a policy', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cofferdam-serve-'));
    writeFileSync(
      join(folder, 'box.yaml'),
      'version: 1\nstack: debian\nagents: [codex]\ndocker: read\nservices: [b/db, b/cache]\n',
    );
    const words = ['serve', 'docker-proxy', ...engine, '--scope', 'project=a', '--policy', 'box.yaml'];
    const child = spawn(process.execPath, [CLI, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout, 'data');
    child.kill();
    await once(child, 'exit');
    expect(JSON.parse(String(line).split('\n')[0] ?? '')).toMatchObject({
      event: 'started',
      detail: { scope: 'project=a', services: 'b/db,b/cache', level: 'read' },
    });
    rmSync(folder, { recursive: true });
  });

  it('is not healthy when it does not run', () => {
    expect(bundle('health', 'docker-proxy', '--listen', 'tcp://127.0.0.1:1').status).toBe(1);
    expect(bundle('health', 'guard', '--state', '/nowhere').status).toBe(1);
  });
});

describe('log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-log-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('says what to do where there is no policy', () => {
    expect(cofferdam(folder, ['log'])).toMatchObject({ code: 2, stderr: expect.stringContaining('[policy-missing]') });
  });

  it.skipIf(!engineAnswers())('says what to do where no box was started', () => {
    mkdirSync(join(folder, '.devcontainer'));
    writeFileSync(join(folder, '.devcontainer/cofferdam.yaml'), 'version: 1\n');
    expect(cofferdam(folder, ['log'])).toMatchObject({ code: 2, stderr: expect.stringContaining('[box-not-running]') });
  });
});
