import { withCalled } from './called.ts';
import { copied } from './copied.ts';
import { containerSpan, type DevcontainerFacts, readDevcontainer } from './devcontainer.ts';
import { discover, isCompose, rootOf } from './discover.ts';
import { neighbour } from './engine-socket.ts';
import { type Files, folderOf, resolveFrom } from './files.ts';
import { parseJsonc } from './jsonc.ts';
import { imageParts, ROOT_IMAGES } from './knowledge.ts';
import { imageFacts } from './knowledge-images.ts';
import { covers, inRootsHome } from './mount.ts';
import { buildScripts, imageUser, type RawScript, Reader } from './reader.ts';
import { withFacts } from './scripts.ts';
import { readService } from './service.ts';
import { readSettingsFiles } from './settings-files.ts';
import { child, strings, text } from './tree.ts';
import type { Configuration, Container, Workspace } from './workspace.ts';

export interface ReadWorkspace {
  readonly workspace: Workspace;
  /** The texts of all files that were read, for the reports. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Reads every dev container of a repository, or the given files. */
export async function readWorkspace(files: Files, paths: readonly string[] = []): Promise<ReadWorkspace> {
  const reader = new Reader(files);
  const found = paths.length > 0 ? paths : discover(files, reader.notChecked);
  if (found.length === 0) {
    reader.notChecked.push({
      file: '.',
      reason:
        'no dev container here: looked for .devcontainer/devcontainer.json, .devcontainer.json, .devcontainer/*/devcontainer.json and compose files',
    });
  }
  const configurations: Configuration[] = [];
  for (const path of found) {
    const configuration = await configurationOf(path, reader);
    if (configuration) configurations.push(configuration);
  }
  return {
    workspace: {
      configurations,
      containers: configurations.flatMap(({ containers }) => containers),
      notChecked: reader.reasons(),
    },
    texts: reader.texts,
  };
}

/** The engine's own limits, of a text's length or of calls in calls, end one configuration and not the audit. */
async function configurationOf(path: string, reader: Reader): Promise<Configuration | undefined> {
  try {
    return isCompose(path) ? await composeConfiguration(path, reader) : await devcontainer(path, reader);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    reader.notChecked.push({ file: path, reason: `what it describes is too large to be read (${error.message})` });
    return undefined;
  }
}

async function devcontainer(file: string, reader: Reader): Promise<Configuration | undefined> {
  const source = reader.read(file);
  if (source === undefined) return undefined;
  const { tree, notChecked } = parseJsonc(file, source);
  reader.notChecked.push(...notChecked);
  if (!tree) return undefined;
  if (tree.kind !== 'map') {
    reader.notChecked.push({ file, reason: 'not a dev container configuration: its top level is not an object' });
    return undefined;
  }
  const root = rootOf(file);
  const facts = readDevcontainer(file, root, tree, reader);
  const { mounts: added, flags, environment, absentEnvFiles, ports } = facts;
  const own = { mounts: added, flags, environment, absentEnvFiles, ports };
  const composeFiles = strings(child(tree, 'dockerComposeFile')).map(({ value, span }) => ({
    value: facts.expand(value).text,
    span,
  }));
  const files = [file, ...facts.files];
  const scripts: RawScript[] = [...facts.scripts];
  const containers: Container[] = [];
  if (composeFiles.length > 0) {
    const { readCompose } = await import('./compose.ts');
    const readable = composeFiles.flatMap(({ value, span }) => {
      const path = resolveFrom(facts.folder, value);
      return reader.read(path, span) === undefined ? [] : [path];
    });
    const project = readCompose(readable, root, reader.files, reader.optional, reader.templateOptions(root));
    reader.notChecked.push(...project.notChecked);
    files.push(...project.files);
    const service = child(tree, 'service');
    const agent = text(service);
    for (const pair of project.services) {
      const { container, scripts: more, files: read, label, exposed } = readService(pair, project, file, reader);
      scripts.push(...more);
      files.push(...read);
      if (pair.key !== agent) {
        containers.push({ ...container, role: neighbour({ ...container, label, exposed }, root), editor: false });
      } else {
        containers.push(
          withImage(facts, reader, {
            ...container,
            role: 'agent',
            editor: true,
            mounts: [...container.mounts, ...own.mounts],
            flags: [...container.flags, ...own.flags],
            environment: [...container.environment, ...own.environment],
            ports: [...container.ports, ...own.ports],
            features: facts.features,
          }),
        );
      }
    }
    if (readable.length > 0 && !project.services.some(({ key }) => key === agent)) {
      const named = agent === undefined ? 'no `service` is named' : `the compose files have no service ${agent}`;
      reader.notChecked.push({
        file,
        reason: `${named}: which container the agent works in is unknown`,
        span: (service ?? tree).span,
      });
    }
  } else {
    const build = readBuild(facts, reader.templateOptions(root), reader);
    if (build) scripts.push(...buildScripts(build));
    const image = child(tree, 'image');
    const named = text(image);
    const imageName = named === undefined ? undefined : facts.expand(named).text;
    if (!build && imageName === undefined && !child(tree, 'build') && !child(tree, 'dockerFile')) {
      reader.notChecked.push({ file, reason: 'it names no image, no Dockerfile and no compose file' });
    }
    reader.foreignNetwork(own.flags);
    const mounts = facts.workspaceMount ? [facts.workspaceMount, ...own.mounts] : own.mounts;
    containers.push(
      withImage(facts, reader, {
        ...own,
        name: 'the dev container',
        role: 'agent',
        editor: true,
        configuration: file,
        at: containerSpan(tree),
        image: image && imageName !== undefined ? { value: imageName, span: image.span } : undefined,
        build,
        builds: undefined,
        mounts,
        networks: undefined,
        features: facts.features,
        user: imageUser(build),
        words: [],
      }),
    );
  }
  files.push(...dockerfiles(containers));
  return {
    file,
    kind: 'devcontainer',
    root,
    at: containerSpan(tree),
    files: [...new Set(files)],
    containers,
    scripts: await withFacts(withCalled(scripts, calledFrom(root, containers, facts.workspaceFolder), reader), reader),
    extensions: facts.extensions,
    settings: facts.settings,
    portAttributes: facts.portAttributes,
    settingsFiles: readSettingsFiles(root, reader),
  };
}

/** The agent's container with what its image brings along, and the user that the last word names. */
function withImage(facts: DevcontainerFacts, reader: Reader, container: Container): Container {
  const { image, build, flags, mounts, user } = container;
  const base = build?.chain.at(-1)?.from ?? image;
  const known = base && imageFacts(base.value);
  const named = facts.remoteUser ?? facts.containerUser ?? user;
  const root =
    base !== undefined &&
    (ROOT_IMAGES.has(imageParts(base.value).name) || mounts.some(({ value }) => inRootsHome(value)));
  const unknownUser = named || root ? '' : ', and whether it works as root is not known';
  if (base?.value.includes('$')) {
    reader.notChecked.push({
      file: base.span.file,
      reason: `which image ${base.value} is depends on values that are not in this repository`,
      span: base.span,
    });
  } else if (base && !known) {
    reader.notChecked.push({
      file: base.span.file,
      reason: `the image ${base.value} may add privileges, mounts and commands by its label devcontainer.metadata${unknownUser}`,
      span: base.span,
    });
  }
  const remoteUser = base && known?.remoteUser !== undefined ? { value: known.remoteUser, span: base.span } : undefined;
  const own = base
    ? (known?.flags ?? []).map((flag) => ({ value: { ...flag, by: 'image' as const }, span: base.span }))
    : [];
  return {
    ...container,
    flags: [...flags, ...own],
    // The label counts like the same key in devcontainer.json, which wins (containers.dev, “merge logic”).
    user: facts.remoteUser ?? remoteUser ?? facts.containerUser ?? user,
  };
}

function readBuild(
  { tree, folder, environment, expand }: DevcontainerFacts,
  options: ReadonlyMap<string, string>,
  reader: Reader,
) {
  const build = child(tree, 'build');
  const named = child(build, 'dockerfile') ?? child(build, 'dockerFile') ?? child(tree, 'dockerFile');
  const name = text(named);
  if (!named || name === undefined) return undefined;
  const args = environment.flatMap(({ value }) =>
    value.kind === 'build' && value.value !== undefined ? [[value.name, value.value] as const] : [],
  );
  const target = text(child(build, 'target'));
  return reader.dockerfile(
    resolveFrom(folder, expand(name).text),
    new Map([...options, ...args]),
    target === undefined ? undefined : expand(target).text,
    resolveFrom(folder, expand(text(child(build, 'context') ?? child(tree, 'context')) ?? '.').text),
    named.span,
  );
}

/** A compose project without a dev container: the service that has the project's files is the one to work in. */
async function composeConfiguration(file: string, reader: Reader): Promise<Configuration | undefined> {
  if (reader.read(file) === undefined) return undefined;
  const { readCompose } = await import('./compose.ts');
  const root = rootOf(file);
  const folder = folderOf(file);
  const override = ['yaml', 'yml']
    .map((extension) =>
      resolveFrom(
        folder,
        `${file.slice(folder === '' ? 0 : folder.length + 1).replace(/\.ya?ml$/, '')}.override.${extension}`,
      ),
    )
    .find((path) => reader.optional(path) !== undefined);
  const project = readCompose(
    override === undefined ? [file] : [file, override],
    root,
    reader.files,
    reader.optional,
    reader.templateOptions(root),
  );
  reader.notChecked.push(...project.notChecked);
  const services = project.services.map((pair) => readService(pair, project, file, reader));
  if (services.length === 0) reader.notChecked.push({ file, reason: 'it has no services' });
  const hasWorkspace = ({ mounts }: { mounts: Container['mounts'] }): boolean =>
    mounts.some(({ value }) => covers(value, root));
  const agents = services.filter(({ container }) => hasWorkspace(container));
  const containers = services.map(({ container, label, exposed }): Container => {
    const agent = agents.length > 0 ? hasWorkspace(container) : services.length === 1;
    return {
      ...container,
      editor: false,
      role: agent ? 'agent' : neighbour({ ...container, label, exposed }, root),
    };
  });
  return {
    file,
    kind: 'compose',
    root,
    at: { file, start: 0, end: 0 },
    files: [...new Set([...project.files, ...services.flatMap((one) => one.files), ...dockerfiles(containers)])],
    containers,
    scripts: await withFacts(
      withCalled(
        services.flatMap((one) => one.scripts),
        calledFrom(root, containers, undefined),
        reader,
      ),
      reader,
    ),
    extensions: [],
    settings: [],
    portAttributes: [],
    settingsFiles: readSettingsFiles(root, reader),
  };
}

const calledFrom = (root: string, containers: readonly Container[], workspaceFolder: string | undefined) => ({
  root,
  workspaceFolder,
  copied: copied(containers.flatMap(({ build }) => (build ? [build] : []))),
});

const dockerfiles = (containers: readonly Container[]): readonly string[] =>
  containers.flatMap(({ build }) => (build ? [build.dockerfile.file] : []));
