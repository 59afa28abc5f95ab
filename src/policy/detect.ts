import { INSTALLS, NPM_WITH_AGE, ownMayKnowAge } from './installs.ts';
import { NODE_DEFAULTS, PACKAGE_MANAGER } from './node-settings.ts';
import { tagForRange, tagForVersionFile } from './node-version.ts';
import type { PackageManager, Stack } from './policy.ts';

/** Contents of the files that say what a repository needs; undefined where there is no such file. */
export interface RepositoryFiles {
  /** package.json, parsed. */
  readonly packageJson: unknown;
  readonly nvmrc: string | undefined;
  readonly nodeVersion: string | undefined;
  readonly pnpmLock: string | undefined;
  readonly yarnLock: string | undefined;
  /** package-lock.json or npm-shrinkwrap.json is there. */
  readonly npmLock: boolean;
}

/** What was chosen, and a sentence for each choice that somebody may wonder about. */
export interface Detected {
  readonly stack: Stack;
  readonly notes: readonly string[];
}

type Manager = Pick<Extract<Stack, { name: 'node' }>, 'packageManager' | 'packageManagerVersion'>;

/** Releases for repositories whose lockfile says which manager wrote it, but not which release. */
const PNPM_BY_LOCKFILE: Readonly<Record<string, string>> = { '5': '7.33.7', '6': '8.15.9', '9': '10.34.9' };
const PNPM = '10.34.9';
const YARN_CLASSIC = '1.22.22';
const YARN = '4.9.2';

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;

/** The stack of a repository, from its own files. `stack` overrides the choice between node and debian. */
export function detectStack(files: RepositoryFiles, stack?: 'node' | 'debian'): Detected {
  const chosen = stack ?? (files.packageJson === undefined ? 'debian' : 'node');
  if (chosen === 'debian') {
    return { stack: { name: 'debian' }, notes: stack ? [] : ['There is no package.json: stack debian.'] };
  }
  const node = detectNode(files);
  const manager = detectManager(files);
  const newer = declaredManager(files) === undefined ? newerNpm(node.value, manager.value) : undefined;
  return {
    stack: { name: 'node', node: node.value, ...manager.value, ...newer?.value, ...INSTALLS },
    notes: [...node.notes, ...manager.notes, ...(newer?.notes ?? [])],
  };
}

/** On these lines of Node, and on 24 and later, the npm that is named runs (its `engines`). */
const OLD_NPM = ['20', '22'];

function newerNpm(node: string, { packageManager }: Manager): Choice<Manager> | undefined {
  const may = ownMayKnowAge(node);
  if (packageManager !== 'npm' || !(may || OLD_NPM.includes(node))) return undefined;
  return {
    value: { packageManager, packageManagerVersion: NPM_WITH_AGE },
    notes: [`npm ${NPM_WITH_AGE}: that of Node ${node} ${may ? 'may know' : 'knows'} no minimum age of releases.`],
  };
}

interface Choice<T> {
  readonly value: T;
  readonly notes: readonly string[];
}

function detectNode({ nvmrc, nodeVersion, packageJson }: RepositoryFiles): Choice<string> {
  const engines = field(field(packageJson, 'engines'), 'node');
  const sources: readonly (readonly [string, unknown, (text: string) => string | undefined])[] = [
    ['.nvmrc', nvmrc, tagForVersionFile],
    ['.node-version', nodeVersion, tagForVersionFile],
    ['engines.node of package.json', engines, tagForRange],
  ];
  const notes: string[] = [];
  for (const [name, text, tagOf] of sources) {
    if (text === undefined) continue;
    const said = typeof text === 'string' ? text : JSON.stringify(text);
    const tag = tagOf(said);
    if (tag !== undefined) return { value: tag, notes: [...notes, `Node ${tag}: ${name} says ${shorten(said)}.`] };
    notes.push(`${name} says ${shorten(said)}, which names no Node from 18 on.`);
  }
  const value = NODE_DEFAULTS.version;
  return {
    value,
    notes: [...notes, `Node ${value}: the default${notes.length > 0 ? '' : ', nothing asks for another'}.`],
  };
}

/** What package.json names exactly, without the hash that corepack appends. */
function declaredManager({ packageJson }: RepositoryFiles): string | undefined {
  const said = field(packageJson, 'packageManager');
  const name = typeof said === 'string' ? said.split('+')[0] : undefined;
  return name !== undefined && PACKAGE_MANAGER.test(name) && name !== 'npm' ? name : undefined;
}

function detectManager(files: RepositoryFiles): Choice<Manager> {
  const locks = [
    ...(files.pnpmLock === undefined ? [] : [{ name: 'pnpm', file: 'pnpm-lock.yaml' } as const]),
    ...(files.yarnLock === undefined ? [] : [{ name: 'yarn', file: 'yarn.lock' } as const]),
    ...(files.npmLock ? [{ name: 'npm', file: 'package-lock.json' } as const] : []),
  ];
  const said = field(files.packageJson, 'packageManager');
  const declared = declaredManager(files);
  const notes: string[] = [];
  if (declared !== undefined) {
    const [name, version] = declared.split('@', 2);
    const other = locks.filter((lock) => lock.name !== name).map(({ file }) => file);
    if (other.length > 0) notes.push(`${other.join(' and ')} is not used: package.json says ${name}.`);
    const packageManager: PackageManager = name === 'pnpm' || name === 'yarn' ? name : 'npm';
    return {
      value: { packageManager, ...(version === undefined ? {} : { packageManagerVersion: version }) },
      notes: [...notes, `${declared}: packageManager of package.json.`],
    };
  }
  if (said !== undefined) {
    notes.push(
      `packageManager of package.json says ${shorten(JSON.stringify(said))}; known are npm, pnpm and yarn with an exact version.`,
    );
  }
  const [lock, ...others] = locks;
  if (!lock) return { value: { packageManager: 'npm' }, notes: [...notes, 'npm: there is no lockfile.'] };
  if (others.length > 0) {
    notes.push(
      `There are several lockfiles; ${lock.file} counts before ${others.map(({ file }) => file).join(' and ')}. Remove those that are not used.`,
    );
  }
  const value = byLockfile(lock.name, files);
  const release = value.packageManagerVersion === undefined ? '' : ` ${value.packageManagerVersion}`;
  return { value, notes: [...notes, `${lock.name}${release}: ${lock.file}.`] };
}

function byLockfile(name: PackageManager, { pnpmLock, yarnLock }: RepositoryFiles): Manager {
  if (name === 'npm') return { packageManager: 'npm' };
  if (name === 'pnpm') {
    const major = /^lockfileVersion:\s*['"]?(\d+)/m.exec(pnpmLock ?? '')?.[1] ?? '';
    return { packageManager: 'pnpm', packageManagerVersion: PNPM_BY_LOCKFILE[major] ?? PNPM };
  }
  const classic = !/^__metadata:/m.test(yarnLock ?? '');
  return { packageManager: 'yarn', packageManagerVersion: classic ? YARN_CLASSIC : YARN };
}

function shorten(text: string): string {
  const line = text.trim().split(/\r?\n/)[0] ?? '';
  return `“${line.length > 40 ? `${line.slice(0, 40)}…` : line}”`;
}
