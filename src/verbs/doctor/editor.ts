import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { AGENT_EXTENSIONS, USER_SETTINGS, type UserSetting } from '../../policy/editor-settings.ts';
import type { Check } from './check.ts';

/** Where editors of the VS Code family keep the user's settings: the folder's name below the configuration folder. */
export const EDITORS = ['Code', 'Code - Insiders', 'Cursor', 'VSCodium', 'Windsurf'] as const;

const DEFAULT_EXTENSIONS = 'dev.containers.defaultExtensions';
const SOURCES = {
  desktop: 'https://code.visualstudio.com/remote/advancedcontainers/sharing-git-credentials',
  application: 'https://code.visualstudio.com/docs/configure/settings',
} as const;

/** Judges one settings.json (JSON with comments); `text` is undefined if the file is there but cannot be read. */
export function checkEditor(editor: string, file: string, text: string | undefined): readonly Check[] {
  const name = `editor ${editor}`;
  const broken = (found: string): readonly Check[] => [
    { name, state: 'warn', found: `${file} ${found}`, next: 'Mend it, then run `cofferdam doctor` again.' },
  ];
  if (text === undefined) return broken('cannot be read');
  const errors: ParseError[] = [];
  // Editors on Windows may begin a file with a byte order mark.
  const json = text.replace(/^\uFEFF/, '');
  const settings: unknown = parse(json, errors, { allowTrailingComma: true, allowEmptyContent: true });
  const [error] = errors;
  if (error) {
    return broken(`is no JSON: ${printParseErrorCode(error.error)} in line ${lineOf(json, error.offset)}`);
  }
  if (settings !== undefined && (typeof settings !== 'object' || settings === null || Array.isArray(settings))) {
    return broken('is no JSON object');
  }
  const values = new Map<string, unknown>(Object.entries(settings ?? {}));
  const open = USER_SETTINGS.filter((setting) => !closed(setting, values));
  const agents = agentsByDefault(values.get(DEFAULT_EXTENSIONS));
  if (open.length === 0 && agents.length === 0) {
    return [{ name, state: 'ok', found: 'hands no credentials to containers and starts nothing of a folder unasked' }];
  }
  return [...settingsToAdd(name, open), ...extensionsToRemove(name, agents)];
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

function closed({ key, value, absent }: UserSetting, values: ReadonlyMap<string, unknown>): boolean {
  return values.has(key) ? values.get(key) === value : absent === 'safe';
}

/** One check for each place that settings are explained at, with all lines to add in one. */
function settingsToAdd(name: string, open: readonly UserSetting[]): readonly Check[] {
  return (['desktop', 'application'] as const).flatMap((scope): readonly Check[] => {
    const some = open.filter((setting) => setting.scope === scope);
    if (some.length === 0) return [];
    const lines = some.map(({ key, value }) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    return [
      {
        name,
        state: 'warn',
        found: some.map(({ key, why }) => `${key} ${why}`).join('; '),
        next: `Add to the user settings, or change there: ${lines.join(', ')}`,
        source: SOURCES[scope],
      },
    ];
  });
}

/** Coding agents that the user's settings install in every container. */
function agentsByDefault(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  const ids = value.filter((id): id is string => typeof id === 'string');
  return ids.filter((id) => AGENT_EXTENSIONS.includes(id.toLowerCase().replace(/@[\s\S]*$/, '')));
}

function extensionsToRemove(name: string, agents: readonly string[]): readonly Check[] {
  if (agents.length === 0) return [];
  return [
    {
      name,
      state: 'note',
      found: `${DEFAULT_EXTENSIONS} puts ${agents.join(', ')} beside the editor’s server of each container`,
      next: `Take it off ${DEFAULT_EXTENSIONS}; \`cofferdam agent\` starts an agent inside the box.`,
    },
  ];
}
