import { lstatSync, realpathSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { ToolError } from '../../core/errors.ts';
import { LAYOUT } from '../../policy/layout.ts';
import { parseFlags } from '../flags.ts';

export interface GuardSettings {
  /** Folders that are cleared of editors' sockets. */
  readonly watch: readonly string[];
  /** A folder of the guard's own, out of the agent's reach: heartbeat and self-test. */
  readonly state: string;
}

export const STATE_DEFAULT: string = LAYOUT.guardState;

export const doubt = (message: string): ToolError =>
  new ToolError('settings-invalid', message, 'guard --watch FOLDER… [--state FOLDER]');

export function parseState(argv: readonly string[]): string {
  return absolute('--state', parseFlags(argv, ['--state'], new Set(), doubt).get('--state')?.[0] ?? STATE_DEFAULT);
}

export function parseGuardSettings(argv: readonly string[]): GuardSettings {
  const flags = parseFlags(argv, ['--watch', '--state'], new Set(['--watch']), doubt);
  const watch = (flags.get('--watch') ?? []).map((path) => absolute('--watch', path));
  const state = absolute('--state', flags.get('--state')?.[0] ?? STATE_DEFAULT);
  if (watch.length === 0) throw doubt('--watch is missing');
  for (const path of watch) {
    if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) throw doubt(`--watch ${path} is not a folder`);
    const [parent, child] = [realpathSync(path), realpathSync(existing(state))];
    const way = relative(parent, child);
    if (way === '' || !way.startsWith('..')) throw doubt('--state lies in a watched folder, where the agent can write');
  }
  return { watch, state };
}

function absolute(name: string, path: string): string {
  if (!path.startsWith('/') || path.includes('\0')) throw doubt(`${name} needs an absolute path`);
  return path;
}

/** The nearest folder above that exists. */
function existing(path: string): string {
  let found = path;
  while (!lstatSync(found, { throwIfNoEntry: false })) found = dirname(found);
  return found;
}
