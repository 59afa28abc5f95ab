import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { engineAnswers } from '../support/live.ts';

const folder = mkdtempSync(join(tmpdir(), 'engine-script-'));
const up = (env: Record<string, string>) =>
  spawnSync(process.execPath, ['scripts/engine/up.mjs'], { encoding: 'utf8', env: { ...process.env, ...env } });

/** Process numbers of the daemons that can be seen from here. */
const daemons = (): string[] =>
  readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/comm`, 'utf8').trim() === 'dockerd';
    } catch {
      return false; // ended meanwhile
    }
  });

afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(process.platform !== 'linux')('scripts/engine/up.mjs', () => {
  it('does not replace an engine that DOCKER_HOST names and that does not answer', () => {
    const { status, stdout, stderr } = up({ DOCKER_HOST: `unix://${folder}/nobody.sock`, ENGINE_CACHE: folder });
    expect(stderr).toContain('start that one, or unset DOCKER_HOST');
    expect(stdout).toBe('');
    expect(status).toBe(1);
  });

  describe.skipIf(!engineAnswers())('where an engine answers', () => {
    it('uses it, starts none, and prints only exports', () => {
      const before = daemons();
      const { status, stdout, stderr } = up({});
      expect(stderr).toContain('using engine');
      expect(stdout.replace(/^export [A-Z_]+='[^'\n]*'\n/gm, '')).toBe('');
      expect(status).toBe(0);
      expect(daemons()).toEqual(before);
    });
  });

  it.skipIf(process.getuid?.() !== 0 || daemons().length === 0)('refuses to start a second daemon beside one', () => {
    // The check alone: a run of the whole script would start a daemon if the check failed.
    const check = "import { refuseToCollide } from './scripts/engine/daemon.mjs'; await refuseToCollide();";
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', check], {
      encoding: 'utf8',
      env: { ...process.env, ENGINE_SOCKET: join(folder, 'other.sock') },
    });
    expect(stderr).toMatch(/dockerd runs already \(process \d+\)/);
    expect(status).toBe(1);
  });
});
