import type { Span } from '../../core/span.ts';
import { entries, entrySpan, scalars, type Tree } from '../../model/tree.ts';
import type { Configuration } from '../../model/workspace.ts';

interface Setting {
  readonly key: string;
  /** As text; of lists and objects what is in them. */
  readonly value: string;
  readonly at: Span;
  /** Said in devcontainer.json, for the container only; otherwise in the workspace, which the host opens too. */
  readonly inContainer: boolean;
}

/** The editor's settings that the repository makes. */
export function settingsOf({ settings, settingsFiles }: Configuration): readonly Setting[] {
  return [
    ...settings.map(({ value, span }) => ({ ...value, at: span, inContainer: true })),
    ...settingsFiles
      .filter(({ name }) => name === '.vscode/settings.json')
      .flatMap(({ tree }) => entries(tree))
      .map((pair) => ({
        key: pair.key,
        value: scalars(pair.value).join(' '),
        at: entrySpan(pair),
        inContainer: false,
      })),
  ];
}

/** The settings file of that name (`.claude/settings.json`), if the workspace has it. */
export const settingsFile = ({ settingsFiles }: Configuration, pattern: RegExp): readonly Tree[] =>
  settingsFiles.filter(({ name }) => pattern.test(name)).map(({ tree }) => tree);
