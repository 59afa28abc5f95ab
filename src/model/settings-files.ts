import { resolveFrom } from './files.ts';
import { parseJsonc } from './jsonc.ts';
import type { Reader } from './reader.ts';
import type { Entry, Tree } from './tree.ts';
import type { SettingsFile } from './workspace.ts';

/** Files of a workspace that editors and coding agents obey, on the host as well as in the container. */
const NAMES = [
  ...['.vscode/settings.json', '.vscode/tasks.json', '.vscode/mcp.json'],
  ...['.claude/settings.json', '.claude/settings.local.json', '.mcp.json', '.gemini/settings.json', '.cursor/mcp.json'],
  ...['opencode.json', 'opencode.jsonc', '.codex/config.toml'],
] as const;

export function readSettingsFiles(root: string, reader: Reader): readonly SettingsFile[] {
  return NAMES.flatMap((name): SettingsFile[] => {
    const file = resolveFrom(root, name);
    const source = reader.optional(file);
    if (source === undefined || source.trim() === '') return [];
    if (name.endsWith('.toml')) return [{ file, name, tree: topLevel(file, source) }];
    const { tree, notChecked } = parseJsonc(file, source);
    for (const item of notChecked) reader.notChecked.push(item);
    return tree ? [{ file, name, tree }] : [];
  });
}

/** The plain `key = "value"` lines before a TOML file's first table: the permissions of Codex are among them. */
function topLevel(file: string, source: string): Tree {
  const end = /^[ \t]*\[/m.exec(source)?.index ?? source.length;
  const entries = [...source.slice(0, end).matchAll(/^([\w-]+)([ \t]*=[ \t]*)("[^"\n]*"|'[^'\n]*'|true|false)/gm)];
  return {
    kind: 'map',
    span: { file, start: 0, end },
    entries: entries.map((match): Entry => {
      const [, key = '', equals = '', value = ''] = match;
      const at = match.index + key.length + equals.length;
      return {
        key,
        keySpan: { file, start: match.index, end: match.index + key.length },
        value: {
          kind: 'scalar',
          value: value.replace(/^(["'])(.*)\1$/, '$2'),
          span: { file, start: at, end: at + value.length },
        },
      };
    }),
  };
}
