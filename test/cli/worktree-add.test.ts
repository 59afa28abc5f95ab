import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cofferdam } from '../support/box.ts';
import { type Repository, repository } from '../support/worktrees.ts';

const made: Repository[] = [];
function fresh(name?: string): Repository {
  const one = repository(name);
  made.push(one);
  return one;
}
afterEach(() => {
  for (const one of made.splice(0)) one.clear();
});

/** What is beside the repository, and what is in it that `worktree` could have made. */
const traces = (app: Repository): string =>
  JSON.stringify([
    readdirSync(dirname(app.root)).sort(),
    app.refs(),
    existsSync(join(app.root, '.git/worktrees')),
    app.entry('one'),
  ]);

describe('worktree add', () => {
  it('makes a clean checkout beside the repository, whatever that is called', () => {
    const app = fresh('it’s "my" app; $(x)'.replace('$', ''));
    app.write('src/a b.txt', 'text\n');
    writeFileSync(Buffer.concat([Buffer.from(`${app.root}/`), Buffer.from([0x62, 0xff])]), 'not UTF-8\n');
    app.git('add', '.');
    app.git('commit', '--quiet', '--message', 'More');
    const result = app.worktree('add', 'fix-1');
    expect(result).toMatchObject({ code: 0 });
    expect(app.agent('fix-1', 'status', '--porcelain')).toBe('');
    expect(app.agent('fix-1', 'log', '-1', '--format=%s', 'fix-1')).toBe('More');
    expect(readFileSync(join(app.at('fix-1'), 'src/a b.txt'), 'utf8')).toBe('text\n');
    expect(app.git('status', '--porcelain')).toBe('');
    const state = readFileSync(join(app.at('fix-1'), '.devcontainer/state/worktree'), 'utf8');
    expect(state).toBe(`ISOLATION=clone\nNAME=fix-1\nMAIN=${app.root}\nGIT_COMMON=${app.root}/.git\n`);
    expect(cofferdam(app.at('fix-1'), ['sync', '--check'])).toMatchObject({ code: 0 });
  });

  it('lets the agent commit, and keeps what it borrows from being collected', () => {
    const app = fresh();
    app.worktree('add', 'one');
    app.git('commit', '--quiet', '--amend', '--message', 'Box, again');
    app.git('reflog', 'expire', '--expire=now', '--all');
    app.git('gc', '--quiet', '--prune=now');
    app.put('one', 'new.txt', 'new\n');
    app.agent('one', 'add', 'new.txt');
    app.agent('one', 'commit', '--quiet', '--message', 'New');
    expect(app.agent('one', 'fsck', '--strict', '--no-dangling')).toBe('');
    // Without the ref the borrowed commit goes, and the worktree with it.
    app.git('update-ref', '-d', 'refs/cofferdam/worktrees/one');
    app.git('gc', '--quiet', '--prune=now');
    expect(() => app.agent('one', 'log')).toThrow();
  });

  it('takes policy and generated files from the main checkout, never from the base', () => {
    const app = fresh();
    app.git('checkout', '--quiet', '-b', 'hostile');
    app.write('.devcontainer/initialize.sh', 'touch /tmp/pwned\n');
    app.write('.devcontainer/cofferdam.yaml', 'broken: [');
    app.write('.devcontainer/second/devcontainer.json', '{ "initializeCommand": "touch /tmp/pwned" }');
    app.write('.vscode/tasks.json', '{}');
    app.git('add', '.');
    app.git('commit', '--quiet', '--message', 'Hostile');
    app.git('checkout', '--quiet', 'main');
    const result = app.worktree('add', 'one', '--base', 'hostile');
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toContain('.vscode/tasks.json');
    expect(readFileSync(join(app.at('one'), '.devcontainer/initialize.sh'), 'utf8')).not.toContain('pwned');
    for (const file of ['cofferdam.yaml', 'Dockerfile', 'devcontainer.json']) {
      expect(readFileSync(join(app.at('one'), '.devcontainer', file), 'utf8')).toBe(app.read(`.devcontainer/${file}`));
    }
    expect(existsSync(join(app.at('one'), '.devcontainer/second'))).toBe(false);
    expect(app.agent('one', 'status', '--porcelain')).toBe('');
  });

  it('runs no hook and no filter of the repository', () => {
    const app = fresh();
    const ran = join(dirname(app.root), 'ran');
    app.write('.gitattributes', '*.dat filter=evil\n');
    app.write('a.dat', 'data\n');
    app.git('add', '.');
    app.git('commit', '--quiet', '--message', 'Data');
    for (const what of ['smudge', 'clean']) app.git('config', `filter.evil.${what}`, `touch '${ran}'; cat`);
    mkdirSync(join(app.root, '.git/hooks'), { recursive: true });
    for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change']) {
      writeFileSync(join(app.root, '.git/hooks', hook), `#!/bin/sh\ntouch '${ran}'\n`, { mode: 0o755 });
    }
    expect(app.worktree('add', 'one')).toMatchObject({ code: 0 });
    expect(app.worktree('list')).toMatchObject({ code: 0 });
    app.plant('one', { 'b.dat': 'more\n' });
    rmSync(ran, { force: true });
    expect(app.worktree('land', 'one')).toMatchObject({ code: 0 });
    expect(existsSync(ran)).toBe(false);
    app.git('branch', 'plain'); // the control: git by itself runs them
    expect(existsSync(ran)).toBe(true);
  });

  it('works from another worktree, at a tag and from no branch', () => {
    const app = fresh();
    app.git('tag', 'v1');
    app.git('checkout', '--quiet', '--detach');
    expect(app.worktree('add', 'one')).toMatchObject({ code: 0 });
    mkdirSync(join(app.at('one'), 'sub'));
    expect(cofferdam(join(app.at('one'), 'sub'), ['worktree', 'add', 'two', '--base', 'v1'])).toMatchObject({
      code: 0,
    });
    expect(app.agent('two', 'symbolic-ref', 'HEAD')).toBe('refs/heads/two');
    const list = cofferdam(app.at('two'), ['worktree', 'list', '--json']);
    expect(JSON.parse(list.stdout).worktrees.map(({ name }: { name: string }) => name)).toEqual(['one', 'two']);
  });

  it('says what it does about submodules', () => {
    const app = fresh();
    const other = fresh('other');
    execFileSync(
      'git',
      ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', `file://${other.root}`, 'lib'],
      {
        cwd: app.root,
      },
    );
    app.git('commit', '--quiet', '--message', 'Submodule');
    const result = app.worktree('add', 'one');
    expect(result.stdout).toContain('submodules are not checked out');
    expect(readdirSync(join(app.at('one'), 'lib'))).toEqual([]);
  });

  it.each([
    ['', 'Upper', '-rf', '.hidden', 'a..b', 'a.lock', 'a.', 'a/b', '../x', 'a b', 'x\n', 'ü', 'a'.repeat(42), '$(id)'],
  ])('refuses names that are none', (...names) => {
    const app = fresh();
    const before = traces(app);
    for (const name of names) {
      const result = app.worktree('add', '--', name);
      expect(result.code, name).toBe(2);
      expect(result.stderr.match(/^error /gm), name).toHaveLength(1);
    }
    expect(traces(app)).toBe(before);
  });

  const INCOMPLETE: readonly (readonly [string, (app: Repository) => void, RegExp])[] = [
    ['a base that is not there', () => {}, /base-missing.*no-such/s],
    ['a branch of the name', (app) => app.git('branch', 'one'), /worktree-exists.*branch/s],
    ['a branch below the name', (app) => app.git('branch', 'one/two'), /worktree-exists.*one\/two/s],
    ['the branch in capitals', (app) => app.git('branch', 'ONE'), /worktree-exists.*ONE/s],
    ['a folder of the name', (app) => mkdirSync(app.at('one')), /worktree-exists.*app-one/s],
    ['files that are not what the policy says', (app) => app.write('.devcontainer/Dockerfile', 'FROM x\n'), /drift/],
    [
      'objects of yet another repository',
      (app) => app.write('.git/objects/info/alternates', '/elsewhere\n'),
      /borrows objects/,
    ],
    ['a shallow history', (app) => app.write('.git/shallow', `${app.git('rev-parse', 'HEAD')}\n`), /--unshallow/],
    ['a history that is fetched piecemeal', (app) => app.git('config', 'remote.o.promisor', 'true'), /--filter/],
    ['a broken policy', (app) => app.write('.devcontainer/cofferdam.yaml', 'x: ['), /policy-syntax/],
  ];
  it.each(INCOMPLETE)('refuses %s and leaves nothing', (what, prepare, says) => {
    const app = fresh();
    prepare(app);
    const before = traces(app);
    const result = app.worktree('add', 'one', ...(what.includes('base') ? ['--base', 'no-such'] : []));
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(says);
    expect(result.stderr.match(/^error /gm)).toHaveLength(1);
    expect(traces(app)).toBe(before);
  });

  it('refuses places that are no main checkout', () => {
    const app = fresh();
    const beside = join(dirname(app.root), 'other');
    const says = (cwd: string): string => cofferdam(cwd, ['worktree', 'add', 'one']).stderr;
    app.git('worktree', 'add', '--quiet', '-b', 'theirs', beside);
    expect(says(beside)).toMatch(/linked worktree that cofferdam did not make/);
    const bare = join(dirname(app.root), 'bare.git');
    app.git('clone', '--quiet', '--bare', '.', bare);
    expect(says(bare)).toMatch(/bare repository/);
    const none = mkdtempSync(join(dirname(app.root), 'none-'));
    expect(says(none)).toMatch(/cofferdam init/);
    const unborn = join(dirname(app.root), 'unborn');
    cpSync(join(app.root, '.devcontainer'), join(unborn, '.devcontainer'), { recursive: true });
    expect(says(unborn)).toMatch(/not a git repository/);
    execFileSync('git', ['init', '--quiet', unborn]);
    expect(says(unborn)).toMatch(/base-missing.*no commit yet/s);
  });
});

describe('worktree add, ended in the middle', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  /** Real git, before whose call number `at` the caller is killed. */
  function killing(at: number): Record<string, string> {
    const folder = mkdtempSync(join(tmpdir(), 'cofferdam-kill-'));
    folders.push(folder);
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    writeFileSync(
      join(folder, 'git'),
      `#!/bin/sh\nn=$(($(cat '${folder}/count' 2>/dev/null || echo 0) + 1)); echo $n >'${folder}/count'\n[ $n -lt ${at} ] || { kill -9 $PPID; exit 1; }\nexec '${real}' "$@"\n`,
    );
    chmodSync(join(folder, 'git'), 0o755);
    return { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` };
  }

  it('comes to the same end when it is run again', { timeout: 900_000 }, () => {
    const app = fresh();
    const before = traces(app);
    const half: string[] = [];
    let [ended, read] = [false, 0];
    for (let at = 1; at < 100 && !ended; at++) {
      const cut = cofferdam(app.root, ['worktree', 'add', 'one'], { env: killing(at) });
      ended = cut.code === 0; // it has no more steps
      if (ended) break;
      if (traces(app) === before) {
        read += 1; // of the first steps, which leave nothing
        continue;
      }
      half.push(traces(app));
      // Once more from where it is, to its end if that is near, else once more; what comes out is looked at and taken away.
      const again = cofferdam(app.root, ['worktree', 'add', 'one'], { env: killing(at) });
      const last = again.code === 0 ? again : app.worktree('add', 'one');
      expect(last, `after step ${at}`).toMatchObject({ code: 0, stderr: '' });
      expect(app.agent('one', 'fsck', '--strict', '--no-dangling')).toBe('');
      expect(app.agent('one', 'status', '--porcelain')).toBe('');
      expect(app.worktree('list').stdout).not.toContain('half made');
      rmSync(app.at('one'), { recursive: true });
      rmSync(join(app.root, '.devcontainer/state/worktrees'), { recursive: true });
      app.git('update-ref', '-d', 'refs/cofferdam/worktrees/one');
      expect(traces(app)).toBe(before);
    }
    expect(ended).toBe(true);
    expect(read).toBeGreaterThan(3);
    expect(new Set(half).size).toBeGreaterThan(5); // it was cut at different places
    expect(app.agent('one', 'status', '--porcelain')).toBe('');
    expect(readdirSync(dirname(app.root)).sort()).toEqual(['app', 'app-one']);
  });
});

describe('worktrees that were moved', () => {
  const state = (app: Repository): string => JSON.parse(app.worktree('list', '--json').stdout).worktrees[0].state;

  it('are told, and put right where they are', () => {
    const app = fresh();
    app.worktree('add', 'one');
    const elsewhere = join(dirname(app.root), 'elsewhere');
    renameSync(app.at('one'), elsewhere);
    expect(state(app)).toBe('moved');
    expect(app.worktree('land', 'one').stderr).toMatch(/worktree-moved/);
    expect(app.worktree('add', 'one').stderr).toMatch(/worktree-moved.*cd to where it is/s);
    expect(cofferdam(elsewhere, ['worktree', 'add', 'one'])).toMatchObject({ code: 0 });
    expect(state(app)).not.toBe('moved');
    expect(app.entry('one')).toContain(`PATH=${elsewhere}\n`);
  });

  it('work again after the main checkout was moved', () => {
    const app = fresh();
    app.worktree('add', 'one');
    const now = join(dirname(app.root), 'renamed');
    renameSync(app.root, now);
    expect(cofferdam(app.at('one'), ['worktree', 'list']).stderr).toMatch(/worktree-moved/);
    expect(spawnSync('git', ['log'], { cwd: app.at('one') }).status).not.toBe(0);
    expect(cofferdam(now, ['worktree', 'add', 'one'])).toMatchObject({ code: 0 });
    expect(app.agent('one', 'fsck', '--no-dangling')).toBe('');
    expect(JSON.parse(cofferdam(now, ['worktree', 'list', '--json']).stdout).worktrees[0].state).not.toBe('moved');
  });

  it('are believed only where the main checkout knows them', () => {
    const app = fresh();
    app.worktree('add', 'one');
    const copy = join(dirname(app.root), 'copy');
    cpSync(app.at('one'), copy, { recursive: true });
    const hostile = fresh('hostile');
    mkdirSync(join(hostile.root, '.devcontainer/state'));
    cpSync(join(app.at('one'), '.devcontainer/state/worktree'), join(hostile.root, '.devcontainer/state/worktree'));
    for (const root of [copy, hostile.root]) {
      expect(cofferdam(root, ['worktree', 'add', 'two']).stderr).toMatch(/does not know it/);
      expect(cofferdam(root, ['worktree', 'remove', 'one', '--force']).stderr).toMatch(/does not know it/);
    }
    expect(app.agent('one', 'status', '--porcelain')).toBe('');
  });

  it('are left to the original where the main checkout is a copy', () => {
    const app = fresh();
    app.worktree('add', 'one');
    const copy = join(dirname(app.root), 'copy');
    cpSync(app.root, copy, { recursive: true });
    expect(cofferdam(copy, ['worktree', 'list']).stdout).toContain('of which this one is a copy');
    expect(cofferdam(copy, ['worktree', 'add', 'one']).stderr).toMatch(/belongs to/);
    expect(cofferdam(copy, ['worktree', 'remove', 'one', '--force'])).toMatchObject({ code: 0 });
    expect(app.agent('one', 'status', '--porcelain')).toBe('');
    expect(state(app)).not.toBe('foreign');
  });
});
