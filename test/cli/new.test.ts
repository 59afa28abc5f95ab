import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'new-'));
const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });

const KINDS = [
  ['rule', 'src/rules'],
  ['probe', 'src/probes'],
  ['endpoint', 'src/sidecars/firewall/endpoints'],
] as const;

beforeAll(() => {
  for (const part of ['src', 'scripts', 'docs', 'schema', 'package.json', 'tsconfig.json']) {
    cpSync(part, join(folder, part), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('npm run new', () => {
  it('makes a rule, a probe and an endpoint that compile and appear in the index and the docs', () => {
    for (const [kind, place] of KINDS) {
      const { status, stdout } = node('scripts/new.mjs', kind, 'made-for-a-test');
      expect(stdout).toContain(`${place}/made-for-a-test.ts`);
      expect(status).toBe(0);
    }
    expect(node('scripts/generate.mjs')).toMatchObject({ status: 0, stderr: '' });
    for (const [, place] of KINDS) {
      expect(readFileSync(join(folder, place, 'index.ts'), 'utf8')).toContain('./made-for-a-test.ts');
    }
    expect(existsSync(join(folder, 'docs/rules/made-for-a-test.md'))).toBe(true);
    const types = spawnSync('node_modules/.bin/tsc', ['--project', '.'], { cwd: folder, encoding: 'utf8' });
    expect(types.stdout).toBe('');
    expect(types.status).toBe(0);
  });

  it.each([[[]], [['rule']], [['thing', 'name']], [['rule', '../name']], [['rule', 'Name']], [['constructor', 'x']]])(
    'refuses %j and says how it is used',
    (args) => {
      const { status, stderr } = node('scripts/new.mjs', ...args);
      expect(stderr).toContain('usage: npm run new');
      expect(status).toBe(2);
    },
  );

  it('never overwrites a unit', () => {
    const { status, stderr } = node('scripts/new.mjs', 'rule', 'privileged');
    expect(stderr).toContain('is there already');
    expect(status).toBe(2);
  });
});
