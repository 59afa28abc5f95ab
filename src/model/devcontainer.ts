import type { Located, Span } from '../core/span.ts';
import { folderOf, resolveFrom } from './files.ts';
import { interpolateDevcontainer } from './interpolate.ts';
import { type Parsed, parseJsonc } from './jsonc.ts';
import { FEATURES, featureId } from './knowledge.ts';
import { longMount, type Mount, mountString } from './mount.ts';
import type { RawScript, Reader } from './reader.ts';
import { type Argument, readRunArgs, shortPort } from './run-args.ts';
import {
  child,
  type Entry,
  entries,
  entry,
  entrySpan,
  items,
  string,
  strings,
  type Tree,
  text,
  truthy,
} from './tree.ts';
import type { Feature, Flag, Hook, Port, Variable } from './workspace.ts';

/** What a devcontainer.json itself says of the container that the agent works in, and of the editor. */
export interface DevcontainerFacts {
  readonly tree: Tree;
  readonly folder: string;
  readonly flags: readonly Located<Flag>[];
  readonly mounts: readonly Located<Mount>[];
  /** undefined where compose decides. */
  readonly workspaceMount: Located<Mount> | undefined;
  readonly environment: readonly Located<Variable>[];
  readonly ports: readonly Located<Port>[];
  readonly features: readonly Located<Feature>[];
  readonly user: Located<string> | undefined;
  readonly scripts: readonly RawScript[];
  readonly files: readonly string[];
  readonly extensions: readonly Located<string>[];
  readonly settings: readonly Located<{ readonly key: string; readonly value: string }>[];
}

const HOOKS: readonly Hook[] = [
  'initializeCommand',
  'onCreateCommand',
  'updateContentCommand',
  'postCreateCommand',
  'postStartCommand',
  'postAttachCommand',
];

/** `root` is the workspace's root inside the audited folder. */
export function readDevcontainer(file: string, root: string, tree: Tree, reader: Reader): DevcontainerFacts {
  const folder = folderOf(file);
  const workspaceFolder = text(child(tree, 'workspaceFolder'));
  const expand = (value: string) => interpolateDevcontainer(value, { workspaceFolder });
  const argument = ({ value, span }: Located<string>): Argument => {
    const expanded = expand(value);
    return { value: expanded.text, span, open: expanded.open, hostVariables: expanded.hostVariables };
  };
  // Where compose makes the containers nobody reads runArgs (containers.dev, “image or Dockerfile specific properties”).
  const compose = entry(tree, 'dockerComposeFile') !== undefined;
  const run = readRunArgs(compose ? [] : strings(child(tree, 'runArgs')).map(argument), root);
  const features = readFeatures(tree, folder, root, reader);
  const variables = (key: string, kind: Variable['kind']): readonly Located<Variable>[] =>
    entries(child(tree, key)).map((pair) => {
      const expanded = expand(text(pair.value) ?? '');
      const value = text(pair.value) === undefined ? undefined : expanded.text;
      return { value: { name: pair.key, value, kind, hostVariables: expanded.hostVariables }, span: entrySpan(pair) };
    });
  const user = ['remoteUser', 'containerUser'].map((key) => entry(tree, key)).find((pair) => string(pair?.value));
  const vscode = child(child(tree, 'customizations'), 'vscode');
  return {
    tree,
    folder,
    flags: [...ownFlags(tree), ...run.flags, ...features.flags],
    mounts: [...readMounts(child(tree, 'mounts'), root, expand), ...run.mounts, ...features.mounts],
    workspaceMount: workspaceMount(tree, root, expand),
    environment: [
      ...variables('containerEnv', 'container'),
      ...variables('remoteEnv', 'remote'),
      ...entries(child(child(tree, 'build'), 'args')).map((pair): Located<Variable> => {
        const expanded = expand(text(pair.value) ?? '');
        return {
          value: { name: pair.key, value: expanded.text, kind: 'build', hostVariables: expanded.hostVariables },
          span: entrySpan(pair),
        };
      }),
      ...run.environment,
    ],
    ports: [...(compose ? [] : appPorts(child(tree, 'appPort'))), ...run.ports],
    features: features.features,
    user: user ? { value: string(user.value) ?? '', span: entrySpan(user) } : run.user,
    scripts: [...lifecycle(tree, file, reader), ...features.scripts],
    files: features.files,
    extensions: [...strings(child(vscode, 'extensions')), ...strings(child(tree, 'extensions'))],
    settings: [...entries(child(vscode, 'settings')), ...entries(child(tree, 'settings'))].map((pair) => ({
      value: { key: pair.key, value: text(pair.value) ?? '' },
      span: entrySpan(pair),
    })),
  };
}

type Expand = (value: string) => { text: string; open: boolean; hostVariables: readonly string[] };

function ownFlags(tree: Tree): readonly Located<Flag>[] {
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

function readMounts(tree: Tree | undefined, root: string, expand: Expand): readonly Located<Mount>[] {
  return items(tree).flatMap((item): Located<Mount>[] => {
    const whole = string(item);
    if (whole !== undefined) {
      const expanded = expand(whole);
      const mount = mountString(expanded.text, root, expanded.open);
      return mount ? [{ value: mount, span: item.span }] : [];
    }
    let open = false;
    const field = (name: string): string | undefined => {
      const value = text(child(item, name));
      if (value === undefined) return undefined;
      const expanded = expand(value);
      open ||= expanded.open;
      return expanded.text;
    };
    const mount = longMount(field, root, false);
    return mount ? [{ value: { ...mount, resolved: !open }, span: item.span }] : [];
  });
}

/** The workspace's own mount: as given, or the one that tools make by themselves. */
function workspaceMount(tree: Tree, root: string, expand: Expand): Located<Mount> | undefined {
  if (entry(tree, 'dockerComposeFile')) return undefined;
  const given = entry(tree, 'workspaceMount');
  const line = string(given?.value);
  if (given && line !== undefined) {
    const expanded = expand(line);
    const mount = mountString(expanded.text, root, expanded.open);
    return mount ? { value: mount, span: entrySpan(given) } : undefined;
  }
  const target = text(child(tree, 'workspaceFolder')) ?? '/workspaces/workspace';
  return {
    value: { source: root, target, readOnly: false, type: 'bind', resolved: true },
    span: containerSpan(tree),
  };
}

/** Where a container without compose is declared: the key that names its image. */
export function containerSpan(tree: Tree): Span {
  for (const key of ['image', 'build', 'dockerFile', 'dockerComposeFile']) {
    const pair = entry(tree, key);
    if (pair) return pair.keySpan;
  }
  return { file: tree.span.file, start: tree.span.start, end: tree.span.start + 1 };
}

/** Numbers are bound to loopback, strings go to `docker run -p` as they are (devcontainers/cli, singleContainer.ts). */
function appPorts(tree: Tree | undefined): readonly Located<Port>[] {
  const nodes = tree?.kind === 'list' ? tree.items : tree ? [tree] : [];
  return nodes.flatMap((node): Located<Port>[] => {
    const value = text(node);
    if (value === undefined) return [];
    const number = node.kind === 'scalar' && typeof node.value === 'number';
    const port = number ? { address: '127.0.0.1', published: value, target: value } : shortPort(value);
    return [{ value: port, span: node.span }];
  });
}

interface FeatureResult {
  readonly features: Located<Feature>[];
  readonly flags: Located<Flag>[];
  readonly mounts: Located<Mount>[];
  readonly scripts: RawScript[];
  readonly files: string[];
}

function readFeatures(tree: Tree, folder: string, root: string, reader: Reader): FeatureResult {
  const result: FeatureResult = { features: [], flags: [], mounts: [], scripts: [], files: [] };
  for (const pair of entries(child(tree, 'features'))) {
    const [, written = pair.key, version] = /^(.+?)(?:@(sha256:\w+)|:([^/:]+))?$/.exec(pair.key) ?? [];
    const tag = version ?? /:([^/:]+)$/.exec(pair.key)?.[1];
    const span = pair.keySpan;
    const id = featureId(written);
    result.features.push({ value: { id, version: tag }, span });
    const known = FEATURES[id.toLowerCase()];
    if (known) {
      for (const flag of known.flags ?? []) result.flags.push({ value: flag, span });
      for (const line of known.mounts ?? []) {
        const mount = mountString(line, root, false);
        if (mount) result.mounts.push({ value: mount, span });
      }
    } else if (id.startsWith('./') || id.startsWith('../'))
      localFeature(pair, resolveFrom(folder, id), root, reader, result);
    else {
      reader.notChecked.push({
        file: span.file,
        reason: `the Feature ${pair.key} may add privileges, mounts and commands; its metadata is not in this repository`,
        span,
      });
    }
  }
  return result;
}

/** A Feature in the repository: its metadata counts as if devcontainer.json said it. */
function localFeature(pair: Entry, path: string, root: string, reader: Reader, result: FeatureResult): void {
  const file = `${path}/devcontainer-feature.json`;
  const source = reader.read(file, pair.keySpan);
  if (source === undefined) return;
  result.files.push(file);
  const { tree, notChecked }: Parsed = parseJsonc(file, source);
  for (const item of notChecked) reader.notChecked.push(item);
  if (!tree) return;
  result.flags.push(...ownFlags(tree));
  result.mounts.push(
    ...readMounts(child(tree, 'mounts'), root, (value) =>
      interpolateDevcontainer(value, { workspaceFolder: undefined }),
    ),
  );
  result.scripts.push(...lifecycle(tree, file, reader));
  const install = reader.optional(`${path}/install.sh`);
  if (install === undefined) return;
  const script = `${path}/install.sh`;
  result.files.push(script);
  const span = { file: script, start: 0, end: install.length };
  result.scripts.push({ hook: 'build', on: 'build', words: undefined, text: install, span, start: 0 });
}

/** Lifecycle commands in their three shapes: shell text, a list of words, an object of either. */
function lifecycle(tree: Tree, file: string, reader: Reader): readonly RawScript[] {
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
