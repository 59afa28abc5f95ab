import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeTree } from '../../src/verbs/worktree-remove.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cofferdam-remove-'));
});
afterEach(() => execFileSync('rm', ['-rf', '--', folder]));

describe('removing a worktree’s folder', () => {
  it('comes to the end of folders that are deeper than a path is long', async () => {
    const deep = join(folder, 'deep');
    mkdirSync(deep);
    const script = 'for i in $(seq 30); do mkdir "$0" && cd -P "$0" || exit 1; done';
    execFileSync('bash', ['-c', script, 'x'.repeat(200)], { cwd: deep });
    expect(() => rmSync(deep, { recursive: true })).toThrow(/ENAMETOOLONG/); // the control
    await removeTree(deep);
    expect(existsSync(deep)).toBe(false);
  });
});
