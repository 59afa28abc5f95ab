import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectStack, type RepositoryFiles } from '../../src/policy/detect.ts';
import { NODE_VERSION } from '../../src/policy/node-settings.ts';
import { tagForRange, tagForVersionFile } from '../../src/policy/node-version.ts';

const NONE: RepositoryFiles = {
  packageJson: undefined,
  nvmrc: undefined,
  nodeVersion: undefined,
  pnpmLock: undefined,
  yarnLock: undefined,
  npmLock: false,
};
const detect = (files: Partial<RepositoryFiles>) => detectStack({ ...NONE, packageJson: {}, ...files });
const node = (files: Partial<RepositoryFiles>) => {
  const { stack, notes } = detect(files);
  if (stack.name !== 'node') throw new Error('not node');
  return { ...stack, notes };
};

describe('the Node version of .nvmrc and .node-version', () => {
  it.each([
    ['22', '22'],
    ['v22.11.0\n', '22.11.0'],
    ['22.11', '22.11'],
    ['  24  \r\n', '24'],
    ['\ufeff20', '20'],
    ['# why\n\n22 # because\n', '22'],
    ['node-v22.1.0', '22.1.0'],
    ['lts/*', '24'],
    ['lts/jod', '22'],
    ['lts/Iron', '20'],
    ['lts/-1', '22'],
    ['', undefined],
    ['16', undefined],
    ['lts/argon', undefined],
    ['lts/-9', undefined],
    ['node', undefined],
    ['system', undefined],
    ['iojs-3', undefined],
    ['>=22', undefined],
    ['22.x', undefined],
    ['22.01', undefined],
    ['22; rm -rf /', undefined],
    ['22\u0000', undefined],
  ])('%j gives %s', (text, tag) => {
    expect(tagForVersionFile(text)).toBe(tag);
  });
});

describe('the Node version of engines.node', () => {
  it.each([
    ['*', '22'],
    ['', '22'],
    ['22', '22'],
    ['22.x', '22'],
    ['^22.3.1', '22'],
    ['>=20', '22'],
    ['>= 20.19', '22'],
    ['>=18 <21', '20'],
    ['18 || 20', '20'],
    ['^20.19.0 || >=22.12.0', '22'],
    ['20 - 21', '20'],
    ['>22', '24'],
    ['>=24', '24'],
    ['>=25', '25'],
    ['>=26.1', '26'],
    ['~22.5.0', '22.5'],
    ['22.5', '22.5'],
    ['22.5.1', '22.5.1'],
    ['=22.5.1', '22.5.1'],
    ['v22.5.1', '22.5.1'],
    ['>=22.4 <22.7', '22.4'],
    ['<=20', '20'],
    ['<20', '18'],
    ['19.x', '19'],
    ['14', undefined],
    ['>=22 <22', undefined],
    ['<18', undefined],
    ['latest', undefined],
    ['>=x.y', undefined],
    ['22 || banana', undefined],
    ['9'.repeat(300), undefined],
  ])('%j gives %s', (range, tag) => {
    expect(tagForRange(range)).toBe(tag);
  });

  it('is a tag or none, whatever the text', () => {
    const word = fc.oneof(
      fc.constantFrom('>=', '<', '^', '~', '||', ' ', '-', '.', 'x', '*', 'v'),
      fc.nat({ max: 30 }).map(String),
      fc.string({ maxLength: 2 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const tag = tagForRange(words.join(''));
        expect(tag === undefined || NODE_VERSION.test(tag)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what a repository needs', () => {
  it('is debian without a package.json, unless the user says otherwise', () => {
    expect(detectStack(NONE).stack).toEqual({ name: 'debian' });
    expect(detectStack(NONE, 'node').stack).toEqual({
      name: 'node',
      node: '22',
      packageManager: 'npm',
      packageManagerVersion: '11.21.2',
      minimumReleaseAge: 1440,
      installScripts: [],
    });
    expect(detectStack({ ...NONE, packageJson: {} }, 'debian').stack).toEqual({ name: 'debian' });
  });

  it('takes .nvmrc before .node-version before engines', () => {
    const packageJson = { engines: { node: '18' } };
    expect(node({ nvmrc: '24', nodeVersion: '20', packageJson }).node).toBe('24');
    expect(node({ nodeVersion: '20', packageJson }).node).toBe('20');
    expect(node({ packageJson }).node).toBe('18');
    expect(node({}).node).toBe('22');
  });

  it('says so when a file names no version, and goes on with the next', () => {
    expect(node({ nvmrc: 'banana', packageJson: { engines: { node: '20' } } })).toMatchObject({
      node: '20',
      notes: [
        '.nvmrc says “banana”, which names no Node from 18 on.',
        'Node 20: engines.node of package.json says “20”.',
        'npm: there is no lockfile.',
        'npm 11.21.2: that of Node 20 knows no minimum age of releases.',
      ],
    });
    expect(node({ packageJson: { engines: { node: 22 } } }).node).toBe('22');
    expect(node({ packageJson: { engines: 'x' } }).node).toBe('22');
  });

  it.each([
    [{ packageJson: { packageManager: 'pnpm@9.1.0+sha512.abc' } }, 'pnpm', '9.1.0'],
    [{ packageJson: { packageManager: 'yarn@4.5.0' } }, 'yarn', '4.5.0'],
    [{ packageJson: { packageManager: 'npm@10.2.0' } }, 'npm', '10.2.0'],
    [{ packageJson: { packageManager: 'pnpm' } }, 'npm', '11.21.2'],
    [{ packageJson: { packageManager: 'bun@1.1.0' }, pnpmLock: '' }, 'pnpm', '10.34.9'],
    [{ packageJson: { packageManager: 'pnpm@$(id)' } }, 'npm', '11.21.2'],
    [{ packageJson: { packageManager: 9 } }, 'npm', '11.21.2'],
    [{ pnpmLock: "lockfileVersion: '9.0'\n" }, 'pnpm', '10.34.9'],
    [{ pnpmLock: "lockfileVersion: '6.1'\n" }, 'pnpm', '8.15.9'],
    [{ pnpmLock: 'lockfileVersion: 5.4\n' }, 'pnpm', '7.33.7'],
    [{ pnpmLock: 'lockfileVersion: 99\n' }, 'pnpm', '10.34.9'],
    [{ yarnLock: '# yarn lockfile v1\n' }, 'yarn', '1.22.22'],
    [{ yarnLock: '__metadata:\n  version: 8\n' }, 'yarn', '4.9.2'],
    [{ npmLock: true }, 'npm', '11.21.2'],
    [{ nvmrc: '20' }, 'npm', '11.21.2'],
    [{ nvmrc: '24' }, 'npm', '11.21.2'],
    [{ nvmrc: '24.1.0' }, 'npm', '11.21.2'],
    [{ nvmrc: '18' }, 'npm', undefined],
    [{ nvmrc: '22.11.0' }, 'npm', undefined],
  ] as const)('%j is %s %s', (files, manager, version) => {
    expect(node(files).packageManager).toBe(manager);
    expect(node(files).packageManagerVersion).toBe(version);
  });

  it('says which of several lockfiles counts', () => {
    const { packageManager, notes } = node({ npmLock: true, yarnLock: '', pnpmLock: '' });
    expect(packageManager).toBe('pnpm');
    expect(notes.join('\n')).toContain('pnpm-lock.yaml counts before yarn.lock and package-lock.json');
  });

  it('says which lockfile is not used when package.json names the manager', () => {
    const { notes } = node({ npmLock: true, packageJson: { packageManager: 'pnpm@9.1.0' } });
    expect(notes).toContain('package-lock.json is not used: package.json says pnpm.');
  });
});
