import type { NotChecked } from '../core/finding.ts';
import { mergeTrees, withoutResets } from './compose-merge.ts';
import { movedProject, movedService } from './compose-paths.ts';
import { type Files, folderOf, insideRoot, resolveFrom } from './files.ts';
import { interpolate, type Lookup, parseDotenv, wellKnown } from './interpolate.ts';
import { child, type Entry, entries, entry, items, mapScalars, string, strings, type Tree, text } from './tree.ts';
import { parseYaml } from './yaml.ts';

export interface ComposeProject {
  readonly services: readonly Entry[];
  /** The top-level `networks`. */
  readonly networks: Tree | undefined;
  /** The top-level `volumes`. */
  readonly volumes: Tree | undefined;
  readonly secrets: Tree | undefined;
  readonly configs: Tree | undefined;
  /** Every file that was read, `.env` included. */
  readonly files: readonly string[];
  /** Relative paths of the services start here. */
  readonly folder: string;
  readonly notChecked: readonly NotChecked[];
}

/** Where a service's `extends` is looked up from. */
interface Origin {
  readonly services: Tree;
  readonly path: string;
  readonly base: string;
  readonly lookup: Lookup;
}

/** Files that one project may pull in by include and extends. */
const MAX_FILES = 100;
/** How often they may be merged: each may include the next one several times. */
const MAX_MERGES = 1_000;

/** Services that one may build on, one behind the other. */
const MAX_EXTENDS = 50;

/** The project that `docker compose -f A -f B` makes of these files, in this order. `root` is the workspace; `options` are a template's. */
export function readCompose(
  paths: readonly string[],
  root: string,
  files: Files,
  read: (path: string) => string | undefined,
  options: ReadonlyMap<string, string> = new Map(),
): ComposeProject {
  const folder = folderOf(paths[0] ?? '');
  const notChecked: NotChecked[] = [];
  const used = new Set<string>();
  /** Variables of a project's own folder, behind those of the project that includes it. */
  function variables(path: string, outer: Lookup): Lookup {
    const dotenv = insideRoot(path) ? files.read(path) : { kind: 'absent' as const };
    if (dotenv.kind === 'unreadable') notChecked.push({ file: path, reason: dotenv.reason });
    if (dotenv.kind !== 'text') return outer;
    used.add(path);
    const values = parseDotenv(dotenv.text);
    return (name) => outer(name) ?? values.get(name);
  }
  // The devcontainer CLI passes the `.env` of the folder that it was started in, which is the workspace as a rule.
  const known: Lookup = (name) => options.get(name) ?? wellKnown(name);
  const outermost = variables(resolveFrom(folder, '.env'), variables(resolveFrom(root, '.env'), known));

  let merges = 0;
  const documents = new Map<string, Tree | undefined>();
  function document(path: string, lookup: Lookup): Tree | undefined {
    if (!documents.has(path)) documents.set(path, parse(path, lookup));
    return documents.get(path);
  }

  function parse(path: string, lookup: Lookup): Tree | undefined {
    if (used.size >= MAX_FILES) {
      notChecked.push({ file: path, reason: `more than ${MAX_FILES} files by include and extends` });
      return undefined;
    }
    used.add(path);
    const source = read(path);
    if (source === undefined) return undefined;
    const parsed = parseYaml(path, source);
    notChecked.push(...parsed.notChecked);
    const { tree } = parsed;
    if (tree === undefined) return undefined;
    if (tree.kind !== 'map') {
      notChecked.push({ file: path, reason: 'not a compose file: its top level is not a map' });
      return undefined;
    }
    return mapScalars(tree, (scalar) => {
      if (typeof scalar.value !== 'string' || !scalar.value.includes('$')) return scalar;
      const { text: value, open, hostVariables } = interpolate(scalar.value, lookup);
      return { ...scalar, value, ...(open ? { open } : {}), ...(hostVariables.length > 0 ? { hostVariables } : {}) };
    });
  }

  /** One file with what it includes. Its relative paths are seen from `base`, as those of all files beside it. */
  function load(path: string, base: string, lookup: Lookup, including: readonly string[]): Tree | undefined {
    if (including.includes(path)) {
      notChecked.push({ file: path, reason: `include goes in a circle: ${[...including, path].join(' → ')}` });
      return undefined;
    }
    if (++merges > MAX_MERGES) {
      notChecked.push({ file: path, reason: `files are named or included more than ${MAX_MERGES} times` });
      return undefined;
    }
    const tree = document(path, lookup);
    if (tree === undefined) return undefined;
    let result: Tree = extendAll(tree, path, base, lookup);
    for (const item of items(child(tree, 'include'))) {
      const inner = included(item, path, base, lookup, [...including, path]);
      if (inner) result = mergeTrees(inner, result);
    }
    return result;
  }

  /** A path, or several that are one project, with a folder and variables of its own. */
  function included(
    item: Tree,
    path: string,
    base: string,
    lookup: Lookup,
    including: readonly string[],
  ): Tree | undefined {
    const paths = (item.kind === 'map' ? strings(child(item, 'path')) : strings(item)).flatMap(({ value, span }) => {
      const target = resolveFrom(base, value);
      if (insideRoot(target) && !value.includes('${')) return [target];
      notChecked.push({ file: path, reason: `include of ${value}: outside of the audited folder`, span });
      return [];
    });
    const own = text(child(item, 'project_directory'));
    const folder = own === undefined ? folderOf(paths[0] ?? '') : resolveFrom(base, own);
    const named = strings(child(item, 'env_file')).map(({ value }) => resolveFrom(base, value));
    const inner = (named.length > 0 ? named : [resolveFrom(folder, '.env')]).reduceRight(
      (outer, file) => variables(file, outer),
      lookup,
    );
    let result: Tree | undefined;
    for (const target of paths) {
      const one = load(target, folder, inner, including);
      if (one) result = result ? mergeTrees(result, one) : one;
    }
    return result && movedProject(result, folder, base);
  }

  function extendAll(tree: Tree, path: string, base: string, lookup: Lookup): Tree {
    const services = child(tree, 'services');
    if (services?.kind !== 'map' || tree.kind !== 'map') return tree;
    const extended = services.entries.map((service) => ({
      ...service,
      value: extend(service.value, service.key, { services, path, base, lookup }, []),
    }));
    return {
      ...tree,
      entries: tree.entries.map((pair) =>
        pair.key === 'services' ? { ...pair, value: { ...services, entries: extended } } : pair,
      ),
    };
  }

  /** Services as they are with what they extend: many may build on the same one. */
  const whole = new Map<string, Tree>();
  function extend(service: Tree, name: string, from: Origin, chain: readonly string[]): Tree {
    const key = JSON.stringify([from.path, from.base, name]);
    const known = whole.get(key);
    if (known) return known;
    const result = withBase(service, name, from, chain);
    whole.set(key, result);
    return result;
  }

  function withBase(service: Tree, name: string, from: Origin, chain: readonly string[]): Tree {
    const by = entry(service, 'extends');
    if (!by) return service;
    const { path, base: folder, lookup } = from;
    const id = `${path}#${name}`;
    if (chain.includes(id)) {
      const reason = `extends goes in a circle: ${[...chain, id].join(' → ')}`;
      notChecked.push({ file: path, reason, span: by.keySpan });
      return service;
    }
    const baseName = string(by.value) ?? text(child(by.value, 'service'));
    const file = text(child(by.value, 'file'));
    const basePath = file === undefined ? path : resolveFrom(folder, file);
    const unresolved = (reason: string): Tree => {
      notChecked.push({ file: path, reason: `extends of ${name}: ${reason}`, span: by.value.span });
      return service;
    };
    if (baseName === undefined) return unresolved('it names no service');
    if (chain.length >= MAX_EXTENDS) return unresolved(`more than ${MAX_EXTENDS} services behind each other`);
    if (!insideRoot(basePath) || basePath.includes('${')) {
      return unresolved(`${basePath} is outside of the audited folder`);
    }
    if (basePath !== path && document(basePath, lookup) === undefined) return unresolved(`${basePath} cannot be read`);
    const services = basePath === path ? from.services : child(document(basePath, lookup), 'services');
    const base = child(services, baseName);
    if (services === undefined || base === undefined) return unresolved(`${basePath} has no service ${baseName}`);
    const baseFolder = basePath === path ? folder : folderOf(basePath);
    const origin = { services, path: basePath, base: baseFolder, lookup };
    const extended = extend(base, baseName, origin, [...chain, id]);
    return mergeTrees(movedService(extended, baseFolder, folder), service, ['services', name]);
  }

  let project: Tree | undefined;
  for (const path of paths) {
    const tree = load(path, folder, outermost, []);
    if (tree) project = project ? mergeTrees(project, tree) : tree;
  }
  project = project && withoutResets(project);
  return {
    services: entries(child(project, 'services')),
    networks: child(project, 'networks'),
    volumes: child(project, 'volumes'),
    secrets: child(project, 'secrets'),
    configs: child(project, 'configs'),
    files: [...used],
    folder,
    notChecked,
  };
}
