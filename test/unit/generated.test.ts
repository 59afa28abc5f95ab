import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'generated-'));
const check = (cwd: string) =>
  spawnSync(process.execPath, ['scripts/generate.mjs', '--check'], { cwd, encoding: 'utf8' });

afterAll(() => rmSync(folder, { recursive: true }));

describe('what is generated', () => {
  it('is what `npm run generate` would write now', { timeout: 30_000 }, () => {
    const { status, stderr } = check('.');
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('is noticed when it was edited, or when nothing makes it any more', { timeout: 30_000 }, () => {
    for (const part of ['src', 'scripts', 'docs', 'schema', 'package.json']) {
      cpSync(part, join(folder, part), { recursive: true });
    }
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    appendFileSync(join(folder, 'docs/errors/README.md'), 'one more line\n');
    writeFileSync(join(folder, 'docs/rules/ghost.md'), 'a rule that was removed\n');
    const { status, stderr } = check(folder);
    expect(stderr).toContain('stale: docs/errors/README.md');
    expect(stderr).toContain('not generated any more: docs/rules/ghost.md');
    expect(status).toBe(1);
  });
});
