import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { boxFiles } from '../../src/plans/box.ts';
import { protectedPaths } from '../../src/policy/layout.ts';
import { lostMounts } from '../../src/policy/mounts.ts';
import { hostPaths, parseWorktree, WORKTREE_NAME } from '../../src/policy/worktree.ts';
import { samplePolicy } from '../support/policy.ts';

const CLONE = 'ISOLATION=clone\nNAME=one\nMAIN=/home/me/app\nGIT_COMMON=/home/me/app/.git\n';
const SHARED = `${CLONE.replace('clone', 'shared')}GIT_OWN=/home/me/app/.git/worktrees/one\n`;

function compose(git: 'worktree' | 'borrowed', topology: 'attached' | 'split' = 'attached') {
  const files = boxFiles(samplePolicy({ topology }), { git }, { sidecar: '', relay: '' });
  const text = (path: string): string => files.find((file) => file.path === `.devcontainer/${path}`)?.text ?? '';
  return { ...parseYaml(text('docker-compose.yml')), script: text('initialize.sh') };
}

const mounts = (volumes: readonly { target: string; read_only?: boolean }[]): ReadonlyMap<string, boolean> =>
  new Map(volumes.map(({ target, read_only }) => [target, read_only === true]));

describe('the file that says what a worktree is', () => {
  it('is read as add writes it', () => {
    const common = { name: 'one', main: '/home/me/app', common: '/home/me/app/.git' };
    expect(parseWorktree(CLONE)).toEqual({ isolation: 'clone', ...common, own: undefined });
    expect(parseWorktree(SHARED)).toEqual({ isolation: 'shared', ...common, own: '/home/me/app/.git/worktrees/one' });
    expect(parseWorktree(SHARED.replaceAll('/app', "/my app's é"))).toMatchObject({ main: "/home/me/my app's é" });
  });

  it.each([
    ['nothing', ''],
    ['another key', `${CLONE}X=1\n`],
    ['a comment', `# me\n${CLONE}`],
    ['a key twice', `${CLONE}NAME=two\n`],
    ['another isolation', CLONE.replace('clone', 'none')],
    ['a name that leads out', CLONE.replace('one', '../x')],
    ['a relative path', CLONE.replaceAll('/home', 'home')],
    ['a path with ..', CLONE.replaceAll('/me/', '/../')],
    ['a path with an empty part', CLONE.replaceAll('/me/', '//')],
    ['a dollar sign', CLONE.replaceAll('/me/', '/$HOME/')],
    ['a backslash', CLONE.replaceAll('/me/', '/m\\e/')],
    ['a control character', CLONE.replaceAll('/me/', '/m\te/')],
    ['a line end of Windows', CLONE.replaceAll('\n', '\r\n')],
    ['another repository', CLONE.replace('GIT_COMMON=/home/me', 'GIT_COMMON=/home/you')],
    ['a folder of its own in a clone', SHARED.replace('shared', 'clone')],
    ['no folder of its own in a linked worktree', CLONE.replace('clone', 'shared')],
    ['a folder of its own elsewhere', SHARED.replace('worktrees/one', 'one')],
    ['a folder of its own further down', SHARED.replace('worktrees/one', 'worktrees/one/hooks')],
    ['a folder of its own that leads out', SHARED.replace('worktrees/one', 'worktrees/..')],
  ])('is refused with %s', (_, text) => {
    expect(parseWorktree(text)).toEqual(expect.stringMatching(/^(?:has|says|must|does)/));
  });

  it('takes the names that a branch, a folder and a file can have at once', () => {
    for (const name of ['a', 'feature-1', '0.x_y']) expect(WORKTREE_NAME.test(name)).toBe(true);
    for (const name of ['', '-a', '.a', 'A', 'a..b', 'a.lock', 'a.', 'a/b', 'a b', 'a'.repeat(42)])
      expect(WORKTREE_NAME.test(name), name).toBe(false);
  });
});

describe('the box of a worktree', () => {
  it.each(['attached', 'split'] as const)('names no path of the host in its files, topology %s', (topology) => {
    for (const git of ['worktree', 'borrowed'] as const) {
      const { services } = compose(git, topology);
      for (const service of [services.agent, services.editor].filter(Boolean)) {
        const outside = service.volumes
          .map(({ source }: { source: string }) => source)
          .filter((source?: string) => source?.includes('COFFERDAM_') && !source.includes('SOCKET'));
        expect(outside.length).toBeGreaterThan(0);
        for (const source of outside)
          expect(source).toMatch(
            /^\$\{COFFERDAM_(?:(?:GIT_COMMON|GIT_OWN|WORKTREE)\}(?:\/|$)|GIT_(?:CONFIG|LINK|DIR)(?::-\.\.\/\.git(?:\/config)?)?\}$)/,
          );
      }
    }
  });

  it('has the main repository where git looks for it, and what git trusts read-only', () => {
    const at = mounts(compose('worktree').services.agent.volumes);
    const common = '${COFFERDAM_GIT_COMMON}';
    const own = '${COFFERDAM_GIT_OWN}';
    for (const path of [
      'hooks',
      'config',
      'config.worktree',
      'commondir',
      'info',
      'modules',
      'remotes',
      'branches',
      'worktrees',
    ])
      expect(at.get(`${common}/${path}`), path).toBe(true);
    for (const path of ['commondir', 'gitdir', 'config.worktree', 'locked', 'modules'])
      expect(at.get(`${own}/${path}`), path).toBe(true);
    expect(at.get('${COFFERDAM_WORKTREE}/.git')).toBe(true);
    expect(at.get('/workspace/.git')).toBe(true);
    expect(at.get(common)).toBe(false);
    expect(at.get(own)).toBe(false);
    expect([...at.keys()].filter((target) => target.startsWith('/workspace/.git/'))).toEqual([]);
  });

  it('of a clone has the main repository’s objects read-only, and nothing else of it', () => {
    const at = mounts(compose('borrowed').services.agent.volumes);
    expect([...at].filter(([target]) => target.startsWith('$'))).toEqual([['${COFFERDAM_GIT_COMMON}/objects', true]]);
    expect(at.get('/workspace/.git/hooks')).toBe(true);
    expect(at.get('/workspace/.git/objects')).toBe(false);
    expect(at.get('/workspace/.git/objects/info')).toBe(false);
    expect(at.get('/workspace/.git/objects/info/alternates')).toBe(true);
  });

  it('leaves the files of an ordinary repository as they are', () => {
    const files = boxFiles(
      samplePolicy({ worktrees: { isolation: 'shared' } }),
      { git: 'directory' },
      { sidecar: '', relay: '' },
    );
    expect(files).toEqual(boxFiles(samplePolicy(), { git: 'directory' }, { sidecar: '', relay: '' }));
    expect(files.map(({ text }) => text).join('')).not.toMatch(/COFFERDAM_(?:GIT_(?!CONFIG)|WORKTREE)/);
  });

  it('is looked at for mounts outside of the workspace, too', () => {
    const worktree = parseWorktree(SHARED);
    if (typeof worktree === 'string') throw new Error(worktree);
    const paths = [
      ...protectedPaths({ readOnly: [] }, { git: 'worktree' }),
      ...hostPaths(worktree, '/home/me/app-one'),
    ];
    const line = (path: string, how: string): string =>
      `1 0 8:1 /x ${path.startsWith('/') ? path : `/workspace/${path}`} ${how} - ext4 /dev/sda1 rw\n`;
    const table = paths.map(({ path, access }) => line(path, access === 'read-only' ? 'ro' : 'rw'));
    expect(lostMounts(paths, table.join(''))).toEqual([]);
    const hooks = '/home/me/app/.git/hooks';
    expect(lostMounts(paths, table.filter((one) => !one.includes(` ${hooks} `)).join(''))).toEqual([hooks]);
    expect(lostMounts(paths, [...table, line(hooks, 'rw')].join(''))).toEqual([hooks]);
    expect(paths.map(({ path }) => path)).toContain('/home/me/app-one/.git');
  });
});
