import type { Located, Span } from '../core/span.ts';
import { runEnvFiles } from './env-file.ts';
import { readFeatures } from './features.ts';
import { folderOf } from './files.ts';
import { interpolateDevcontainer } from './interpolate.ts';
import { type Expand, editorFacts, lifecycle, ownFlags, readMounts, variables } from './metadata.ts';
import { type Mount, mountString } from './mount.ts';
import type { RawScript, Reader } from './reader.ts';
import { type Argument, readRunArgs, shortPort } from './run-args.ts';
import { child, entries, entry, entrySpan, string, strings, type Tree, text } from './tree.ts';
import type { Configuration, Container, Feature, Flag, Port, Setting, Variable } from './workspace.ts';

/** What a devcontainer.json itself says of the container that the agent works in, and of the editor. */
export interface DevcontainerFacts {
  readonly tree: Tree;
  readonly folder: string;
  /** Where the workspace is in the container, if that is said. */
  readonly workspaceFolder: string | undefined;
  readonly flags: readonly Located<Flag>[];
  readonly mounts: readonly Located<Mount>[];
  /** undefined where compose decides. */
  readonly workspaceMount: Located<Mount> | undefined;
  readonly environment: readonly Located<Variable>[];
  readonly absentEnvFiles: Container['absentEnvFiles'];
  readonly ports: readonly Located<Port>[];
  readonly features: readonly Located<Feature>[];
  readonly remoteUser: Located<string> | undefined;
  readonly containerUser: Located<string> | undefined;
  readonly scripts: readonly RawScript[];
  readonly files: readonly string[];
  readonly extensions: readonly Located<string>[];
  readonly settings: readonly Located<Setting>[];
  readonly expand: Expand;
  readonly portAttributes: Configuration['portAttributes'];
}

/** `root` is the workspace's root inside the audited folder. */
export function readDevcontainer(file: string, root: string, tree: Tree, reader: Reader): DevcontainerFacts {
  const folder = folderOf(file);
  const workspaceFolder = text(child(tree, 'workspaceFolder'));
  const options = reader.templateOptions(root);
  const expand: Expand = (value) => interpolateDevcontainer(value, { workspaceFolder, options });
  const argument = ({ value, span }: Located<string>): Argument => {
    const expanded = expand(value);
    return { value: expanded.text, span, open: expanded.open, hostVariables: expanded.hostVariables };
  };
  // Where compose makes the containers nobody reads runArgs (containers.dev, “image or Dockerfile specific properties”).
  const compose = entry(tree, 'dockerComposeFile') !== undefined;
  const run = readRunArgs(compose ? [] : strings(child(tree, 'runArgs')).map(argument), root);
  const envFiles = runEnvFiles(
    run.flags.flatMap(({ value, span }) => (value.name === 'env_file' ? [{ value: value.value, span }] : [])),
    root,
    reader,
  );
  const features = readFeatures(tree, { folder, root, expand, reader });
  const user = (key: string): Located<string> | undefined => {
    const pair = entry(tree, key);
    const value = string(pair?.value);
    return pair && value !== undefined && value !== ''
      ? { value: expand(value).text, span: entrySpan(pair) }
      : undefined;
  };
  const editor = editorFacts(tree);
  return {
    tree,
    folder,
    workspaceFolder,
    flags: [...ownFlags(tree), ...run.flags, ...features.flags],
    mounts: [...readMounts(child(tree, 'mounts'), root, expand), ...run.mounts, ...features.mounts].map((mount) =>
      compose ? mount : { ...mount, value: withoutProject(mount.value) },
    ),
    workspaceMount: workspaceMount(tree, root, expand),
    environment: [
      ...features.environment,
      ...envFiles.environment,
      ...variables(child(tree, 'containerEnv'), 'container', expand),
      ...variables(child(tree, 'remoteEnv'), 'remote', expand),
      ...variables(child(child(tree, 'build'), 'args'), 'build', expand),
      ...run.environment,
    ],
    absentEnvFiles: envFiles.absent,
    ports: [...(compose ? [] : appPorts(child(tree, 'appPort'))), ...run.ports],
    features: features.features,
    remoteUser: user('remoteUser'),
    containerUser: user('containerUser') ?? run.user,
    scripts: [...lifecycle(tree, file, reader), ...features.scripts],
    files: [...features.files, ...envFiles.files],
    extensions: [...editor.extensions, ...features.extensions],
    settings: [...editor.settings, ...features.settings],
    expand,
    portAttributes: [
      ...entries(child(tree, 'portsAttributes')).flatMap(({ key, value }) => onAutoForward(key, value)),
      ...onAutoForward('other', child(tree, 'otherPortsAttributes')),
    ],
  };
}

/** Docker takes a volume's name as it is; only the ID and the folder's name keep projects apart (compose adds its own). */
function withoutProject(mount: Mount): Mount {
  const fixed = mount.type === 'volume' && mount.source !== '' && !/devcontainer-id|workspace|\$\{/.test(mount.source);
  return fixed ? { ...mount, shared: true } : mount;
}

function onAutoForward(port: string, attributes: Tree | undefined): Configuration['portAttributes'] {
  const pair = entry(attributes, 'onAutoForward');
  const value = string(pair?.value);
  return pair && value !== undefined ? [{ value: { port, onAutoForward: value }, span: entrySpan(pair) }] : [];
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
