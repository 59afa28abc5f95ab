import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Repository, repository } from '../support/worktrees.ts';

let app: Repository;
let before: string;
beforeAll(() => {
  app = repository();
}, 120_000);
beforeEach(() => {
  expect(app.worktree('add', 'one')).toMatchObject({ code: 0 });
  before = app.refs();
}, 120_000);
afterEach(() => {
  rmSync(app.at('one'), { recursive: true, force: true });
  rmSync(join(app.root, '.devcontainer/state/worktrees'), { recursive: true, force: true });
  for (const ref of ['refs/heads/one', 'refs/cofferdam/worktrees/one', 'refs/cofferdam/landing/one']) {
    app.git('update-ref', '-d', ref);
  }
}, 120_000);
afterAll(() => app.clear());

/** The branches of the main checkout: what a landing may change. */
const branches = (): string => app.git('for-each-ref', 'refs/heads');
const land = (...args: string[]) => app.worktree('land', 'one', ...args);

/** Puts an object into the worktree as it is, whatever git would say of it. */
function raw(type: string, content: Buffer): string {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const name = createHash('sha1').update(whole).digest('hex');
  const folder = join(app.at('one'), '.git/objects', name.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name.slice(2)), deflateSync(whole));
  return name;
}

/** A commit whose tree has one more entry, whatever that is called. */
function commitEntry(mode: string, name: string, object: string): void {
  const listed = app.agent('one', 'ls-tree', '-z', 'HEAD').split('\0').filter(Boolean);
  const entries = listed.map((line) => /^(\d+) \w+ (\w+)\t(.*)$/s.exec(line) ?? []);
  const all = [
    ...entries.map(([, kind = '', own = '', path = '']) => [kind, path, own] as const),
    [mode, name, object] as const,
  ];
  // Folders are sorted as if their names ended in a slash.
  const key = ([kind, path]: readonly string[]): string => (kind?.endsWith('40000') ? `${path}/` : (path ?? ''));
  all.sort((a, b) => Buffer.compare(Buffer.from(key(a)), Buffer.from(key(b))));
  const tree = Buffer.concat(
    all.map(([kind, path, own]) =>
      Buffer.concat([Buffer.from(`${kind.replace(/^0/, '')} ${path}\0`), Buffer.from(own, 'hex')]),
    ),
  );
  const commit = app.agent('one', 'commit-tree', raw('tree', tree), '-p', 'HEAD', '-m', 'Odd');
  writeFileSync(join(app.at('one'), '.git/refs/heads/one'), `${commit}\n`);
}

describe('worktree land', () => {
  it('takes the commits over and leaves the checkout as it is', () => {
    app.put('one', 'new.txt', 'new\n');
    app.agent('one', 'add', 'new.txt');
    app.agent('one', 'commit', '--quiet', '--message', 'New');
    const first = land();
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toContain('1 new commit');
    expect(app.git('log', '-1', '--format=%s', 'one')).toBe('New');
    expect(app.git('status', '--porcelain')).toBe('');
    expect(app.git('rev-parse', 'one')).toBe(app.agent('one', 'rev-parse', 'HEAD'));
    expect(app.refs()).not.toContain('landing');
    expect(app.git('fsck', '--strict')).toBe('');
    expect(land().stdout).toContain('nothing new');
    app.plant('one', { 'b.txt': 'b\n' });
    expect(JSON.parse(land('--json').stdout)).toMatchObject({ branch: 'one', commits: 1, accepted: [] });
  });

  it('finds a branch that git has packed, and none that is gone', () => {
    app.plant('one', { 'b.txt': 'b\n' });
    app.agent('one', 'pack-refs', '--all');
    app.agent('one', 'gc', '--quiet');
    expect(land()).toMatchObject({ code: 0 });
    app.agent('one', 'checkout', '--quiet', '-b', 'other');
    app.agent('one', 'branch', '--quiet', '-D', 'one');
    expect(land().stderr).toMatch(/land-refused.*has no branch one.*other/s);
  });

  it('refuses a history that was rewritten, unless forced', () => {
    app.plant('one', { 'b.txt': 'b\n' });
    expect(land()).toMatchObject({ code: 0 });
    app.agent('one', 'reset', '--quiet', '--soft', 'HEAD~1');
    app.plant('one', { 'c.txt': 'c\n' });
    before = branches();
    expect(land()).toMatchObject({ code: 1 });
    expect(branches()).toBe(before);
    expect(land('--force')).toMatchObject({ code: 0 });
    expect(app.git('rev-parse', 'one')).toBe(app.agent('one', 'rev-parse', 'HEAD'));
  });

  it('refuses a branch that shares nothing with its base, unless forced', () => {
    const alone = app.agent('one', 'commit-tree', 'HEAD^{tree}', '-m', 'Alone');
    app.agent('one', 'update-ref', 'refs/heads/one', alone);
    expect(land().stderr).toMatch(/history was rewritten/);
    // Nothing of such a history is known, so all that the host executes is shown.
    expect(land('--force').stderr).toContain('.devcontainer/initialize.sh');
    expect(land('--force', '--accept', '.devcontainer')).toMatchObject({ code: 0 });
  });

  it('does not change a branch under a checkout', () => {
    app.plant('one', { 'b.txt': 'b\n' });
    land();
    app.plant('one', { 'c.txt': 'c\n' });
    app.git('checkout', '--quiet', 'one');
    expect(land().stderr).toMatch(/checked out/);
    app.git('checkout', '--quiet', 'main');
    expect(land()).toMatchObject({ code: 0 });
  });

  it.each([
    ['.vscode/tasks.json'],
    ['.VS\u200cCODE. /tasks.json'],
    ['VSCODE~1/tasks.json'],
    ['.gitmodules'],
    ['.devcontainer/initialize.sh'],
  ])('shows %s and takes it only when it is accepted', (path) => {
    app.plant('one', { [path]: '{}\n', 'harmless.txt': 'x\n' });
    const refused = land();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/land-refused.*may execute/s);
    expect(refused.stderr).not.toContain('harmless');
    expect(app.git('for-each-ref', 'refs/heads')).toBe(app.git('for-each-ref', 'refs/heads/main'));
    expect(app.git('diff', '--name-only', 'main', 'refs/cofferdam/landing/one')).not.toBe(''); // it can be read
    expect(land('--accept', 'harmless.txt', '--accept', path.slice(0, 3))).toMatchObject({ code: 1 });
    expect(land('--accept', path)).toMatchObject({ code: 0 });
    expect(app.git('rev-parse', 'one')).toBe(app.agent('one', 'rev-parse', 'HEAD'));
  });

  it.each([['--accept', '.vscode'], ['--force']])('takes with %s only the commit that was shown', (...agreed) => {
    app.plant('one', { '.vscode/tasks.json': '{}\n' });
    const shown = app.agent('one', 'rev-parse', 'HEAD');
    expect(land().stderr).toContain(`git diff ${app.git('rev-parse', '--short=12', 'main')} ${shown.slice(0, 12)}`);
    app.plant('one', { '.vscode/tasks.json': '{"tasks":[]}\n' }, 'Meanwhile');
    const tip = app.agent('one', 'rev-parse', 'HEAD');
    before = branches();
    const { code, stderr } = land('--accept', '.vscode', ...agreed);
    expect(code).toBe(1);
    expect(stderr).toMatch(/land-refused.*changed since you looked/s);
    expect(stderr).toContain(`git diff ${shown.slice(0, 12)} ${tip.slice(0, 12)}`);
    expect(branches()).toBe(before);
    expect(app.git('rev-parse', 'refs/cofferdam/landing/one')).toBe(tip);
    expect(land('--accept', '.vscode', ...agreed)).toMatchObject({ code: 0 });
    expect(app.git('rev-parse', 'one')).toBe(tip);
  });

  it('keeps what was landed for the worktree that borrows it', () => {
    app.plant('one', { 'b.txt': 'b\n' });
    const tip = app.agent('one', 'rev-parse', 'HEAD');
    expect(land()).toMatchObject({ code: 0 });
    app.agent('one', 'repack', '-a', '-d', '-l', '--quiet'); // drops what it can borrow
    app.git('branch', '--quiet', '-D', 'one');
    app.git('-c', 'gc.reflogExpire=now', 'gc', '--quiet', '--prune=now');
    expect(app.agent('one', 'rev-parse', 'HEAD^{tree}')).not.toBe('');
    expect(app.git('cat-file', '-t', tip)).toBe('commit');
    expect(app.agent('one', 'fsck')).not.toContain('missing');
  });

  it('also looks at what a later commit takes away again', () => {
    const clean = app.agent('one', 'rev-parse', 'HEAD^{tree}');
    app.plant('one', { '.vscode/tasks.json': '{}' });
    app.agent('one', 'update-ref', 'HEAD', app.agent('one', 'commit-tree', clean, '-p', 'HEAD', '-m', 'Innocent'));
    expect(app.agent('one', 'diff', 'HEAD~2', 'HEAD')).toBe('');
    expect(land().stderr).toContain('.vscode/tasks.json');
  });

  it('also looks at what comes by a merge', () => {
    const start = app.agent('one', 'rev-parse', 'HEAD');
    app.plant('one', { '.vscode/tasks.json': '{}' });
    const evil = app.agent('one', 'rev-parse', 'HEAD');
    const merge = app.agent('one', 'commit-tree', `${start}^{tree}`, '-p', start, '-p', evil, '-m', 'Merge');
    app.agent('one', 'update-ref', 'HEAD', merge);
    expect(land().stderr).toContain('.vscode/tasks.json');
  });

  it('shows a file in place of a folder, and a repository in the repository', () => {
    const blob = app.agent('one', 'hash-object', '-w', 'package.json');
    const index = (...args: string[]): string => app.agent('one', 'update-index', '--add', '--cacheinfo', ...args);
    index(`120000,${blob},.github`);
    index(`160000,${app.agent('one', 'rev-parse', 'HEAD')},nested`);
    app.agent('one', 'commit', '--quiet', '--message', 'Odd kinds');
    const { stderr } = land();
    expect(stderr).toContain('".github"');
    expect(stderr).toContain('"nested"');
  });

  const SUBTREE = (): string =>
    raw('tree', Buffer.concat([Buffer.from('100644 config\0'), Buffer.from(blob(), 'hex')]));
  const blob = (): string => raw('blob', Buffer.from('[core]\n\tfsmonitor = touch /tmp/pwned\n'));
  const UNSOUND: readonly (readonly [string, () => void, RegExp])[] = [
    ['a tree with .git', () => commitEntry('40000', '.git', SUBTREE()), /hasDotgit|\.git/],
    ['a tree with .GIT', () => commitEntry('40000', '.GIT', SUBTREE()), /hasDotgit|\.git/],
    ['a tree with GIT~1', () => commitEntry('40000', 'GIT~1', SUBTREE()), /hasDotgit|\.git/],
    ['a tree with ..', () => commitEntry('40000', '..', SUBTREE()), /hasDotdot|\.\./],
    ['a tree with a path for a name', () => commitEntry('100644', 'a/b', blob()), /fullPathname|full path/],
    ['.gitmodules that is a link', () => commitEntry('120000', '.gitmodules', blob()), /gitmodules/i],
    [
      'a submodule whose URL is an option',
      () =>
        commitEntry(
          '100644',
          '.gitmodules',
          raw('blob', Buffer.from('[submodule "x"]\n\tpath = x\n\turl = -u./payload\n')),
        ),
      /gitmodulesUrl|disallowed submodule url/i,
    ],
    [
      'a submodule whose name leads out',
      () =>
        commitEntry(
          '100644',
          '.gitmodules',
          raw('blob', Buffer.from('[submodule "../../hooks"]\n\tpath = x\n\turl = https://example.invalid/\n')),
        ),
      /gitmodulesName|disallowed submodule name/i,
    ],
    ['a blob that is not there', () => commitEntry('100644', 'a', '12'.repeat(20)), /./],
  ];
  it.each(UNSOUND)('refuses %s', (_, prepare, says) => {
    prepare();
    const result = land('--force', '--accept', '.gitmodules');
    expect(result.stderr).toMatch(/land-refused.*not sound/s);
    expect(result.stderr).toMatch(says);
    expect(app.refs()).toBe(before);
  });

  it('would take such objects without the check', () => {
    commitEntry('40000', '.GIT', SUBTREE());
    app.git('fetch', '--quiet', app.at('one'), 'one');
    const [commit = ''] = readFileSync(join(app.root, '.git/FETCH_HEAD'), 'utf8').split('\t');
    expect(app.git('ls-tree', '--name-only', commit)).toContain('.GIT');
  });

  const ODD: readonly (readonly [string, () => void, RegExp])[] = [
    [
      'a changed configuration',
      () => void app.agent('one', 'config', 'core.fsmonitor', 'touch /tmp/pwned'),
      /worktree-changed.*\.git\/config/s,
    ],
    [
      'another repository to borrow from',
      () => writeFileSync(join(app.at('one'), '.git/objects/info/alternates'), '/\n'),
      /worktree-changed.*alternates/s,
    ],
    [
      'a common folder elsewhere',
      () => writeFileSync(join(app.at('one'), '.git/commondir'), '/tmp\n'),
      /worktree-changed.*commondir/s,
    ],
    [
      'a link in place of refs',
      () => {
        renameSync(join(app.at('one'), '.git/refs'), join(app.at('one'), '.git/moved'));
        symlinkSync('moved', join(app.at('one'), '.git/refs'));
      },
      /symbolic link/,
    ],
    [
      'a branch that is a link',
      () => {
        rmSync(join(app.at('one'), '.git/refs/heads/one'));
        symlinkSync('/etc/hostname', join(app.at('one'), '.git/refs/heads/one'));
      },
      /symbolic link/,
    ],
    [
      'a branch that is a pipe',
      () => {
        rmSync(join(app.at('one'), '.git/refs/heads/one'));
        execFileSync('mkfifo', [join(app.at('one'), '.git/refs/heads/one')]);
      },
      /not a regular file/,
    ],
    [
      'a branch without end',
      () => writeFileSync(join(app.at('one'), '.git/refs/heads/one'), 'a'.repeat(1 << 20)),
      /larger than/,
    ],
    [
      'a branch that is an option',
      () => writeFileSync(join(app.at('one'), '.git/refs/heads/one'), '--upload-pack=touch\n'),
      /names no object/,
    ],
    [
      'an object that is a pipe',
      () => execFileSync('mkfifo', [join(app.at('one'), '.git/objects/pack/pack-1.idx')]),
      /worktree-changed/,
    ],
    ['objects that are a link', () => symlinkSync('/tmp', join(app.at('one'), '.git/objects/ab')), /worktree-changed/],
  ];
  it.each(ODD)('refuses %s, at once and with one error', (_, prepare, says) => {
    app.plant('one', { 'b.txt': 'b\n' });
    prepare();
    const result = land();
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(says);
    expect(result.stderr.match(/^error /gm)).toHaveLength(1);
    expect(app.refs()).toBe(before);
  });

  it('refuses a tree that stands for more paths than git can list, and so does remove', () => {
    let tree = SUBTREE();
    for (let level = 0; level < 7; level++) {
      const entry = (index: number): Buffer =>
        Buffer.concat([Buffer.from(`40000 ${index}\0`), Buffer.from(tree, 'hex')]);
      tree = raw('tree', Buffer.concat(Array.from({ length: 10 }, (_, index) => entry(index))));
    }
    commitEntry('40000', 'bomb', tree);
    expect(land('--force').stderr).toMatch(/git-failed.*more than 1000000 paths/s);
    expect(app.refs()).toBe(before);
    expect(app.worktree('remove', 'one').stderr).toMatch(/git-failed.*more than 1000000 paths/s);
    app.git('fetch', '--quiet', app.at('one'), 'one');
    expect(app.worktree('add', 'two', '--base', 'FETCH_HEAD').stderr).toMatch(/git-failed.*more than 1000000 paths/s);
    expect(existsSync(app.at('two'))).toBe(false);
  });

  it('takes no notice of branches with odd names', () => {
    app.plant('one', { 'b.txt': 'b\n' });
    const tip = app.agent('one', 'rev-parse', 'HEAD');
    for (const name of ['--force', 'a b', 'a\nb', '$(touch x)', 'x..y', '\u001b[31m']) {
      writeFileSync(join(app.at('one'), '.git/refs/heads', name), `${tip}\n`);
    }
    expect(land()).toMatchObject({ code: 0 });
    expect(app.git('for-each-ref', '--format=%(refname)', 'refs/heads')).toBe('refs/heads/main\nrefs/heads/one');
  });

  it('believes no commit graph of the agent’s', () => {
    // A graph says who a commit's parents are. This one is made while grafts hide what the branch began at.
    app.plant('one', { 'b.txt': 'b\n' });
    const tip = app.agent('one', 'rev-parse', 'HEAD');
    app.agent('one', 'commit-graph', 'write', '--reachable');
    const graph = join(app.at('one'), '.git/objects/info/commit-graph');
    expect(existsSync(graph)).toBe(true);
    chmodSync(graph, 0o644);
    writeFileSync(graph, readFileSync(graph).fill(0xff, 60));
    expect(spawnSync('git', ['log', '--oneline'], { cwd: app.at('one') }).stderr.length).toBeGreaterThan(0);
    expect(land()).toMatchObject({ code: 0 });
    expect(app.git('rev-parse', 'one')).toBe(tip);
  });

  it('runs nothing that the worktree names, nor what the user’s own git would run on it', () => {
    const ran = join(dirname(app.root), 'ran');
    app.plant('one', { '.gitattributes': '* filter=evil diff=evil merge=evil\n', 'b.txt': 'b\n' });
    for (const hook of ['pre-receive', 'post-update', 'reference-transaction', 'pre-auto-gc']) {
      mkdirSync(join(app.at('one'), '.git/hooks'), { recursive: true });
      writeFileSync(join(app.at('one'), '.git/hooks', hook), `#!/bin/sh\ntouch '${ran}'\n`, { mode: 0o755 });
    }
    const global = join(dirname(app.root), 'gitconfig');
    writeFileSync(
      global,
      `[filter "evil"]\n\tclean = touch '${ran}'\n\tsmudge = touch '${ran}'\n[diff "evil"]\n\ttextconv = touch '${ran}'; cat\n[uploadpack]\n\tpackObjectsHook = touch '${ran}'; git pack-objects\n`,
    );
    expect(app.worktree('land', 'one')).toMatchObject({ code: 0 });
    expect(existsSync(ran)).toBe(false);
    // The control: a plain fetch from the worktree runs at least one of them.
    app.plant('one', { 'c.txt': 'c\n' });
    spawnSync(
      'git',
      [
        '-c',
        `core.hooksPath=${join(app.at('one'), '.git/hooks')}`,
        'fetch',
        '--quiet',
        app.at('one'),
        'one:refs/cofferdam/landing/one',
      ],
      {
        cwd: app.root,
        env: { ...process.env, GIT_CONFIG_GLOBAL: global },
      },
    );
    expect(existsSync(ran)).toBe(true);
    rmSync(ran);
  });
});

describe('worktree remove', () => {
  const refused = (): string => {
    const { code, stderr } = app.worktree('remove', 'one');
    expect(code).toBe(1);
    expect(existsSync(app.at('one'))).toBe(true);
    return stderr;
  };

  it('refuses to lose commits, changes and new files', () => {
    app.plant('one', { 'b.txt': 'b\n' });
    app.agent('one', 'reset', '--quiet', '--hard');
    expect(refused()).toMatch(/work-unsaved.*1 commit/s);
    land();
    app.put('one', 'package.json', '{}\n');
    expect(refused()).toMatch(/not committed: "package.json"/);
    app.agent('one', 'checkout', '--quiet', 'package.json');
    app.put('one', 'new.txt', 'new\n');
    expect(refused()).toMatch(/not committed: "new.txt"/);
    app.agent('one', 'add', 'new.txt');
    app.agent('one', 'stash', '--quiet');
    expect(refused()).toMatch(/commits? that the main checkout does not have/);
  });

  it('is not told otherwise by the index, an exclude file or a nested repository', () => {
    const ran = join(dirname(app.root), 'ran');
    app.put('one', 'package.json', '{}\n');
    app.agent('one', 'update-index', '--skip-worktree', 'package.json');
    app.put('one', 'new.txt', 'new\n');
    writeFileSync(join(app.at('one'), '.git/info/exclude'), '*\n');
    execFileSync('git', ['init', '--quiet', join(app.at('one'), 'nested')]);
    execFileSync('git', ['config', 'core.fsmonitor', `touch '${ran}'`], { cwd: join(app.at('one'), 'nested') });
    expect(app.agent('one', 'status', '--porcelain')).toBe(''); // the control: git in the worktree sees nothing
    const said = refused();
    expect(said).toContain('"package.json"');
    expect(said).toContain('"new.txt"');
    expect(existsSync(ran)).toBe(false);
  });

  it('says so where it cannot tell', () => {
    rmSync(join(app.at('one'), '.git/refs/heads/one'));
    symlinkSync('/etc/hostname', join(app.at('one'), '.git/refs/heads/one'));
    expect(refused()).toMatch(/symbolic link/);
  });

  it('waits for no pipe among the objects, and neither does list', () => {
    execFileSync('mkfifo', [join(app.at('one'), '.git/objects/pack/pack-1.idx')]);
    expect(refused()).toMatch(/worktree-changed.*pack-1\.idx/s);
    const { code, stdout } = app.worktree('list');
    expect(code).toBe(3);
    expect(stdout).toContain('pack-1.idx');
  });

  it('looks again for work where an earlier run was ended, and gives the worktree back', () => {
    const file = join(app.root, '.devcontainer/state/worktrees/one');
    writeFileSync(file, app.entry('one').replace('STATE=ready', 'STATE=removing'));
    app.put('one', 'new.txt', 'new\n');
    expect(refused()).toMatch(/not committed: "new.txt"/);
    expect(app.entry('one')).toContain('STATE=ready\n');
  });

  it('looks for work in a worktree that was ended before its place was noted', () => {
    expect(app.worktree('add', 'two', '--isolation', 'shared')).toMatchObject({ code: 0 });
    const file = join(app.root, '.devcontainer/state/worktrees/two');
    writeFileSync(
      file,
      app
        .entry('two')
        .replace('STATE=ready', 'STATE=making')
        .replace(/^OWN=.*$/m, 'OWN='),
    );
    app.put('two', 'new.txt', 'new\n');
    expect(app.worktree('remove', 'two').stderr).toMatch(/work-unsaved.*not committed: "new.txt"/s);
    rmSync(app.at('two'), { recursive: true });
    app.git('worktree', 'unlock', app.at('two'));
    app.git('worktree', 'prune');
  });

  it('waits for no pipe in the place of rules for git', () => {
    app.put('one', 'a/b.txt', 'b\n');
    execFileSync('mkfifo', [join(app.at('one'), 'a/.gitignore')]);
    expect(refused()).toMatch(/work-unsaved.*"a\/\.gitignore" is no file/s);
  });

  it('knows only worktrees that it made', () => {
    for (const name of ['two', '../one', '']) {
      expect(app.worktree('remove', '--force', '--', name).stderr).toMatch(/worktree-unknown/);
    }
  });
});
