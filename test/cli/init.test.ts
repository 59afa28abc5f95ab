import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/parse.ts';
import { CLI, cofferdam, Scratch, treeHash } from '../support/cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const POLICY = '.devcontainer/cofferdam.yaml';
const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' });
const repository = (files: Readonly<Record<string, string>> = {}): string => {
  const folder = scratch.folder({ 'package.json': '{}', ...files });
  git(folder, 'init', '--quiet');
  return folder;
};
const read = (folder: string, path: string): string => readFileSync(join(folder, path), 'utf8');
const policyOf = (folder: string) => parsePolicy(read(folder, POLICY)).policy;

describe('init', () => {
  it('shows every file as a diff, writes them, and leaves nothing else behind', () => {
    const folder = repository();
    const { status, stdout, stderr } = cofferdam(folder, ['init', '--yes']);
    expect([status, stderr]).toEqual([0, '']);
    const made = git(folder, 'ls-files', '--others', '.devcontainer').trim().split('\n');
    expect(made).toContain('.devcontainer/devcontainer.json');
    expect(made.filter((path) => !stdout.includes(`+++ b/${path}\n`))).toEqual([]);
    expect(made.filter((path) => path.includes('tmp'))).toEqual([]);
    expect(git(folder, 'status', '--short').trim().split('\n')).toEqual(['?? .devcontainer/', '?? package.json']);
    expect(statSync(join(folder, '.devcontainer/initialize.sh')).mode & 0o777).toBe(0o755);
    expect(statSync(join(folder, POLICY)).mode & 0o777).toBe(0o644);
  });

  it('changes nothing the second time', () => {
    const folder = repository();
    expect(cofferdam(folder, ['init', '--agent', 'codex', '--yes']).status).toBe(0);
    const before = treeHash(folder);
    const again = cofferdam(folder, ['init', '--agent', 'codex', '--yes']);
    expect(again).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Nothing to do/), stderr: '' });
    expect(cofferdam(folder, ['init']).status).toBe(0);
    expect(treeHash(folder)).toBe(before);
  });

  it('tells programs what it would write and what it wrote, and asks them nothing', () => {
    const folder = repository();
    const before = treeHash(folder);
    expect(cofferdam(folder, ['init', '--json'])).toMatchObject({ status: 2, stdout: '' });
    const dry = JSON.parse(cofferdam(folder, ['init', '--json', '--dry-run']).stdout);
    expect(dry).toMatchObject({ schemaVersion: 1, written: false });
    expect(dry.changes).toContainEqual({ path: POLICY, kind: 'write' });
    expect(treeHash(folder)).toBe(before);
    expect(JSON.parse(cofferdam(folder, ['init', '--json', '--yes']).stdout)).toEqual({ ...dry, written: true });
    expect(JSON.parse(cofferdam(folder, ['init', '--json', '--yes']).stdout).changes).toEqual([]);
    expect(cofferdam(folder, ['sync', '--check']).status).toBe(0);
  });

  it('writes nothing with --dry-run, nor without a terminal to ask on', () => {
    const folder = repository();
    const before = treeHash(folder);
    const dry = cofferdam(folder, ['init', '--dry-run', '--yes']);
    expect([dry.status, dry.stderr]).toEqual([0, '']);
    expect(dry.stdout).toContain('+++ b/.devcontainer/cofferdam.yaml');
    const silent = cofferdam(folder, ['init']);
    expect(silent.status).toBe(2);
    expect(silent.stderr).toMatch(/no terminal to ask on[\s\S]*cofferdam init --yes/);
    expect(treeHash(folder)).toBe(before);
  });

  it('does what the answers say', () => {
    const folder = repository();
    const args = ['--agent', 'codex,claude-code', '--agent', 'codex', '--stack', 'debian', '--docker', 'none'];
    expect(cofferdam(folder, ['init', '--yes', '--topology', 'attached', ...args]).status).toBe(0);
    expect(policyOf(folder)).toMatchObject({
      stack: { name: 'debian' },
      agents: ['codex', 'claude-code'],
      docker: 'none',
      topology: 'attached',
    });
  });

  it('refuses answers that the policy there contradicts, and keeps it', () => {
    const folder = repository();
    cofferdam(folder, ['init', '--yes']);
    const before = treeHash(folder);
    const { status, stderr } = cofferdam(folder, ['init', '--docker', 'none', '--yes']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/`docker` is read there, not none[\s\S]*cofferdam sync/);
    expect(treeHash(folder)).toBe(before);
  });

  it('completes a policy that somebody wrote by hand', () => {
    const text = '# ours\nversion: 1\nstack: debian\nagents: [codex]\n';
    const folder = scratch.folder({ [POLICY]: text });
    expect(cofferdam(folder, ['init', '--yes']).status).toBe(0);
    expect(read(folder, POLICY)).toBe(text);
    expect(read(folder, '.devcontainer/Dockerfile')).toContain('@openai/codex');
  });

  it('takes up a run that was cut off', () => {
    const folder = repository();
    cofferdam(folder, ['init', '--yes']);
    const whole = treeHash(folder);
    rmSync(join(folder, '.devcontainer/cofferdam.lock'));
    rmSync(join(folder, '.devcontainer/sidecar'), { recursive: true });
    expect(cofferdam(folder, ['init', '--yes']).status).toBe(0);
    expect(treeHash(folder)).toBe(whole);
  });

  it('finds Node and the package manager in the repository, and says where', () => {
    const folder = repository({
      '.nvmrc': 'v22.11.0\n',
      'package.json': '{ "packageManager": "pnpm@9.1.0+sha512.abc" }',
      'yarn.lock': '',
    });
    const { stdout } = cofferdam(folder, ['init', '--yes']);
    expect(policyOf(folder).stack).toEqual({
      name: 'node',
      node: '22.11.0',
      packageManager: 'pnpm',
      packageManagerVersion: '9.1.0',
      minimumReleaseAge: 1440,
      installScripts: [],
    });
    expect(stdout).toContain('Node 22.11.0: .nvmrc says “v22.11.0”.');
    expect(stdout).toContain('yarn.lock is not used: package.json says pnpm.');
  });

  it('takes debian where there is no package.json', () => {
    const folder = scratch.folder();
    expect(cofferdam(folder, ['init', '--yes']).status).toBe(0);
    expect(policyOf(folder).stack).toEqual({ name: 'debian' });
  });

  it('makes the folder read-only from which git here runs hooks', () => {
    const folder = repository();
    git(folder, 'config', 'core.hooksPath', 'tools/hooks');
    expect(cofferdam(folder, ['init', '--yes']).status).toBe(0);
    expect(policyOf(folder).readOnly).toEqual(['tools/hooks']);
    expect(read(folder, POLICY)).toContain('  - tools/hooks # core.hooksPath');
  });

  it('also where the user’s own configuration says so', () => {
    const folder = repository({ '../gitconfig': '[core]\n\thooksPath = .githooks\n' });
    const { status } = cofferdam(folder, ['init', '--yes'], { GIT_CONFIG_GLOBAL: join(folder, '../gitconfig') });
    expect(status).toBe(0);
    expect(policyOf(folder).readOnly).toEqual(['.githooks']);
  });

  it('leaves hooks alone that are outside of the workspace or protected anyway', () => {
    for (const path of ['/usr/share/git-hooks', '.husky/_', '.git/hooks', '../elsewhere']) {
      const folder = repository();
      git(folder, 'config', 'core.hooksPath', path);
      expect(cofferdam(folder, ['init', '--yes']).status).toBe(0);
      expect(policyOf(folder).readOnly).toEqual([]);
    }
  });

  it('treats the empty .git that a box leaves as no repository', () => {
    const folder = scratch.folder({ '.git/': '' });
    expect(cofferdam(folder, ['init', '--yes']).status).toBe(0);
    expect(read(folder, '.devcontainer/docker-compose.yml')).not.toContain('/workspace/.git/hooks');
  });

  it('stays in step with what the host script makes', () => {
    for (const folder of [scratch.folder(), repository()]) {
      expect(cofferdam(folder, ['init', '--agent', 'claude-code,codex', '--yes']).status).toBe(0);
      execFileSync('sh', ['.devcontainer/initialize.sh'], { cwd: folder, stdio: 'pipe' });
      expect(cofferdam(folder, ['sync', '--check'])).toMatchObject({ status: 0, stderr: '' });
      expect(cofferdam(folder, ['init'])).toMatchObject({ status: 0, stderr: '' });
    }
  });

  it.each([
    'with space',
    'quote\'and"double',
    '$(touch pwned)',
    '`touch pwned`',
    'new\nline',
    'ünïcödé 日本 🚢',
    '-leading-dash',
    '--yes',
    '#hash',
    'back\\slash',
    'percent%20',
    'semi;colon&amp',
    '*',
    ' ',
    '\u001b[31mred',
    'right\u202eleft',
  ])('works in a folder called %j', (name) => {
    const folder = scratch.folder({ 'package.json': '{}' }, name);
    git(folder, 'init', '--quiet');
    const { status, stdout, stderr } = cofferdam(folder, ['init', '--yes']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
    expect(cofferdam(folder, ['sync', '--check']).status).toBe(0);
    expect(cofferdam(join(folder, '.devcontainer'), ['sync', '--check']).status).toBe(0);
    expect(existsSync(join(folder, 'pwned')) || existsSync(join(folder, '..', 'pwned'))).toBe(false);
  });
});

// script(1) of util-linux gives a program a terminal.
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;
describe.skipIf(!hasScript)('init on a terminal', () => {
  /** Types once the question is there: before that, the terminal itself would act on Ctrl-C. */
  const onTerminal = (folder: string, typed: string) =>
    new Promise<{ status: number | null; stdout: string }>((resolve) => {
      const command = `'${process.execPath}' '${CLI}' init`;
      const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' };
      const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: folder, env });
      let stdout = '';
      child.stdout.on('data', (chunk: Buffer) => {
        const asked = stdout.includes('[y/N]');
        stdout += chunk.toString();
        if (!asked && stdout.includes('[y/N]')) child.stdin.write(typed);
      });
      child.on('close', (status) => resolve({ status, stdout }));
    });

  it('writes after a yes', async () => {
    const folder = repository();
    const { status, stdout } = await onTerminal(folder, 'y\n');
    expect(stdout).toMatch(/Write \d+ files\? \[y\/N\]/);
    expect(status).toBe(0);
    expect(existsSync(join(folder, POLICY))).toBe(true);
  });

  it.each(['n\n', '\n', 'yesterday\n', '\u0003', '\u0004'])('writes nothing after %j', async (typed) => {
    const folder = repository();
    const before = treeHash(folder);
    const { status, stdout } = await onTerminal(folder, typed);
    expect(stdout).toContain('Nothing was written.');
    expect(status).toBe(2);
    expect(treeHash(folder)).toBe(before);
  });
});

describe('sync', () => {
  const prepared = (): string => {
    const folder = repository();
    cofferdam(folder, ['init', '--yes']);
    return folder;
  };
  const edit = (folder: string, path: string, change: (text: string) => string): void =>
    writeFileSync(join(folder, path), change(read(folder, path)));

  it('is silent about files that are in step, from any folder of the repository', () => {
    const folder = prepared();
    expect(cofferdam(folder, ['sync', '--check'])).toMatchObject({ status: 0, stderr: '' });
    expect(cofferdam(join(folder, '.devcontainer', 'image'), ['sync'])).toMatchObject({ status: 0, stderr: '' });
  });

  it('says what differs with --check, exits 1 and writes nothing', () => {
    const folder = prepared();
    edit(folder, POLICY, (text) => text.replace('pids: 2048', 'pids: 100'));
    const before = treeHash(folder);
    const { status, stdout } = cofferdam(folder, ['sync', '--check']);
    expect(status).toBe(1);
    expect(stdout).toContain('-    pids_limit: 2048\n+    pids_limit: 100\n');
    const json = cofferdam(folder, ['sync', '--check', '--json']);
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schemaVersion: 1,
      written: false,
      changes: [
        { path: '.devcontainer/docker-compose.yml', kind: 'write', edited: false },
        { path: '.devcontainer/cofferdam.lock', kind: 'write', edited: false },
      ],
    });
    expect(treeHash(folder)).toBe(before);
  });

  it('writes what the policy says and keeps the policy’s every byte', () => {
    const folder = prepared();
    edit(folder, POLICY, (text) => `${text.replace('docker: read', 'docker:   none   # for now')}\n\n# the end`);
    const policy = read(folder, POLICY);
    expect(cofferdam(folder, ['sync'])).toMatchObject({ status: 0, stderr: '' });
    expect(read(folder, POLICY)).toBe(policy);
    expect(read(folder, '.devcontainer/docker-compose.yml')).not.toContain('docker.sock');
    expect(cofferdam(folder, ['sync', '--check']).status).toBe(0);
  });

  it('never overwrites a file that was edited by hand, unless told to', () => {
    const folder = prepared();
    edit(folder, '.devcontainer/Dockerfile', (text) => `${text}RUN true\n`);
    edit(folder, POLICY, (text) => text.replace('pids: 2048', 'pids: 100'));
    const before = treeHash(folder);
    const refused = cofferdam(folder, ['sync']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/\[edited-file\][\s\S]*\.devcontainer\/Dockerfile\. Nothing was written/);
    expect(cofferdam(folder, ['init', '--yes']).status).toBe(2);
    expect(treeHash(folder)).toBe(before);
    expect(cofferdam(folder, ['sync', '--check']).stdout).toContain('-RUN true\n');
    expect(cofferdam(folder, ['sync', '--force'])).toMatchObject({ status: 0, stderr: '' });
    expect(read(folder, '.devcontainer/Dockerfile')).not.toContain('RUN true');
    expect(cofferdam(folder, ['sync', '--check']).status).toBe(0);
  });

  it('mends a missing file and a lost executable bit', () => {
    const folder = prepared();
    const whole = treeHash(folder);
    rmSync(join(folder, '.devcontainer/Dockerfile'));
    chmodSync(join(folder, '.devcontainer/initialize.sh'), 0o644);
    expect(cofferdam(folder, ['sync', '--check']).stdout).toContain('mode 755 .devcontainer/initialize.sh');
    expect(cofferdam(folder, ['sync']).status).toBe(0);
    expect(treeHash(folder)).toBe(whole);
  });

  it('removes what it no longer generates, unless somebody edited it', () => {
    const folder = prepared();
    const lock = '.devcontainer/cofferdam.lock';
    const addToLock = (text: string): string => {
      const data = JSON.parse(text);
      data.files['.devcontainer/old/script.sh'] = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';
      return JSON.stringify(data);
    };
    execFileSync('mkdir', [join(folder, '.devcontainer/old')]);
    writeFileSync(join(folder, '.devcontainer/old/script.sh'), 'edited');
    edit(folder, lock, addToLock);
    expect(cofferdam(folder, ['sync']).status).toBe(2);
    writeFileSync(join(folder, '.devcontainer/old/script.sh'), 'foo');
    expect(cofferdam(folder, ['sync']).status).toBe(0);
    expect(existsSync(join(folder, '.devcontainer/old'))).toBe(false);
  });

  it.each([
    'package.json',
    '../outside.txt',
    '.devcontainer/../package.json',
    '/etc/hostname',
    '.devcontainer//x',
    '__proto__',
  ])('removes nothing for a lock that names %s', (path) => {
    const folder = prepared();
    const hash = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'; // of `{}`, package.json here
    writeFileSync(
      join(folder, '.devcontainer/cofferdam.lock'),
      `{ "version": 1, "files": { ${JSON.stringify(path)}: "${hash}" } }`,
    );
    const before = treeHash(folder);
    expect(cofferdam(folder, ['sync']).status).toBe(2);
    expect(treeHash(folder)).toBe(before);
    expect(cofferdam(folder, ['sync', '--force']).status).toBe(0);
    expect(read(folder, 'package.json')).toBe('{}');
  });

  it('stops when hooks are moved to where the agent can write', () => {
    const folder = prepared();
    git(folder, 'config', 'core.hooksPath', '.githooks');
    const { status, stderr } = cofferdam(folder, ['sync']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/runs hooks from \.githooks[\s\S]*Add "\.githooks" to readOnly/);
  });
});
