import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cofferdam } from '../support/box.ts';
import { docker, engineAnswers } from '../support/live.ts';
import { type Repository, repository } from '../support/worktrees.ts';

/** Everything of a compose project, by name and by label, whatever else the engine does meanwhile. */
function held(project: string): readonly string[] {
  const lines = [
    docker('ps', '--all', '--format', 'container {{.Names}} {{.Label "dev.cofferdam.project"}}'),
    docker('volume', 'ls', '--format', 'volume {{.Name}} {{.Label "dev.cofferdam.project"}}'),
    docker('network', 'ls', '--format', 'network {{.Name}} {{.Label "dev.cofferdam.project"}}'),
    docker('images', '--format', 'image {{.Repository}}'),
    docker('images', '--filter', `label=dev.cofferdam.project=${project}`, '--format', `image ${project}`),
  ];
  return lines.flatMap((text) => text.split('\n').filter((line) => line.includes(project)));
}

const kinds = (lines: readonly string[]): readonly string[] =>
  [...new Set(lines.map((line) => line.split(' ')[0] ?? ''))].sort();

/** What a worktree could leave on the disk and in git. */
const left = (app: Repository): unknown => ({
  folders: readdirSync(dirname(app.root)).sort(),
  worktrees: app.git('worktree', 'list', '--porcelain'),
  refs: app.refs(),
  status: app.git('status', '--porcelain', '--ignored'),
  entries: existsSync(join(app.root, '.devcontainer/state/worktrees')),
  git: readdirSync(join(app.root, '.git')).includes('worktrees'),
});

describe.skipIf(!engineAnswers())('a worktree, from its beginning to its end', () => {
  let app: Repository;
  afterEach(() => {
    for (const name of ['one']) {
      if (app.entry(name) !== '') app.worktree('remove', name, '--force');
    }
    app.clear();
  });

  it.each(['clone', 'shared'] as const)(
    'gives the agent a box and its work to you, and leaves nothing (%s)',
    (isolation) => {
      app = repository();
      const state = join(app.root, '.devcontainer/state');
      const before = left(app);
      expect(app.worktree('add', 'one', '--isolation', isolation)).toMatchObject({ code: 0 });
      const root = app.at('one');
      expect(cofferdam(root, ['up']), 'up').toMatchObject({ code: 0 });
      const project =
        /^COFFERDAM_PROJECT=(.+)$/m.exec(readFileSync(join(root, '.devcontainer/.env'), 'utf8'))?.[1] ?? '';
      expect(project).toMatch(/^app-one-/);
      expect(kinds(held(project))).toEqual(['container', 'image', 'network', 'volume']);

      const inside = (script: string) => cofferdam(root, ['exec', '--', 'bash', '-c', script]);
      const work = inside(
        'set -e; git status --porcelain; echo new > new.txt; git add new.txt; git commit -qm "From the box"; git log --oneline | wc -l',
      );
      expect(work).toMatchObject({ code: 0 });
      expect(work.stdout.trim()).toBe('3');
      // The agent cannot write the file, but it can commit it.
      expect(inside('mkdir -p .vscode; echo {} > .vscode/tasks.json').stderr).toContain('Read-only file system');

      const [listed] = JSON.parse(app.worktree('list', '--json').stdout).worktrees;
      expect(listed).toMatchObject({ name: 'one', branch: 'one', state: 'running', ahead: 1, behind: 0, faults: [] });
      expect(listed.unlanded).toBe(isolation === 'clone' ? 1 : 0);
      expect(listed.disk.checkout).toBeGreaterThan(0);
      expect(listed.disk.volumes).not.toBeNull();

      if (isolation === 'clone') {
        expect(app.worktree('remove', 'one').stderr).toMatch(/work-unsaved.*1 commit/s);
        expect(app.refs()).not.toContain('refs/heads/one');
      }
      expect(app.worktree('land', 'one')).toMatchObject({ code: 0 });
      expect(app.git('log', '-1', '--format=%s %an', 'one')).toMatch(/^From the box/);
      const planted = inside(
        'set -e; b=$(echo {} | git hash-object -w --stdin); git update-index --add --cacheinfo 100644,$b,.vscode/tasks.json; git commit -qm Task; git reset -q --soft HEAD~1; git commit -qm Again --allow-empty',
      );
      expect(planted).toMatchObject({ code: 0 });
      expect(app.worktree('land', 'one').stderr).toMatch(/land-refused.*\.vscode\/tasks\.json/s);
      expect(inside('git reset -q --hard HEAD~1 && git status --porcelain')).toMatchObject({ code: 0, stdout: '' });
      expect(inside('echo more > more.txt').code).toBe(0);
      expect(app.worktree('remove', 'one').stderr).toMatch(/not committed: "more.txt"/);
      expect(inside('rm more.txt').code).toBe(0);

      app.git('merge', '--quiet', 'one');
      const merged = app.git('rev-parse', 'HEAD');
      const removed = app.worktree('remove', 'one');
      expect(removed).toMatchObject({ code: 0 });
      expect(removed.stdout).toContain('branch one');
      expect(held(project)).toEqual([]);
      app.git('reset', '--quiet', '--hard', 'HEAD~1');
      expect(app.git('cat-file', '-t', merged)).toBe('commit');
      expect(left(app)).toEqual(before);
      expect(existsSync(state)).toBe(true);
    },
  );

  it('goes, however the agent left it, and after its folder was deleted', () => {
    app = repository();
    const before = left(app);
    app.worktree('add', 'one');
    app.plant('one', { 'b.txt': 'b\n' });
    writeFileSync(join(app.at('one'), 'more.txt'), 'more\n');
    expect(statSync(app.at('one')).isDirectory()).toBe(true);
    const forced = app.worktree('remove', 'one', '--force');
    expect(forced).toMatchObject({ code: 0 });
    expect(left(app)).toEqual(before);

    app.worktree('add', 'one', '--isolation', 'shared');
    app.git('worktree', 'unlock', app.at('one'));
    app.git('worktree', 'remove', '--force', app.at('one'));
    expect(app.worktree('list').stdout).toContain('moved');
    expect(app.worktree('remove', 'one')).toMatchObject({ code: 2 });
    expect(app.worktree('remove', 'one', '--force')).toMatchObject({ code: 0 });
    expect(left(app)).toEqual(before);
  });

  it('is removed to the end by a second run where the first was ended', () => {
    app = repository();
    const before = left(app);
    app.worktree('add', 'one');
    const entry = join(app.root, '.devcontainer/state/worktrees/one');
    writeFileSync(entry, app.entry('one').replace('STATE=ready', 'STATE=removing'));
    expect(app.worktree('list').stdout).toContain('half removed');
    expect(app.worktree('add', 'one').stderr).toMatch(/being removed/);
    expect(app.worktree('land', 'one').stderr).toMatch(/worktree-unfinished/);
    expect(app.worktree('remove', 'one')).toMatchObject({ code: 0 });
    expect(left(app)).toEqual(before);
  });
});
