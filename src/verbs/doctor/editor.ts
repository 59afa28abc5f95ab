import { type ParseError, parse } from 'jsonc-parser';
import type { Check } from './check.ts';

/** What VS Code hands to a container unless the user's own settings say otherwise; a repository cannot say it. */
const SETTINGS = [
  { key: 'dev.containers.copyGitConfig', want: false, why: 'copies your git configuration into each container' },
  { key: 'dev.containers.dockerCredentialHelper', want: false, why: 'gives containers your registry credentials' },
  {
    key: 'dev.containers.gitCredentialHelperConfigLocation',
    want: 'none',
    why: 'lets git in containers ask the editor for your credentials',
  },
] as const;

/** Where editors of the VS Code family keep the user's settings: the folder's name below the configuration folder. */
export const EDITORS = ['Code', 'Code - Insiders', 'Cursor', 'VSCodium', 'Windsurf'] as const;

/** Reads one settings.json (JSON with comments). */
export function checkEditor(editor: string, text: string): Check {
  const name = `editor ${editor}`;
  const errors: ParseError[] = [];
  const settings: unknown = parse(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  if (errors.length > 0 || (settings !== undefined && (typeof settings !== 'object' || settings === null))) {
    return {
      name,
      state: 'warn',
      found: 'its settings.json cannot be read',
      next: 'Open it in the editor and mend it.',
    };
  }
  const values = new Map(Object.entries(settings ?? {}));
  const open = SETTINGS.filter(({ key, want }) => values.get(key) !== want);
  if (open.length === 0) return { name, state: 'ok', found: 'hands no credentials to containers' };
  return {
    name,
    state: 'warn',
    found: open.map(({ key, why }) => `${key} ${why}`).join('; '),
    next: `Add to the user settings: ${open.map(({ key, want }) => `${JSON.stringify(key)}: ${JSON.stringify(want)}`).join(', ')}`,
    source: 'https://code.visualstudio.com/remote/advancedcontainers/sharing-git-credentials',
  };
}
