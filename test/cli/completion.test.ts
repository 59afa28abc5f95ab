import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI, cofferdam, Scratch } from '../support/cli.ts';

const scratch = new Scratch();
let bin = '';
beforeAll(() => {
  bin = join(scratch.folder(), 'bin');
  mkdirSync(bin);
  symlinkSync(CLI, join(bin, 'cofferdam'));
});
afterAll(() => scratch.remove());

/** What bash offers for the last word of a line. */
function offered(...words: string[]): readonly string[] {
  const { stdout, stderr } = spawnSync(
    'bash',
    [
      '--norc',
      '-c',
      'source <(cofferdam completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cofferdam; printf "%s\\n" "${COMPREPLY[@]}"',
      'bash',
      'cofferdam',
      ...words,
    ],
    { encoding: 'utf8', env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` } },
  );
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

describe('completion in bash', () => {
  it.each<[string[], string[]]>([
    [['au'], ['audit']],
    [['s'], ['serve', 'services', 'shell', 'status', 'sync']],
    [['--ver'], ['--version', '--verbose']],
    [['audit', '--fo'], ['--format']],
    [
      ['audit', '--format', ''],
      ['text', 'json', 'sarif', 'junit', 'github'],
    ],
    [
      ['audit', '--format', 'j'],
      ['json', 'junit'],
    ],
    [['audit', '--only', ''], []],
    [['audit', 'src'], []],
    [
      ['log', '-'],
      ['-f', '--follow', '--file', '--json', '--help'],
    ],
    [
      ['serve', ''],
      ['docker-proxy', 'guard', 'actions', 'forward', 'health'],
    ],
    [['serve', 'guard', '--w'], ['--watch']],
    [['--verbose', 'doc'], ['doctor']],
  ])('of %j offers %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s names every command', (shell) => {
    const { status, stdout } = cofferdam(scratch.folder(), ['completion', shell]);
    expect(status).toBe(0);
    for (const name of ['audit', 'init', 'verify', 'docker-proxy']) expect(stdout).toContain(name);
  });

  for (const shell of ['bash', 'zsh', 'fish']) {
    it.skipIf(spawnSync(shell, ['-c', ':']).status !== 0)(`for ${shell} is a script that ${shell} parses`, () => {
      const { stdout } = cofferdam(scratch.folder(), ['completion', shell]);
      expect(spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    });
  }

  it('refuses another shell', () => {
    const { status, stderr } = cofferdam(scratch.folder(), ['completion', 'tcsh']);
    expect(status).toBe(2);
    expect(stderr).toContain('bash|zsh|fish');
  });
});
