import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { git } from '../../../src/host/git.ts';

let gitDir: string;
let tree: string;
beforeAll(async () => {
  gitDir = mkdtempSync(join(tmpdir(), 'cofferdam-git-'));
  await git(undefined, ['init', '--quiet', '--bare', '--template=', gitDir]);
  const blob = await git({ gitDir }, ['hash-object', '-w', '--stdin'], { input: '' });
  // Three bytes a letter, one UTF-16 unit: counted in units, a cut would look as if nothing were missing.
  const names = Array.from({ length: 50 }, (_, index) => `${'鍵'.repeat(60)}${index}`);
  const input = names.map((name) => `100644 blob ${blob}\t${name}\0`).join('');
  tree = await git({ gitDir }, ['mktree', '-z'], { input });
});
afterAll(() => rmSync(gitDir, { recursive: true, force: true }));

it('a listing that is cut is an error, also in letters of several bytes', async () => {
  const list = (keep: number): Promise<string> => git({ gitDir }, ['ls-tree', '-z', '--name-only', tree], { keep });
  const whole = await list(1 << 20);
  const bytes = Buffer.byteLength(whole);
  expect(whole.split('\0')).toHaveLength(51);
  expect(await list(bytes)).toBe(whole);
  expect(whole.length).toBeLessThan(bytes / 2);
  await expect(list(bytes - 1)).rejects.toMatchObject({ code: 'git-failed' });
});

it('ends git when it says more than is looked at', async () => {
  // Without end: only a git that is ended lets this come back.
  const endless = ['-c', 'alias.endless=!yes', 'endless'];
  await expect(git({ gitDir }, endless, { keep: 1000 })).rejects.toThrow(/more than can be looked at/);
});
