import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cofferdam, Scratch, treeHash } from '../support/cli.ts';
import { BASE } from '../support/policies.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const POLICY = '.devcontainer/cofferdam.yaml';

/** One clear error: a code, why, and what to do; no stack, nothing else on stderr; nothing touched, above neither. */
function refuses(folder: string, args: readonly string[], code: string, exit: 2 | 3, says: RegExp | string): void {
  const outer = dirname(folder);
  const before = treeHash(outer);
  const { status, stderr } = cofferdam(folder, args);
  expect(stderr).toContain(`error [${code}] `);
  expect(stderr).toMatch(says);
  expect(stderr.match(/^error /gm)).toHaveLength(1);
  expect(stderr.match(/^ {2}why: {2}\S/gm)).toHaveLength(1);
  expect(stderr.match(/^ {2}next: \S/gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/^\s+at |node:internal|\.js:\d/m);
  expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(status).toBe(exit);
  expect(treeHash(outer)).toBe(before);
}

const link = (folder: string, path: string, target: string): void => {
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  symlinkSync(target, join(folder, path));
};

describe('a broken policy', () => {
  const cases: readonly (readonly [string, string | Uint8Array, string, RegExp | string])[] = [
    ['nothing in it', '', 'policy-invalid', 'cofferdam.yaml:1:1: the policy is empty'],
    ['a list', '- version: 1\n', 'policy-invalid', 'must be a mapping'],
    ['prose', 'please be safe\n', 'policy-invalid', 'must be a mapping'],
    ['JSON of something else', '{"image": "debian"}', 'policy-invalid', 'unknown key `image`'],
    ['an unknown key', `${BASE}agnets: []\n`, 'policy-invalid', /yaml:4:1: .*did you mean `agents`/],
    ['an unknown value', `${BASE}docker: raed\n`, 'policy-invalid', /yaml:4:9: .*did you mean `read`/],
    ['a value of a later version', `${BASE}egress: allowlist\n`, 'policy-invalid', 'later version'],
    ['a later file format', BASE.replace('1', '9'), 'policy-invalid', 'install that one'],
    ['a missing key', 'version: 1\nstack: node\n', 'policy-invalid', '`agents` is missing'],
    ['a key without a value', `${BASE}readOnly:\n`, 'policy-invalid', 'has no value'],
    ['a version that YAML changes', `${BASE}node: { version: 22.10 }\n`, 'policy-invalid', '"22.10"'],
    ['a path out of the workspace', `${BASE}readOnly: [../../etc]\n`, 'policy-invalid', 'below the workspace'],
    ['an absolute path', `${BASE}readOnly: [/etc/passwd]\n`, 'policy-invalid', 'below the workspace'],
    ['a path that takes git away', `${BASE}readOnly: [.git]\n`, 'policy-invalid', 'must stay writable'],
    ['a limit that is none', `${BASE}limits: { pids: .inf }\n`, 'policy-invalid', 'limits.pids'],
    ['a size without a unit', `${BASE}limits: { memory: 8 }\n`, 'policy-invalid', 'such as 512m'],
    ['a prototype', `${BASE}__proto__: { docker: none }\n`, 'policy-invalid', 'unknown key `__proto__`'],
    ['an escape sequence', `${BASE}docker: "\u001b[2J"\n`, 'policy-syntax', 'control character'],
    ['an escaped escape sequence', `${BASE}docker: "\\e[2J"\n`, 'policy-invalid', 'Allowed: none, read'],
    ['text that runs backwards', `${BASE}\u202egnihtyna: 1\n`, 'policy-invalid', 'unknown key'],
    ['a tab', `${BASE}\tdocker: none\n`, 'policy-syntax', /yaml:4:1: a tab/],
    ['a key twice', `${BASE}agents: [codex]\n`, 'policy-syntax', 'twice'],
    ['an open quote', `${BASE}docker: "none\n`, 'policy-syntax', 'missing here'],
    ['a conflict marker', `<<<<<<< HEAD\n${BASE}=======\n>>>>>>> x\n`, 'policy-syntax', 'cofferdam.yaml:'],
    ['an alias', `${BASE}x: &a 1\ny: *a\n`, 'policy-syntax', 'anchors'],
    ['a tag', `${BASE}docker: !!binary aGk=\n`, 'policy-syntax', 'tags'],
    ['two documents', `${BASE}---\n${BASE}`, 'policy-syntax', 'second document'],
    ['another YAML', `%YAML 1.1\n---\n${BASE}`, 'policy-syntax', 'YAML 1.2'],
    ['a hundred thousand brackets', '['.repeat(100_000), 'policy-syntax', 'too deeply'],
    ['300 KiB', `${BASE}#${'x'.repeat(300 * 1024)}`, 'policy-unreadable', 'larger than'],
    ['Latin-1', Buffer.from(`${BASE}# caf\xe9\n`, 'latin1'), 'policy-unreadable', 'not UTF-8'],
    ['UTF-16', Buffer.from(`\ufeff${BASE}`, 'utf16le'), 'policy-unreadable', 'not UTF-8'],
    ['NUL bytes', Buffer.alloc(100), 'policy-syntax', 'control character'],
  ];

  it.each(cases)('with %s stops sync', (_, text, code, says) => {
    refuses(scratch.folder({ [POLICY]: text }), ['sync'], code, 2, says);
  });

  it.each(cases)('with %s stops init', (_, text, code, says) => {
    refuses(scratch.folder({ [POLICY]: text }), ['init', '--yes'], code, 2, says);
  });

  it('that is a link is not followed', () => {
    const folder = scratch.folder({ 'elsewhere.yaml': BASE });
    link(folder, POLICY, '../elsewhere.yaml');
    refuses(folder, ['sync'], 'policy-unreadable', 2, 'symbolic link');
  });

  it('that is a device or a pipe is not read', () => {
    const folder = scratch.folder({ '.devcontainer/': '' });
    execFileSync('mkfifo', [join(folder, POLICY)]);
    refuses(folder, ['sync'], 'policy-unreadable', 2, 'not a regular file');
    const linked = scratch.folder();
    link(linked, POLICY, '/dev/zero');
    refuses(linked, ['init', '--yes'], 'policy-unreadable', 2, 'symbolic link');
  });

  it('that is not there is named', () => {
    refuses(scratch.folder(), ['sync'], 'policy-missing', 2, 'cofferdam init');
  });
});

describe('somebody else’s dev container', () => {
  it.each([
    ['a devcontainer.json', { '.devcontainer/devcontainer.json': '{ "image": "debian" }' }],
    ['a broken one', { '.devcontainer/devcontainer.json': '{ "image": ' }],
    ['a binary one', { '.devcontainer/devcontainer.json': Buffer.from([0xff, 0xfe, 0, 1]) }],
    ['a Dockerfile alone', { '.devcontainer/Dockerfile': 'FROM debian\n' }],
    ['one in a folder below', { '.devcontainer/python/devcontainer.json': '{}' }],
    ['a file of another kind', { '.devcontainer/README.md': 'hello' }],
    ['a file name with an escape sequence', { '.devcontainer/\u001b[31mred': 'hello' }],
    ['a lock of ours without a policy', { '.devcontainer/cofferdam.lock': '{ "version": 1, "files": {} }' }],
    ['long lines', { '.devcontainer/Dockerfile': `FROM debian\n${'x'.repeat(1_000_000)}` }],
    ['a hundred thousand lines', { '.devcontainer/Dockerfile': 'RUN true\n'.repeat(100_000) }],
  ] as const)('stays, with %s', (_, files) => {
    refuses(scratch.folder(files), ['init', '--yes'], 'devcontainer-exists', 2, /mv \.devcontainer .*cofferdam audit/);
  });

  it('is shown beside what init would make', () => {
    const folder = scratch.folder({ '.devcontainer/Dockerfile': 'FROM debian:theirs\n' });
    const { stdout } = cofferdam(folder, ['init', '--yes']);
    expect(stdout).toContain('--- a/.devcontainer/Dockerfile\n+++ b/.devcontainer/Dockerfile\n');
    expect(stdout).toContain('-FROM debian:theirs\n');
    expect(stdout).toContain('+++ b/.devcontainer/cofferdam.yaml\n');
  });

  it('stays as a single file, too', () => {
    const folder = scratch.folder({ '.devcontainer.json': '{ "image": "debian" }' });
    refuses(folder, ['init', '--yes'], 'devcontainer-exists', 2, /mv \.devcontainer\.json/);
  });

  it('is not reached through links', () => {
    const folder = scratch.folder({ '.devcontainer/': '', '../secret.txt': 'the secret' });
    link(folder, '.devcontainer/Dockerfile', '../../secret.txt');
    refuses(folder, ['init', '--yes'], 'file-unreadable', 3, 'symbolic link');
    expect(cofferdam(folder, ['init', '--yes']).stdout).not.toContain('the secret');
  });
});

describe('a folder for which the box cannot be made', () => {
  it.each([
    ['.git', 'elsewhere'],
    ['.git', '/etc'],
    ['.devcontainer', 'elsewhere'],
    ['.devcontainer', 'dangling'],
    ['.devcontainer.json', '/etc/hostname'],
    ['.vscode', 'elsewhere'],
    ['.husky', 'elsewhere'],
    ['.envrc', 'package.json'],
    ['.mcp.json', '/dev/null'],
    ['.git/hooks', '../elsewhere'],
    ['.git/config', '../package.json'],
    ['.git/modules', '/'],
  ])('has a link at %s (to %s)', (path, target) => {
    const folder = scratch.folder({ 'package.json': '{}', 'elsewhere/': '' });
    link(folder, path, target);
    refuses(folder, ['init', '--yes'], 'folder-unsupported', 2, `${path} is a symbolic link`);
  });

  it.each([
    ['.devcontainer', 'hello', /\.devcontainer is a file where a folder belongs/],
    ['.vscode', 'hello', /\.vscode is a file where a folder belongs/],
    ['.git', 'gitdir: ../main/.git/worktrees/x\n', /linked worktree or a submodule/],
    ['.git/config/', '', /\.git\/config is a folder where a file belongs/],
    ['.git/hooks', '', /\.git\/hooks is a file where a folder belongs/],
  ])('has the wrong kind of thing at %s', (path, text, says) => {
    refuses(scratch.folder({ [path]: text }), ['init', '--yes'], 'folder-unsupported', 2, says);
  });

  it('has a pipe in a protected place', () => {
    const folder = scratch.folder();
    execFileSync('mkfifo', [join(folder, '.envrc')]);
    refuses(folder, ['init', '--yes'], 'folder-unsupported', 2, 'neither a file nor a folder');
  });

  it.each([
    ['.', 'the workspace folder itself'],
    ['.git', 'must stay writable'],
    ['hooks*', 'cannot be made read-only'],
    ['ho\noks', 'cannot be made read-only'],
  ])('has hooks where nothing protects them (%j)', (path, says) => {
    const folder = scratch.folder();
    execFileSync('git', ['-C', folder, 'init', '--quiet']);
    execFileSync('git', ['-C', folder, 'config', 'core.hooksPath', path]);
    refuses(folder, ['init', '--yes'], 'folder-unsupported', 2, says);
  });

  it('has a repository that git cannot read', () => {
    const folder = scratch.folder();
    execFileSync('git', ['-C', folder, 'init', '--quiet']);
    writeFileSync(join(folder, '.git/config'), '[core\n');
    refuses(folder, ['init', '--yes'], 'folder-unsupported', 2, 'git cannot read');
  });

  it('is a part of a repository', () => {
    const folder = scratch.folder({ 'packages/$(id)/': '' });
    execFileSync('git', ['-C', folder, 'init', '--quiet']);
    refuses(join(folder, 'packages/$(id)'), ['init', '--yes'], 'folder-unsupported', 2, /cd '\/.*' && cofferdam init/);
  });

  it('is the home directory, or holds it', () => {
    const folder = scratch.folder({ 'me/': '' });
    const before = treeHash(folder);
    for (const home of [folder, join(folder, 'me')]) {
      const { status, stderr } = cofferdam(folder, ['init', '--yes'], { HOME: home });
      expect(status).toBe(2);
      expect(stderr).toMatch(/\[folder-unsupported\].*home directory/);
    }
    expect(treeHash(folder)).toBe(before);
  });

  it('got a link in a protected place after init', () => {
    const folder = scratch.folder();
    expect(cofferdam(folder, ['init', '--yes']).status).toBe(0);
    symlinkSync('/etc', join(folder, '.vscode'));
    refuses(folder, ['sync'], 'folder-unsupported', 2, '.vscode is a symbolic link');
  });
});

describe('other input that cannot be used', () => {
  it.each([
    [[], 'several agents: codex, claude-code'],
    [['codx'], 'no agent codx. Did you mean codex?'],
    [['gemini'], /no agent gemini\.[\s\S]*It has codex, claude-code/],
    [['--', '--version'], 'several agents'],
  ] as const)('an agent that cannot be told: %j', (words, says) => {
    const folder = scratch.folder({ [POLICY]: BASE.replace('codex', 'codex, claude-code') });
    refuses(folder, ['agent', ...words], 'usage', 2, says);
  });

  it.each([
    ['package.json', '{ "name": ', 'file-unreadable', 'package.json is not JSON'],
    ['package.json', Buffer.from([0xff, 0xff]), 'file-unreadable', 'not UTF-8'],
    ['package.json/', '', 'file-unreadable', 'not a regular file'],
    ['.nvmrc/', '', 'file-unreadable', 'not a regular file'],
  ])('%s', (path, contents, code, says) => {
    refuses(scratch.folder({ [path]: contents }), ['init', '--yes'], code, 3, says);
  });

  it('a link to a file of the host in place of package.json', () => {
    const folder = scratch.folder();
    link(folder, 'package.json', '/etc/hostname');
    refuses(folder, ['init', '--yes'], 'file-unreadable', 3, 'symbolic link');
  });

  it.each([
    [['init', '--agent', 'claud-code'], 'did you mean claude-code'],
    [['init', '--agent', ''], 'Allowed: claude-code'],
    [['init', '--agent', 'codex,,'], 'Allowed: claude-code'],
    [['init', '--stack', 'nodejs'], 'did you mean node'],
    [['init', '--stack', 'python'], 'later version'],
    [['init', '--topology', 'splitt'], 'did you mean split'],
    [['init', '--docker', 'sandbox'], 'did you mean sandboxed'],
    [['init', '--docker'], 'argument missing'],
    [['init', '--docker', '\u001b[31m'], 'not known'],
    [['init', 'somewhere'], 'too many arguments'],
    [['init', '--yess'], 'did you mean --yes'],
    [['synk'], 'did you mean sync'],
  ])('%j', (args, says) => {
    refuses(scratch.folder(), args, 'usage', 2, says);
  });

  it('a generated file that was replaced by a folder or a link', () => {
    for (const replace of [(path: string) => mkdirSync(path), (path: string) => symlinkSync('/etc/hostname', path)]) {
      const folder = scratch.folder({ [POLICY]: BASE });
      replace(join(folder, '.devcontainer/Dockerfile'));
      refuses(folder, ['sync'], 'file-unreadable', 3, /Dockerfile is (?:not a regular file|a symbolic link)/);
    }
  });

  it('a lock after a merge conflict', () => {
    const folder = scratch.folder({ [POLICY]: BASE });
    expect(cofferdam(folder, ['sync']).status).toBe(0);
    writeFileSync(join(folder, '.devcontainer/cofferdam.lock'), '<<<<<<< HEAD\n');
    refuses(folder, ['sync'], 'edited-file', 2, 'cofferdam.lock');
  });
});
