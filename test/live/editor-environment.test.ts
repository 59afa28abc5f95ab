import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EDITOR_VARIABLES, KEPT_VARIABLES } from '../../src/policy/editor-environment.ts';
import { cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { docker, engineAnswers, unique } from '../support/live.ts';

const PAGE = readFileSync('docs/guide/editor-environment.md', 'utf8');
/** Rows of the page's tables: what stands in the first column, and in the second. */
const rowsOf = (heading: string): readonly (readonly [string, string])[] => {
  const section = PAGE.slice(PAGE.indexOf(`## ${heading}`)).split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| (.+?) \| ([^|]+?) \|$/gm)]
    .map(([, left = '', right = '']): [string, string] => [left, right])
    .slice(1);
};
const WAYS = rowsOf('Which ways');
const PLACES = rowsOf('Git and');

/** Words of a shell command without expansions: quotes group, and nothing else is special. */
const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);

const HELPER = '!f() { echo username=u; echo password=from-the-host; }; f';
const ASK =
  '[ ! -d /tmp/own ] || cd /tmp/own; printf "protocol=https\\nhost=example.invalid\\n\\n" | git credential fill';

/** For each row: what is done as root and as the agent, and how git is asked. */
const SETUPS: Readonly<Record<string, { root?: string; user?: string; env?: readonly string[]; shell?: string }>> = {
  '`/etc/gitconfig`, written by root': { root: 'git config --system --replace-all credential.helper "$HELPER"' },
  '`/etc/gitconfig`, for one address': {
    root: 'git config --system credential.https://example.invalid.helper "$HELPER"',
  },
  '`~/.config/git/config`': {
    user: 'mkdir -p ~/.config/git; git config --file ~/.config/git/config credential.helper "$HELPER"',
  },
  '`git config --global`, as the box’s user': { user: 'git config --global credential.helper "$HELPER"' },
  '`GIT_ASKPASS`, in a shell of the first table that clears': { env: ['GIT_ASKPASS=/tmp/askpass'], shell: 'bash' },
  '`SSH_ASKPASS`': { env: ['SSH_ASKPASS=/tmp/askpass'] },
  '`GIT_ASKPASS`, elsewhere': { env: ['GIT_ASKPASS=/tmp/askpass'] },
  '`GIT_CONFIG_COUNT`, `GIT_CONFIG_PARAMETERS`': {
    env: ['GIT_CONFIG_COUNT=1', 'GIT_CONFIG_KEY_0=credential.helper', `GIT_CONFIG_VALUE_0=${HELPER}`],
  },
  '`GIT_CONFIG_GLOBAL` with another file': {
    user: 'git config --file /tmp/global credential.helper "$HELPER"',
    env: ['GIT_CONFIG_GLOBAL=/tmp/global'],
  },
  'the configuration of a repository that the agent made': {
    user: 'git init -q /tmp/own && git -C /tmp/own config credential.helper "$HELPER"',
  },
  '`~/.gitconfig`, changed by root': {
    root: 'HOME=/home/vscode git config --global --replace-all credential.helper "$HELPER"',
  },
};

describe.skipIf(!engineAnswers())('the editor’s environment in the box', () => {
  const image = unique('editor-environment');
  const withFish = `${image}-fish`;
  const container = unique('editor-environment');
  let sample: Sample;
  /** As compose would set it: what the shells are told to read. */
  let environment: readonly string[];

  beforeAll(() => {
    sample = sampleRepository('app');
    expect(cofferdam(sample.root, ['init', '--yes', '--agent', 'claude-code'])).toMatchObject({ code: 0 });
    docker('build', '-q', '-t', image, join(sample.root, '.devcontainer'));
    const more =
      'USER root\nRUN apt-get update && apt-get install -y --no-install-recommends fish && rm -rf /var/lib/apt/lists/*\nUSER vscode\n';
    execFileSync('docker', ['build', '-q', '-t', withFish, '-'], { input: `FROM ${image}\n${more}`, stdio: 'pipe' });
    const compose = sample.read('.devcontainer/docker-compose.yml');
    environment = [...compose.matchAll(/^ +(BASH_ENV|ENV): "(.*)"$/gm)].flatMap(([, name, value]) => [
      '-e',
      `${name}=${value}`,
    ]);
    expect(environment).toHaveLength(4);
    docker('run', '-d', '--init', '--name', container, ...environment, withFish, 'sleep', 'infinity');
  });
  afterAll(() => {
    spawnSync('docker', ['rm', '-f', container]);
    spawnSync('docker', ['rmi', '-f', withFish, image]);
    sample?.remove();
  });

  const injected = [...EDITOR_VARIABLES, ...KEPT_VARIABLES].map(({ name }) => name);
  /** Which of the injected variables a program still has; undefined where it had no environment to show. */
  function left(command: readonly string[]): readonly string[] | undefined {
    const env = injected.flatMap((name) => ['-e', `${name}=/tmp/handed-over`]);
    const out = spawnSync('docker', ['exec', ...env, '-e', 'MARK=y', container, ...command], { encoding: 'utf8' });
    const lines = out.stdout.split('\n');
    if (!lines.includes('MARK=y')) return undefined;
    return injected.filter((name) => lines.includes(`${name}=/tmp/handed-over`));
  }

  it('has rows for every shell, and both answers', () => {
    expect(WAYS.length).toBeGreaterThan(20);
    expect(new Set(WAYS.map(([, answer]) => answer))).toEqual(new Set(['cleared', 'still there']));
    for (const shell of ['bash', 'sh', 'zsh', 'fish', 'node']) {
      expect(
        WAYS.some(([command]) => command.startsWith(`\`${shell} `)),
        shell,
      ).toBe(true);
    }
  });

  it.each(WAYS)('is as the page says: %s: %s', (cell, answer) => {
    const remaining = left(words(cell.slice(1, -1)));
    const handed = EDITOR_VARIABLES.map(({ name }) => name).filter((name) => remaining?.includes(name));
    expect(remaining, 'an environment').toBeDefined();
    expect(handed).toEqual(answer === 'cleared' ? [] : EDITOR_VARIABLES.map(({ name }) => name));
    if (!cell.includes('env -i')) {
      const kept = KEPT_VARIABLES.map(({ name }) => name);
      expect(kept.filter((name) => !remaining?.includes(name))).toEqual([]);
    }
  });

  it.each([
    ['GIT_EDITOR', 'bash'],
    ['DISPLAY', 'bash'],
    ['GIT_EDITOR', 'zsh'],
    ['DISPLAY', 'zsh'],
    ['GIT_EDITOR', 'fish'],
    ['DISPLAY', 'fish'],
  ])('leaves %s to the agent where no editor set it, in %s', (name, shell) => {
    expect(docker('exec', '-e', `${name}=mine`, container, shell, '-c', 'env').split('\n')).toContain(`${name}=mine`);
  });

  it('works in shells that stop at the first error or at a name without value', () => {
    for (const shell of ['bash', 'zsh', 'sh']) {
      const script = '. /etc/cofferdam/security-harden.sh; echo through';
      expect(docker('exec', container, shell, '-euc', script), shell).toBe('through');
    }
    const fish = spawnSync('docker', ['exec', container, 'fish', '-c', 'echo through'], { encoding: 'utf8' });
    expect([fish.stdout, fish.stderr]).toEqual(['through\n', '']);
  });

  it('has none of the programs that would need a row', () => {
    const found = docker('run', '--rm', image, 'sh', '-c', 'command -v python3 gpg gpgconf ssh fish; true');
    expect(found).toBe('');
    const su = spawnSync('docker', ['exec', container, 'su', 'root', '-c', 'id -u'], { encoding: 'utf8', input: '' });
    expect(su.status).not.toBe(0);
  });

  it('keeps what it was started with in /proc, which no shell can change', () => {
    const read = 'tr "\\0" "\\n" < /proc/$$/environ | grep ^VSCODE_IPC; echo "now: ${VSCODE_IPC_HOOK_CLI-none}"';
    const out = docker('exec', '-e', 'VSCODE_IPC_HOOK_CLI=/tmp/x', container, 'bash', '-c', read);
    expect(out).toBe('VSCODE_IPC_HOOK_CLI=/tmp/x\nnow: none');
  });

  it('has a set-up for each place of a credential helper on the page', () => {
    expect(PLACES.map(([place]) => place)).toEqual(Object.keys(SETUPS));
  });

  it.each(PLACES)('asks a credential helper as the page says: %s: %s', (place, answer) => {
    const box = unique('editor-git');
    const { root, user, env = [], shell = 'sh' } = SETUPS[place] ?? {};
    docker(
      'run',
      '-d',
      '--name',
      box,
      '-w',
      '/tmp',
      ...environment,
      '-e',
      `HELPER=${HELPER}`,
      image,
      'sleep',
      'infinity',
    );
    try {
      docker(
        'exec',
        box,
        'sh',
        '-c',
        'printf "#!/bin/sh\\necho from-the-host\\n" > /tmp/askpass; chmod +x /tmp/askpass',
      );
      if (root !== undefined) docker('exec', '-u', 'root', box, 'sh', '-c', root);
      const written = user === undefined ? 0 : spawnSync('docker', ['exec', box, 'sh', '-c', user]).status;
      expect(written !== 0).toBe(answer === 'refuses to write it');
      const handed = ['GIT_TERMINAL_PROMPT=0', ...env].flatMap((one) => ['-e', one]);
      const asked = spawnSync('docker', ['exec', ...handed, box, shell, '-c', ASK], { encoding: 'utf8' });
      expect(asked.stdout.includes('from-the-host')).toBe(answer === 'asks it');
      if (answer !== 'asks it') expect(asked.stderr).toContain('could not read Username');
    } finally {
      docker('rm', '-f', box);
    }
  });
});
