import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EDITOR_GIT, editorGitEnvironment } from '../../src/policy/editor-git.ts';

const top = mkdtempSync(join(tmpdir(), 'editor-git-'));
afterAll(() => rmSync(top, { recursive: true }));

interface Place {
  /** A repository with one commit of the file `a`. */
  readonly root: string;
  /** A program that leaves a mark. */
  readonly program: string;
  git(...args: string[]): void;
}

interface Vector {
  readonly name: string;
  /** The settings that close it. */
  readonly keys: readonly string[];
  prepare(place: Place): void;
  readonly command: readonly string[];
  readonly input?: string;
}

let count = 0;

/** Whether a git command starts the program that a repository brought along. */
function runs({ prepare, command, input = '' }: Vector, variables: Readonly<Record<string, string>>): boolean {
  const folder = join(top, String(count++));
  const root = join(folder, 'repository');
  const program = join(folder, 'program');
  mkdirSync(root, { recursive: true });
  writeFileSync(program, `#!/bin/sh\ntouch '${folder}/mark'\n`, { mode: 0o755 });
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    TERM: 'dumb',
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((role) => [
        [`GIT_${role}_NAME`, 'Someone'],
        [`GIT_${role}_EMAIL`, 'someone@example.org'],
      ]),
    ),
  };
  const git = (...args: string[]) => {
    const { status, stderr } = spawnSync('git', args, { cwd: root, env: environment, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  };
  git('init', '--quiet', '--initial-branch=main');
  writeFileSync(join(root, 'a'), 'one\n');
  git('add', 'a');
  git('commit', '--quiet', '--message=first');
  prepare({ root, program, git });
  rmSync(join(folder, 'mark'), { force: true });
  spawnSync('git', command, { cwd: root, env: { ...environment, ...variables }, input });
  return existsSync(join(folder, 'mark'));
}

const configured =
  (key: string, more: Readonly<Record<string, string>> = {}) =>
  ({ git, program }: Place): void => {
    for (const [name, value] of Object.entries(more)) git('config', name, value);
    git('config', key, program);
  };
const driver =
  (key: string, attribute: string) =>
  ({ git, root, program }: Place): void => {
    git('config', key, program);
    writeFileSync(join(root, '.gitattributes'), `* ${attribute}\n`);
    writeFileSync(join(root, 'a'), 'two\n');
  };
/** A nested repository that the index names, so that git looks into it. */
function nested({ root, git }: Place): (...args: string[]) => void {
  const inner = (...args: string[]) => git('-C', 'inner', ...args);
  git('init', '--quiet', 'inner');
  writeFileSync(join(root, 'inner/b'), 'one\n');
  inner('add', 'b');
  inner('commit', '--quiet', '--message=first');
  git('add', 'inner');
  return inner;
}

const COMMIT = ['commit', '--quiet', '--allow-empty', '--message=second'];
const SIGNED = { 'commit.gpgSign': 'true' };
const ASK = { command: ['credential', 'fill'], input: 'protocol=https\nhost=example.invalid\n\n' };

const CLOSED: readonly Vector[] = [
  { name: 'a file monitor', keys: ['core.fsmonitor'], prepare: configured('core.fsmonitor'), command: ['status'] },
  {
    name: 'a hook',
    keys: ['core.hooksPath'],
    prepare: ({ root, program }) => copyFileSync(program, join(root, '.git/hooks/pre-commit')),
    command: COMMIT,
  },
  {
    name: 'a hook below the folder that the repository’s own configuration names, as husky has it',
    keys: ['core.hooksPath'],
    prepare({ root, program, git }) {
      mkdirSync(join(root, '.husky/_'), { recursive: true });
      copyFileSync(program, join(root, '.husky/_/pre-commit'));
      git('config', 'core.hooksPath', '.husky/_');
    },
    command: COMMIT,
  },
  {
    name: 'a hook by way of an included file',
    keys: ['core.hooksPath'],
    prepare({ root, program, git }) {
      mkdirSync(join(root, 'hooks'));
      copyFileSync(program, join(root, 'hooks/pre-commit'));
      writeFileSync(join(root, 'more'), `[core]\n\thooksPath = ${root}/hooks\n`);
      git('config', 'includeIf.onbranch:main.path', join(root, 'more'));
    },
    command: COMMIT,
  },
  {
    name: 'an ssh of the repository',
    keys: ['core.sshCommand'],
    prepare: configured('core.sshCommand'),
    command: ['ls-remote', 'ssh://example.invalid/x'],
  },
  {
    name: 'a command for the references of a shared store',
    keys: ['core.alternateRefsCommand'],
    prepare({ git, program, root }) {
      git('clone', '--quiet', '--shared', '.', '../clone');
      git('-C', '../clone', 'config', 'core.alternateRefsCommand', program);
      writeFileSync(join(root, 'a'), 'two\n');
      git('commit', '--quiet', '--all', '--message=second');
    },
    command: ['-C', '../clone', 'fetch', '--quiet'],
  },
  { name: 'a helper for passwords', keys: ['core.askPass'], prepare: configured('core.askPass'), ...ASK },
  {
    name: 'a credential helper',
    keys: ['credential.helper'],
    prepare: configured('credential.helper'),
    ...ASK,
  },
  {
    name: 'a credential helper for one address',
    keys: ['credential.helper'],
    prepare: configured('credential.https://example.invalid.helper'),
    ...ASK,
  },
  {
    name: 'an editor',
    keys: ['core.editor'],
    prepare: configured('core.editor'),
    command: ['commit', '--allow-empty'],
  },
  {
    name: 'an editor of the list of a rebase',
    keys: ['sequence.editor'],
    prepare: configured('sequence.editor'),
    command: ['rebase', '--interactive', '--root'],
  },
  {
    name: 'a program that signs',
    keys: ['gpg.program'],
    prepare: configured('gpg.program', SIGNED),
    command: COMMIT,
  },
  {
    name: 'a program that signs with X.509',
    keys: ['gpg.x509.program'],
    prepare: configured('gpg.x509.program', { ...SIGNED, 'gpg.format': 'x509' }),
    command: COMMIT,
  },
  {
    name: 'a program that signs with OpenPGP, by its newer name',
    keys: ['gpg.program'],
    prepare: configured('gpg.openpgp.program', SIGNED),
    command: COMMIT,
  },
  {
    name: 'a program that signs with ssh',
    keys: ['gpg.ssh.program'],
    prepare: configured('gpg.ssh.program', { ...SIGNED, 'gpg.format': 'ssh', 'user.signingKey': 'key::ssh-ed25519 A' }),
    command: COMMIT,
  },
  {
    name: 'a program that looks for the key to sign with',
    keys: ['gpg.ssh.defaultKeyCommand'],
    prepare: configured('gpg.ssh.defaultKeyCommand', { ...SIGNED, 'gpg.format': 'ssh' }),
    command: COMMIT,
  },
  {
    name: 'an address that names a program',
    keys: ['protocol.ext.allow'],
    prepare: ({ git }) => git('config', 'protocol.ext.allow', 'always'),
    command: ['ls-remote', 'ext::touch ../mark'],
  },
  {
    name: 'a filter of a nested repository that the index names',
    keys: ['diff.ignoreSubmodules'],
    prepare(place) {
      nested(place)('config', 'filter.x.clean', place.program);
      writeFileSync(join(place.root, 'inner/.gitattributes'), '* filter=x\n');
      writeFileSync(join(place.root, 'inner/b'), 'two\n');
    },
    command: ['status'],
  },
];

/** What stays open; `cofferdam explain --risks` says so. */
const OPEN: readonly Vector[] = [
  { name: 'filters', keys: [], prepare: driver('filter.x.clean', 'filter=x'), command: ['status'] },
  { name: 'text conversions', keys: [], prepare: driver('diff.x.textconv', 'diff=x'), command: ['diff'] },
  {
    name: 'an external diff',
    keys: [],
    prepare({ git, root, program }) {
      git('config', 'diff.external', program);
      writeFileSync(join(root, 'a'), 'two\n');
    },
    command: ['diff'],
  },
  {
    name: 'the program at the other end of a fetch',
    keys: [],
    prepare({ git, root, program }) {
      git('config', 'remote.x.url', root);
      git('config', 'remote.x.uploadpack', program);
    },
    command: ['fetch', 'x'],
  },
  {
    // Not configuration: files below .git that are the agent's. VS Code goes on with a rebase when somebody commits.
    name: 'an exec line of a rebase that somebody prepared, once it goes on',
    keys: [],
    prepare({ git, root, program }) {
      const state = join(root, '.git/rebase-merge');
      mkdirSync(state);
      const head = readFileSync(join(root, '.git/refs/heads/main'), 'utf8');
      const files = { 'git-rebase-todo': `exec ${program}\n`, 'head-name': 'refs/heads/main\n', onto: head };
      for (const [name, text] of Object.entries({ ...files, 'orig-head': head, interactive: '', end: '1\n' })) {
        writeFileSync(join(state, name), text);
      }
      git('checkout', '--quiet', '--detach');
    },
    command: ['rebase', '--continue'],
  },
];

/** The environment without some of its settings. */
function without(keys: readonly string[]): Readonly<Record<string, string>> {
  const rest = EDITOR_GIT.filter(({ key }) => !keys.includes(key));
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(rest.length)],
    ...rest.flatMap(({ key, value }, index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]);
}

describe('git in the editor’s container of a split box', () => {
  it.each(CLOSED)('does not start $name', (vector) => {
    expect(runs(vector, without(vector.keys)), 'the control: without the setting it starts').toBe(true);
    expect(runs(vector, editorGitEnvironment('prevent'))).toBe(false);
  });

  it.each(OPEN)('does start what cannot be closed by name: $name', (vector) => {
    expect(runs(vector, editorGitEnvironment('prevent'))).toBe(true);
  });

  it('starts no proxy of the repository’s for the git protocol', () => {
    const proxy: Vector = {
      name: 'a proxy for the git protocol',
      keys: [],
      prepare: configured('core.gitProxy'),
      command: ['ls-remote', 'git://127.0.0.1:9/x'],
    };
    const { GIT_PROXY_COMMAND, ...rest } = editorGitEnvironment('prevent');
    expect(GIT_PROXY_COMMAND).toBe('');
    expect(runs(proxy, rest), 'the control: without the variable it starts').toBe(true);
    expect(runs(proxy, editorGitEnvironment('prevent'))).toBe(false);
  });

  it('commits, shows and lists as ever', () => {
    const folder = join(top, 'ordinary');
    mkdirSync(folder);
    const environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: top,
      GIT_CONFIG_NOSYSTEM: '1',
      ...editorGitEnvironment('prevent'),
    };
    const git = (...args: string[]) => spawnSync('git', args, { cwd: folder, env: environment, encoding: 'utf8' });
    git('init', '--quiet');
    writeFileSync(join(folder, 'a'), 'one\n');
    expect(git('status', '--porcelain').stdout).toBe('?? a\n');
    expect(git('add', 'a').status).toBe(0);
    const author = ['-c', 'user.name=Someone', '-c', 'user.email=someone@example.org'];
    expect(git(...author, 'commit', '--quiet', '--message=first')).toMatchObject({ status: 0, stderr: '' });
    expect(git('log', '--format=%s').stdout).toBe('first\n');
  });

  it('pages with one program, whatever the repository names for it', () => {
    const pager = (variables: Readonly<Record<string, string>>) => {
      const { stdout } = spawnSync('git', ['-c', 'core.pager=other', 'var', 'GIT_PAGER'], {
        env: { PATH: process.env['PATH'] ?? '', ...variables },
        encoding: 'utf8',
      });
      return stdout.trim();
    };
    expect(pager({})).toBe('other');
    expect(pager(editorGitEnvironment('prevent'))).toBe('less');
  });

  it('asks the editor for credentials with `ipc: allow` only', () => {
    expect(Object.values(editorGitEnvironment('guard'))).toContain('credential.helper');
    expect(Object.values(editorGitEnvironment('allow'))).not.toContain('credential.helper');
    expect(Object.values(editorGitEnvironment('allow'))).toContain('core.fsmonitor');
  });
});
