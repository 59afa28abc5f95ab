import type { Located } from '../core/span.ts';
import type { ComposeProject } from './compose.ts';
import { rootOf } from './discover.ts';
import { composeEnvFiles } from './env-file.ts';
import { resolveFrom } from './files.ts';
import { ROLE_LABEL } from './knowledge.ts';
import { buildScripts, imageUser, type RawScript, type Reader } from './reader.ts';
import { shortPort, variable } from './run-args.ts';
import { serviceMounts } from './service-mounts.ts';
import {
  child,
  type Entry,
  entries,
  entry,
  entrySpan,
  hostVariablesOf,
  items,
  strings,
  type Tree,
  text,
  truthy,
} from './tree.ts';
import type { Container, Flag, Network, Port, Variable } from './workspace.ts';

const SCALAR_FLAGS = [
  ...['network_mode', 'pid', 'ipc', 'uts', 'userns_mode', 'cgroup', 'cgroup_parent', 'mem_limit', 'cpus'],
  ...['pids_limit', 'runtime', 'gpus', 'credential_spec', 'restart'],
];
const LIST_FLAGS = [
  ...['cap_add', 'cap_drop', 'security_opt', 'devices', 'group_add', 'device_cgroup_rules', 'volumes_from', 'env_file'],
];
const SWITCH_FLAGS = ['privileged', 'init', 'read_only', 'use_api_socket'];

export interface ServiceFacts {
  readonly container: Omit<Container, 'role' | 'editor'>;
  /** Its role by its label, as in a box where agent and editor have a container each. */
  readonly label: string | undefined;
  readonly exposed: readonly string[];
  readonly scripts: readonly RawScript[];
  /** Files that it reads besides the compose files. */
  readonly files: readonly string[];
}

/** One service of a compose project as a container. */
export function readService(
  service: Entry,
  project: ComposeProject,
  configuration: string,
  reader: Reader,
): ServiceFacts {
  const { key: name, keySpan, value: tree } = service;
  const options = reader.templateOptions(rootOf(configuration));
  const build = readBuild(tree, project.folder, options, reader);
  const image = child(tree, 'image');
  const imageName = text(image);
  const user = child(tree, 'user');
  const flags = readFlags(tree);
  reader.foreignNetwork(flags);
  const envFiles = composeEnvFiles(child(tree, 'env_file'), project.folder, reader);
  const own = readVariables(child(tree, 'environment'), 'container');
  const named = new Set(own.map(({ value }) => value.name));
  const scripts = [
    ...(build ? buildScripts(build.facts) : []),
    ...['command', 'entrypoint'].flatMap((key) => startScripts(child(tree, key))),
    ...['post_start', 'pre_stop'].flatMap((key) =>
      items(child(tree, key)).flatMap((hook) => startScripts(child(hook, 'command'))),
    ),
  ];
  return {
    container: {
      name,
      configuration,
      at: keySpan,
      image:
        child(tree, 'build') === undefined && image && imageName !== undefined
          ? { value: imageName, span: image.span }
          : undefined,
      build: build?.facts,
      builds: child(tree, 'build') ? imageName : undefined,
      mounts: serviceMounts(tree, project, reader),
      flags,
      environment: [
        ...envFiles.environment.filter(({ value }) => !named.has(value.name)),
        ...own,
        ...secretVariables(tree, project),
        ...(build?.args ?? []),
      ],
      absentEnvFiles: envFiles.absent,
      ports: readPorts(child(tree, 'ports')),
      networks: readNetworks(child(tree, 'networks'), project.networks),
      features: [],
      user: user && text(user) !== undefined ? { value: text(user) ?? '', span: user.span } : imageUser(build?.facts),
      words: ['entrypoint', 'command'].flatMap((key) => startWords(child(tree, key))),
    },
    scripts,
    label: text(child(child(tree, 'labels'), ROLE_LABEL)),
    exposed: strings(child(tree, 'expose')).map(({ value }) => value),
    files: envFiles.files,
  };
}

/** Secrets that compose takes from the host's environment: files in the container, of the same worth. */
const secretVariables = (tree: Tree, project: ComposeProject): readonly Located<Variable>[] =>
  items(child(tree, 'secrets')).flatMap((item): Located<Variable>[] => {
    const name = text(item) ?? text(child(item, 'source'));
    const from = text(child(child(project.secrets, name ?? ''), 'environment'));
    if (name === undefined || from === undefined) return [];
    return [{ value: { name, value: undefined, kind: 'container', hostVariables: [from] }, span: item.span }];
  });

function readBuild(tree: Tree, folder: string, options: ReadonlyMap<string, string>, reader: Reader) {
  const build = child(tree, 'build');
  if (!build) return undefined;
  const contextTree = build.kind === 'map' ? child(build, 'context') : build;
  const context = text(contextTree) ?? '.';
  const at = (contextTree ?? build).span;
  const args = readVariables(child(build, 'args'), 'build');
  const known = new Map([
    ...options,
    ...args.flatMap(({ value }) => (value.value === undefined ? [] : [[value.name, value.value] as const])),
  ]);
  if (/^(?:[a-z]+:\/\/|git@)/.test(context)) {
    reader.notChecked.push({
      file: at.file,
      reason: `the build context ${context} is not in the audited folder`,
      span: at,
    });
    return undefined;
  }
  const target = text(child(build, 'target'));
  const inline = child(build, 'dockerfile_inline');
  const lines = text(inline);
  if (inline && lines !== undefined)
    return { facts: reader.inlineDockerfile(inline.span, lines, known, target, resolveFrom(folder, context)), args };
  const dockerfile = child(build, 'dockerfile');
  const path = resolveFrom(resolveFrom(folder, context), text(dockerfile) ?? 'Dockerfile');
  const facts = reader.dockerfile(path, known, target, resolveFrom(folder, context), dockerfile?.span ?? at);
  return facts ? { facts, args } : undefined;
}

function readFlags(tree: Tree): readonly Located<Flag>[] {
  const flags: Located<Flag>[] = [];
  const scalar = (pair: Entry | undefined, name: string): void => {
    const value = text(pair?.value);
    if (pair && value !== undefined) flags.push({ value: { name, value }, span: entrySpan(pair) });
  };
  for (const name of SCALAR_FLAGS) scalar(entry(tree, name), name);
  for (const name of SWITCH_FLAGS) {
    const pair = entry(tree, name);
    if (pair && truthy(pair.value)) flags.push({ value: { name, value: 'true' }, span: entrySpan(pair) });
  }
  for (const name of LIST_FLAGS) {
    for (const item of strings(child(tree, name))) flags.push({ value: { name, value: item.value }, span: item.span });
    for (const item of items(child(tree, name))) {
      const source = item.kind === 'map' ? text(child(item, 'source') ?? child(item, 'path')) : undefined;
      if (source !== undefined) flags.push({ value: { name, value: source }, span: item.span });
    }
  }
  for (const item of strings(child(tree, 'extra_hosts')))
    flags.push({ value: { name: 'extra_hosts', value: item.value }, span: item.span });
  for (const pair of entries(child(tree, 'extra_hosts'))) {
    flags.push({
      value: { name: 'extra_hosts', value: `${pair.key}:${text(pair.value) ?? ''}` },
      span: entrySpan(pair),
    });
  }
  for (const pair of entries(child(child(tree, 'logging'), 'options'))) {
    flags.push({ value: { name: 'log_opt', value: `${pair.key}=${text(pair.value) ?? ''}` }, span: entrySpan(pair) });
  }
  // Which of the host's agents RUN may use: `default`, or a name with a path.
  for (const item of strings(child(child(tree, 'build'), 'ssh')))
    flags.push({ value: { name: 'build_ssh', value: item.value }, span: item.span });
  for (const pair of entries(child(child(tree, 'build'), 'ssh')))
    flags.push({ value: { name: 'build_ssh', value: pair.key }, span: entrySpan(pair) });
  const limits = child(child(child(tree, 'deploy'), 'resources'), 'limits');
  scalar(entry(limits, 'memory'), 'mem_limit');
  scalar(entry(limits, 'cpus'), 'cpus');
  scalar(entry(limits, 'pids'), 'pids_limit');
  return flags;
}

/** `environment`, `args`: a map, or a list of `NAME=value`. Without a value it is the host's. */
export function readVariables(tree: Tree | undefined, kind: Variable['kind']): readonly Located<Variable>[] {
  const found = new Map<string, Located<Variable>>();
  for (const item of items(tree)) {
    const line = text(item);
    if (line === undefined) continue;
    const read = { ...variable(line, hostVariablesOf(item)), kind };
    found.set(read.name, { value: read, span: item.span });
  }
  for (const pair of entries(tree)) {
    const value = text(pair.value);
    const hostVariables = value === undefined ? [pair.key] : hostVariablesOf(pair.value);
    found.set(pair.key, { value: { name: pair.key, value, kind, hostVariables }, span: entrySpan(pair) });
  }
  return [...found.values()];
}

function readPorts(tree: Tree | undefined): readonly Located<Port>[] {
  return items(tree).flatMap((item): Located<Port>[] => {
    if (item.kind === 'map') {
      const target = text(child(item, 'target'));
      if (target === undefined) return [];
      const address = text(child(item, 'host_ip')) ?? '';
      return [
        { value: { address, published: text(child(item, 'published')) ?? '', target, long: true }, span: item.span },
      ];
    }
    const value = text(item);
    return value === undefined ? [] : [{ value: shortPort(value), span: item.span }];
  });
}

function readNetworks(tree: Tree | undefined, declared: Tree | undefined): readonly Located<Network>[] | undefined {
  const fallback = entry(declared, 'default');
  if (!tree && !fallback) return undefined;
  const names =
    !tree && fallback
      ? [{ value: 'default', span: fallback.keySpan }]
      : [
          ...strings(tree?.kind === 'list' ? tree : undefined),
          ...entries(tree).map(({ key, keySpan }) => ({ value: key, span: keySpan })),
        ];
  return names.map(({ value: name, span }) => {
    const network = child(declared, name);
    const external = child(network, 'external');
    return {
      value: {
        name,
        internal: truthy(child(network, 'internal')),
        external: external?.kind === 'map' || truthy(external),
      },
      span,
    };
  });
}

function startScripts(tree: Tree | undefined): readonly RawScript[] {
  if (!tree || tree.kind === 'map') return [];
  const words = tree.kind === 'list' ? strings(tree).map(({ value }) => value) : undefined;
  const line = words ? '' : (text(tree) ?? '');
  const shell = words ? words.findIndex((word) => /^-[a-z]*c$/.test(word)) : -1;
  const inner = words?.[shell + 1] ?? words?.find((word) => word.includes('\n'));
  if (words && inner === undefined) return [];
  return [{ hook: 'start', on: 'container', words, text: inner ?? line, span: tree.span, start: undefined }];
}

/** One text is split as by a shell, but for quotes, of which switches of programs have few. */
const startWords = (tree: Tree | undefined): readonly Located<string>[] =>
  strings(tree).flatMap(({ value, span }) =>
    tree?.kind === 'list' ? [{ value, span }] : value.split(/\s+/).map((word) => ({ value: word, span })),
  );
