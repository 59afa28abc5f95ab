import { EDITOR_VARIABLES } from '../policy/editor-environment.ts';
import { protectedPaths, type WorkspaceFacts } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import enter from './templates/enter.tmpl';
import initialize from './templates/initialize.sh.tmpl';
import harden from './templates/security-harden.sh.tmpl';
import { caches, stateFolders } from './volumes.ts';

/** One word of a POSIX shell, whatever the text holds. */
const word = (text: string): string => (/^[A-Za-z0-9._/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The folders on the way to `path`, itself last. */
const steps = (path: string): readonly string[] =>
  path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));

/** The script that the host runs before the box is made. */
export function initializeScript(policy: Policy, facts: WorkspaceFacts): string {
  const paths = protectedPaths(policy, facts);
  const make = paths.map(({ path, kind }) => {
    if (kind === 'directory') return `folder ${word(path)}`;
    if (kind === 'any') return `any ${word(path)}`;
    return `file ${word(path)} ${path === '.git/commondir' ? '.' : "''"}`;
  });
  const protect = [
    ...make,
    ...paths.filter(({ access }) => access === 'read-only').map(({ path }) => `sealed ${word(path)}`),
  ];
  const state = stateFolders(policy).flatMap(({ source }) =>
    steps(source)
      .slice(2)
      .map((path) => `state ${word(path)}`),
  );
  const volumes = caches(policy).flatMap(({ mountPoint }) =>
    mountPoint === undefined ? [] : [`folder ${word(mountPoint)}; own ${word(mountPoint)}`],
  );
  return initialize
    .replace('@PROTECT@', () => protect.join('\n'))
    .replace('@STATE@', () => [...new Set(state)].join('\n'))
    .replace('@VOLUMES@\n', () => volumes.map((line) => `${line}\n`).join(''));
}

/** The script that every shell of the box reads first. */
export function hardenScript(): string {
  const lines = EDITOR_VARIABLES.map(
    ({ name, clear, why }) => `${clear === 'empty' ? `export ${name}=` : `unset ${name}`} # ${why}`,
  );
  return harden.replace('@CLEAR@', () => lines.join('\n'));
}

export const enterScript = (): string => enter;
