import { describe, expect, it } from 'vitest';
import { executedPaths, folded, isAccepted, parseRawDiff } from '../../src/policy/host-paths.ts';
import { protectedPaths } from '../../src/policy/layout.ts';
import { parseWorktree } from '../../src/policy/worktree.ts';
import {
  isWorktreeName,
  parseEntry,
  printEntry,
  printWorktreeState,
  type WorktreeEntry,
} from '../../src/policy/worktree-entry.ts';
import { age, size, table, type WorktreeRow } from '../../src/report/worktrees.ts';
import { activity, bytesOf, publishedPorts } from '../../src/verbs/worktree-list.ts';

const ENTRY: WorktreeEntry = {
  name: 'fix-1',
  state: 'ready',
  isolation: 'shared',
  path: '/src/it\'s "mine"=x/app-fix-1',
  main: '/src/it\'s "mine"=x/app',
  base: 'a'.repeat(40),
  baseRef: 'refs/heads/main',
  temporary: '',
  maker: '',
  config: '',
  own: 'app-fix-1',
  landed: '',
};

describe('the entry of a worktree', () => {
  it('is read as it was written', () => {
    expect(parseEntry('fix-1', printEntry(ENTRY))).toEqual(ENTRY);
  });

  it.each([
    ['another name', (text: string) => text.replace('NAME=fix-1', 'NAME=other')],
    ['no state', (text: string) => text.replace('STATE=ready', 'STATE=done')],
    ['a relative path', (text: string) => text.replace(/^PATH=.*$/m, 'PATH=app')],
    ['a base that is an option', (text: string) => text.replace(/^BASE=.*$/m, 'BASE=--all')],
    ['a way out of .git/worktrees', (text: string) => text.replace(/^OWN=.*$/m, 'OWN=..')],
    ['a folder below another', (text: string) => text.replace(/^OWN=.*$/m, 'OWN=a/b')],
    ['something else', () => 'hello\n'],
    ['nothing', () => ''],
  ])('with %s is none', (_, change) => {
    expect(parseEntry('fix-1', change(printEntry(ENTRY)))).toBeUndefined();
  });

  it.each(['clone', 'shared'] as const)('becomes facts that the box understands (%s)', (isolation) => {
    const facts = parseWorktree(printWorktreeState({ ...ENTRY, isolation }, ENTRY.main));
    expect(facts).toMatchObject({ isolation, name: 'fix-1', main: ENTRY.main, common: `${ENTRY.main}/.git` });
  });

  it.each(['a', '0', 'fix-1', 'a.b_c', 'x'.repeat(41)])('may be called %s', (name) => {
    expect(isWorktreeName(name)).toBe(true);
  });
});

describe('paths that the host executes', () => {
  const own = protectedPaths({ readOnly: ['tools/run'] }, { git: 'directory' });
  const found = (path: string, mode = '100644'): boolean => executedPaths([{ path, mode }], own).length > 0;

  it.each([
    '.vscode/tasks.json',
    '.VSCode/tasks.json',
    '.vscode',
    '.vscode/a/b',
    '.vscode\\tasks.json',
    '.vscode./tasks.json',
    '.vscode::$INDEX_ALLOCATION/tasks.json',
    '.\u200dvscode/tasks.json',
    '.vs\u00adcode/tasks.json',
    '.vscode\ufe0f/tasks.json',
    '.vscode\u{e0100}/tasks.json',
    'VSCODE~1/tasks.json',
    'DEVCON~1/devcontainer.json',
    '.github',
    '.github/hooks/a.json',
    '.GITMODULES',
    'tools',
    'tools/run',
    'tools/RUN/a',
  ])('%j is one', (path) => expect(found(path)).toBe(true));

  it.each([
    '.github/workflows/ci.yml',
    'vscode/tasks.json',
    'src/.vscode/tasks.json',
    'tools/other',
    'A~1',
    'package.json',
    '.vscodeignore',
  ])('%j is none', (path) => expect(found(path)).toBe(false));

  it('a repository in the repository is one, wherever it is', () => {
    expect(found('lib', '160000')).toBe(true);
  });

  it('are compared as the most forgiving file system would', () => {
    expect(folded('A/\uff22.. /C:x')).toBe('a/b/c');
  });

  it('are accepted by name or by folder', () => {
    expect(isAccepted('.vscode/tasks.json', ['.vscode/'])).toBe(true);
    expect(isAccepted('.vscode/tasks.json', ['.vscode/tasks.json'])).toBe(true);
    expect(isAccepted('.vscode/tasks.json', ['.vs', '', '/', 'tasks.json'])).toBe(false);
  });
});

describe('the raw listing of git', () => {
  it('gives path and kind, of commits and of merges', () => {
    const [a, b, c] = ['1', '2', '3'].map((digit) => digit.repeat(40));
    const text = [
      `:100644 160000 ${a} ${b} M`,
      'lib',
      `::100644 100644 120000 ${a} ${b} ${c} MM`,
      ':odd\nname',
      b,
      `:000000 100644 ${a} ${b} A`,
      `:100644 000000 ${a} ${b} D`,
      '',
    ].join('\0');
    expect(parseRawDiff(text)).toEqual([
      { path: 'lib', mode: '160000' },
      { path: ':odd\nname', mode: '120000' },
      { path: `:100644 000000 ${a} ${b} D`, mode: '100644' },
    ]);
  });
});

describe('the list', () => {
  it('shows only ports that are published', () => {
    expect(publishedPorts('127.0.0.1:3000->3000/tcp, 8080/tcp\n[::1]:3000->3000/tcp\n')).toEqual([
      '127.0.0.1:3000',
      '[::1]:3000',
    ]);
  });

  it.each([
    ['12.3MB', 12_300_000],
    ['0B', 0],
    ['1.5GB', 1_500_000_000],
    ['N/A', 0],
  ])('reads the size %s', (text, bytes) => expect(bytesOf(text)).toBe(bytes));

  it('takes no time of activity from the agent that no date can be, or that is yet to come', () => {
    expect(activity(1_000, 2_000)).toBe('1970-01-01T00:00:01.000Z');
    expect([0, 3_000, 2 ** 62, Number.POSITIVE_INFINITY].map((last) => activity(last, 2_000))).toEqual(
      Array.from({ length: 4 }, () => null),
    );
  });

  it('says sizes and ages in short', () => {
    expect([size(0), size(1500), size(150_000), size(null)]).toEqual(['0 B', '1.5 kB', '150 kB', '?']);
    expect([10, 4 * 3600, null].map(age)).toEqual(['10 s', '4 h', '?']);
  });

  it('prints no control character of a branch', () => {
    const row: WorktreeRow = {
      name: 'a',
      path: '/a',
      isolation: 'clone',
      state: 'moved',
      branch: '\u001b[31m',
      ahead: 1,
      behind: null,
      unlanded: null,
      ports: [],
      disk: { checkout: 1, volumes: null },
      lastActivity: null,
      faults: ['broken \u0007'],
    };
    const text = table([row], () => 0);
    expect(text).not.toMatch(/[\u0007\u001b]/);
    expect(text).toContain('+1 -?');
    expect(text).toContain('worktree add a');
  });
});
