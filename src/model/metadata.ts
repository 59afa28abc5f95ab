import type { Located } from '../core/span.ts';
import { longMount, type Mount, mountString } from './mount.ts';
import type { RawScript, Reader } from './reader.ts';
import { child, entries, entry, entrySpan, items, scalars, string, strings, type Tree, text, truthy } from './tree.ts';
import type { Configuration, Flag, Hook, Variable } from './workspace.ts';

const HOOKS: readonly Hook[] = [
  'initializeCommand',
  'onCreateCommand',
  'updateContentCommand',
  'postCreateCommand',
  'postStartCommand',
  'postAttachCommand',
];

/** Fills variables in. */
export type Expand = (value: string) => { text: string; open: boolean; hostVariables: readonly string[] };

/** Flags of devcontainer.json and devcontainer-feature.json. */
export function ownFlags(tree: Tree): readonly Located<Flag>[] {
  const flags: Located<Flag>[] = [];
  for (const name of ['privileged', 'init']) {
    const pair = entry(tree, name);
    if (pair && truthy(pair.value)) flags.push({ value: { name, value: 'true' }, span: entrySpan(pair) });
  }
  for (const [key, name] of [
    ['capAdd', 'cap_add'],
    ['securityOpt', 'security_opt'],
  ] as const) {
    for (const { value, span } of strings(child(tree, key))) flags.push({ value: { name, value }, span });
  }
  return flags;
}

export function readMounts(tree: Tree | undefined, root: string, expand: Expand): readonly Located<Mount>[] {
  return items(tree).flatMap((item): Located<Mount>[] => {
    const whole = string(item);
    if (whole !== undefined) {
      const expanded = expand(whole);
      const mount = mountString(expanded.text, root, expanded.open);
      return mount ? [{ value: { ...mount, hostVariables: expanded.hostVariables }, span: item.span }] : [];
    }
    let open = false;
    const hostVariables: string[] = [];
    const field = (name: string): string | undefined => {
      const value = text(child(item, name));
      if (value === undefined) return undefined;
      const expanded = expand(value);
      open ||= expanded.open;
      hostVariables.push(...expanded.hostVariables);
      return expanded.text;
    };
    const mount = longMount(field, root, false);
    return mount ? [{ value: { ...mount, resolved: !open, hostVariables }, span: item.span }] : [];
  });
}

/** `containerEnv`, `remoteEnv`, `build.args`. */
export function variables(
  tree: Tree | undefined,
  kind: Variable['kind'],
  expand: Expand,
): readonly Located<Variable>[] {
  return entries(tree).map((pair) => {
    const written = text(pair.value);
    const { text: value, hostVariables } = expand(written ?? '');
    return {
      value: { name: pair.key, value: written === undefined ? undefined : value, kind, hostVariables },
      span: entrySpan(pair),
    };
  });
}

/** What the editor is to install and to set; before `customizations` it was said at the top. */
export function editorFacts(tree: Tree): Pick<Configuration, 'extensions' | 'settings'> {
  const vscode = child(child(tree, 'customizations'), 'vscode');
  return {
    extensions: [...strings(child(vscode, 'extensions')), ...strings(child(tree, 'extensions'))],
    settings: [...entries(child(vscode, 'settings')), ...entries(child(tree, 'settings'))].map((pair) => ({
      value: { key: pair.key, value: scalars(pair.value).join(' ') },
      span: entrySpan(pair),
    })),
  };
}

/** Lifecycle commands in their three shapes: shell text, a list of words, an object of either. */
export function lifecycle(tree: Tree, file: string, reader: Reader): readonly RawScript[] {
  return HOOKS.flatMap((hook) => {
    const pair = entry(tree, hook);
    if (!pair) return [];
    const on = hook === 'initializeCommand' ? 'host' : 'container';
    const commands = pair.value.kind === 'map' ? pair.value.entries.map(({ value }) => value) : [pair.value];
    return commands.flatMap((command): RawScript[] => {
      const span = pair.value.kind === 'map' ? command.span : entrySpan(pair);
      if (command.kind === 'list') {
        const words = strings(command).map(({ value }) => value);
        const inner = words[words.findIndex((word) => /^-[a-z]*c$/.test(word)) + 1];
        const shell = words.some((word) => /^-[a-z]*c$/.test(word)) && inner !== undefined;
        return words.length === 0
          ? []
          : [{ hook, on, words, text: shell ? inner : words.join(' '), span, start: undefined }];
      }
      const line = string(command);
      if (line === undefined || line.trim() === '') return [];
      // Where the string has no escapes its text lies in the file as it is, and facts get their exact place.
      const raw = reader.texts.get(file)?.slice(command.span.start + 1, command.span.end - 1);
      const start = raw === line ? command.span.start + 1 : undefined;
      return [{ hook, on, words: undefined, text: line, span, start }];
    });
  });
}
