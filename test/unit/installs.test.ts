import { describe, expect, it } from 'vitest';
import { boxFiles } from '../../src/plans/box.ts';
import { agentEnvironment } from '../../src/plans/environment.ts';
import { ageMinutes, ageText, INSTALLS, installRisks, knowsAge } from '../../src/policy/installs.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { Stack } from '../../src/policy/policy.ts';
import { BASE } from '../support/policies.ts';
import { samplePolicy } from '../support/policy.ts';

type Node = Extract<Stack, { name: 'node' }>;
const node = (changes: Partial<Node> = {}): Node => ({
  name: 'node',
  node: '22',
  packageManager: 'npm',
  packageManagerVersion: '11.21.2',
  ...INSTALLS,
  ...changes,
});
const variables = (changes: Partial<Node>) =>
  agentEnvironment(samplePolicy({ stack: node(changes) }), { git: 'directory' });
const script = (changes: Partial<Node>) =>
  boxFiles(samplePolicy({ stack: node(changes) }), { git: 'directory' }, { sidecar: '', relay: '' }).find(({ path }) =>
    path.endsWith('image/install'),
  )?.text;

describe('an age in the policy', () => {
  it.each([
    ['1d', 1440],
    ['36h', 2160],
    ['90m', 90],
    ['none', 0],
  ])('%s is %d minutes, and is printed as it was', (text, minutes) => {
    expect(ageMinutes(text)).toBe(minutes);
    expect(ageText(minutes)).toBe(text);
  });

  it.each([
    ['npm', undefined, '22', false],
    ['npm', undefined, '24', false],
    ['npm', undefined, '24.1.0', false],
    ['npm', '11.21.2', '24', true],
    ['npm', '11.9.0', '22', false],
    ['npm', '11.10.0', '22', true],
    ['npm', '12.0.0', '22', true],
    ['pnpm', '10.15.0', '22', false],
    ['pnpm', '10.16.0', '22', true],
    ['yarn', '1.22.22', '22', false],
    ['yarn', '4.10.0', '22', true],
  ] as const)('%s %s on Node %s keeps to one: %s', (packageManager, version, tag, known) => {
    const { packageManagerVersion: _, ...rest } = node({ packageManager, node: tag });
    const stack = version === undefined ? rest : { ...rest, packageManagerVersion: version };
    expect(knowsAge(stack)).toBe(known);
    expect(installRisks(stack).map(({ setting }) => setting)).toEqual(known ? [] : ['node.packageManager']);
  });

  it('is an error where it was chosen and nothing would keep to it', () => {
    const policy = (settings: string) => () => parsePolicy(`${BASE}node: { ${settings} }`);
    expect(policy('packageManager: pnpm@9.1.0, minimumReleaseAge: 3d')).toThrow(/is 3d, but pnpm 9\.1\.0 knows no/);
    expect(policy('minimumReleaseAge: 3d')).toThrow(/npm of Node 22 knows no/);
    expect(policy('version: "24", minimumReleaseAge: 3d')).toThrow(/npm of Node 24 may know no/);
    expect(policy('packageManager: pnpm@10.16.0, minimumReleaseAge: 3d')).not.toThrow();
    expect(policy('minimumReleaseAge: none')).not.toThrow();
    expect(policy('minimumReleaseAge: 3')).toThrow(/must be/);
  });
});

describe('a Node box', () => {
  it('tells each package manager by the variables that it reads', () => {
    expect(variables({})).toMatchObject({ npm_config_ignore_scripts: 'true', npm_config_min_release_age: '1' });
    expect(
      variables({ packageManager: 'pnpm', packageManagerVersion: '12.21.0', minimumReleaseAge: 90 }),
    ).toMatchObject({
      npm_config_ignore_scripts: 'true',
      npm_config_minimum_release_age: '90',
      pnpm_config_ignore_scripts: 'true',
      pnpm_config_minimum_release_age: '90',
      pnpm_config_store_dir: '/home/vscode/.cache/pnpm-store',
    });
    expect(variables({ packageManager: 'yarn', packageManagerVersion: '4.18.1' })).toMatchObject({
      YARN_ENABLE_SCRIPTS: 'false',
      YARN_NPM_MINIMAL_AGE_GATE: '1440',
    });
    // An older yarn stops at a variable that it does not know.
    const old = variables({ packageManager: 'yarn', packageManagerVersion: '4.9.2' });
    expect(old).not.toHaveProperty('YARN_NPM_MINIMAL_AGE_GATE');
    expect(variables({ packageManager: 'yarn', packageManagerVersion: '1.22.22' })).toMatchObject({
      YARN_IGNORE_SCRIPTS: 'true',
    });
  });

  it('says nothing of an age where there is to be none', () => {
    const stack = { packageManager: 'pnpm', packageManagerVersion: '12.21.0', minimumReleaseAge: 0 } as const;
    expect(Object.keys(variables(stack)).filter((name) => /age$/i.test(name))).toEqual([]);
    expect(installRisks(node(stack)).map(({ setting }) => setting)).toEqual(['node.minimumReleaseAge: none']);
  });

  it('runs the scripts of packages that are listed, and says that they are', () => {
    const installScripts = ['esbuild', '@swc/core'];
    expect(script({ installScripts })).toContain(
      'if timeout 900 npm ci && timeout 900 npm rebuild --ignore-scripts=false esbuild @swc/core; then',
    );
    expect(script({})).toContain('if timeout 900 npm ci; then');
    expect(installRisks(node({ installScripts }))).toMatchObject([{ attacks: ['SUP-04'] }]);
    expect(() => parsePolicy(`${BASE}node: { installScripts: [esbuild, esbuild] }`)).toThrow(/twice/);
    expect(() => parsePolicy(`${BASE}node: { installScripts: ["--all"] }`)).toThrow(/name of a package/);
  });
});
