import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inRepository } from '../../src/verbs/repository.ts';

describe('what the agent leaves in a repository', () => {
  let root = '';
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', ...args], {
      cwd: root,
      encoding: 'utf8',
    });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cofferdam-test-'));
    git('init', '--quiet');
    git('commit', '--quiet', '--allow-empty', '--message', 'Start');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is nothing where it is as git made it', async () => {
    git('branch', 'a/b');
    expect(await inRepository(root)).toEqual([]);
  });

  it('is a link that git here writes through', async () => {
    writeFileSync(join(root, 'victim'), 'mine\n');
    rmSync(join(root, '.git/COMMIT_EDITMSG'), { force: true });
    symlinkSync('../victim', join(root, '.git/COMMIT_EDITMSG'));
    mkdirSync(join(root, '.git/logs/refs/heads/a'), { recursive: true });
    symlinkSync('../../../../../victim', join(root, '.git/logs/refs/heads/a/b'));
    expect(await inRepository(root)).toEqual([
      '.git/COMMIT_EDITMSG: a link, which git here writes through',
      '.git/logs/refs/heads/a/b: a link, which git here writes through',
    ]);
    // It does.
    git('commit', '--quiet', '--amend', '--no-edit', '--allow-empty');
    expect(readFileSync(join(root, 'victim'), 'utf8')).toBe('Start\n');
  });
});
