import type { NotChecked } from '../core/finding.ts';
import { mergeTrees } from './compose-merge.ts';
import { type Files, folderOf, insideRoot, resolveFrom } from './files.ts';
import { interpolate, type Lookup, parseDotenv, wellKnown } from './interpolate.ts';
import { child, type Entry, entries, entry, mapScalars, string, strings, type Tree, text } from './tree.ts';
import { parseYaml } from './yaml.ts';

export interface ComposeProject {
  readonly services: readonly Entry[];
  /** The top-level `networks`. */
  readonly networks: Tree | undefined;
  /** The top-level `volumes`. */
  readonly volumes: Tree | undefined;
  /** Every file that was read, `.env` included. */
  readonly files: readonly string[];
  /** Relative paths of the services start here. */
  readonly folder: string;
  readonly notChecked: readonly NotChecked[];
}

/** Files that one project may pull in by include and extends. */
const MAX_FILES = 100;

/** The project that `docker compose -f A -f B` makes of these files, in this order; `options` are a template's. */
export function readCompose(
  paths: readonly string[],
  files: Files,
  read: (path: string) => string | undefined,
  options: ReadonlyMap<string, string> = new Map(),
): ComposeProject {
  const folder = folderOf(paths[0] ?? '');
  const notChecked: NotChecked[] = [];
  const used = new Set<string>();
  const dotenv = files.read(resolveFrom(folder, '.env'));
  const variables = dotenv.kind === 'text' ? parseDotenv(dotenv.text) : new Map<string, string>();
  if (dotenv.kind === 'text') used.add(resolveFrom(folder, '.env'));
  if (dotenv.kind === 'unreadable') notChecked.push({ file: resolveFrom(folder, '.env'), reason: dotenv.reason });
  const lookup: Lookup = (name) => variables.get(name) ?? options.get(name) ?? wellKnown(name);

  const documents = new Map<string, Tree | undefined>();
  function document(path: string): Tree | undefined {
    if (!documents.has(path)) documents.set(path, parse(path));
    return documents.get(path);
  }

  function parse(path: string): Tree | undefined {
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
      const { text: value, open } = interpolate(scalar.value, lookup);
      return open ? { ...scalar, value, open } : { ...scalar, value };
    });
  }

  /** One file with what it includes; services of other folders have their paths moved to this project's. */
  function load(path: string, including: readonly string[]): Tree | undefined {
    if (including.includes(path)) {
      notChecked.push({ file: path, reason: `include goes in a circle: ${[...including, path].join(' → ')}` });
      return undefined;
    }
    const tree = document(path);
    if (tree === undefined) return undefined;
    let result: Tree = extendAll(tree, path);
    const included = child(tree, 'include');
    for (const item of included?.kind === 'list' ? included.items : []) {
      const sources = item.kind === 'map' ? strings(child(item, 'path')) : strings(item);
      for (const { value, span } of sources) {
        const target = resolveFrom(folderOf(path), value);
        if (!insideRoot(target) || value.includes('${')) {
          notChecked.push({ file: path, reason: `include of ${value}: outside of the audited folder`, span });
          continue;
        }
        const inner = load(target, [...including, path]);
        if (inner) result = mergeTrees(moved(inner, folderOf(target), folderOf(path)), result);
      }
    }
    return result;
  }

  function extendAll(tree: Tree, path: string): Tree {
    const services = child(tree, 'services');
    if (services?.kind !== 'map' || tree.kind !== 'map') return tree;
    const extended = services.entries.map((service) => ({
      ...service,
      value: extend(service.value, service.key, services, path, []),
    }));
    return {
      ...tree,
      entries: tree.entries.map((pair) =>
        pair.key === 'services' ? { ...pair, value: { ...services, entries: extended } } : pair,
      ),
    };
  }

  function extend(service: Tree, name: string, siblings: Tree, path: string, chain: readonly string[]): Tree {
    const by = entry(service, 'extends');
    if (!by) return service;
    const id = `${path}#${name}`;
    if (chain.includes(id)) {
      notChecked.push({
        file: path,
        reason: `extends goes in a circle: ${[...chain, id].join(' → ')}`,
        span: by.keySpan,
      });
      return service;
    }
    const baseName = string(by.value) ?? text(child(by.value, 'service'));
    const file = text(child(by.value, 'file'));
    const basePath = file === undefined ? path : resolveFrom(folderOf(path), file);
    const unresolved = (reason: string): Tree => {
      notChecked.push({ file: path, reason: `extends of ${name}: ${reason}`, span: by.value.span });
      return service;
    };
    if (baseName === undefined) return unresolved('it names no service');
    if (!insideRoot(basePath) || basePath.includes('${'))
      return unresolved(`${basePath} is outside of the audited folder`);
    const baseServices = basePath === path ? siblings : child(document(basePath), 'services');
    const base = child(baseServices, baseName);
    if (baseServices === undefined || base === undefined) return unresolved(`${basePath} has no service ${baseName}`);
    const whole = extend(base, baseName, baseServices, basePath, [...chain, id]);
    const rebased = basePath === path ? whole : movedService(whole, folderOf(basePath), folderOf(path));
    return mergeTrees(rebased, service);
  }

  let project: Tree | undefined;
  for (const path of paths) {
    const tree = load(path, []);
    if (tree) project = project ? mergeTrees(project, tree) : tree;
  }
  return {
    services: entries(child(project, 'services')),
    networks: child(project, 'networks'),
    volumes: child(project, 'volumes'),
    files: [...used],
    folder,
    notChecked,
  };
}

/** All services of an included file with their relative paths seen from another folder. */
function moved(tree: Tree, from: string, to: string): Tree {
  if (from === to || tree.kind !== 'map') return tree;
  return {
    ...tree,
    entries: tree.entries.map((pair) =>
      pair.key === 'services' && pair.value.kind === 'map'
        ? {
            ...pair,
            value: {
              ...pair.value,
              entries: pair.value.entries.map((service) => ({
                ...service,
                value: movedService(service.value, from, to),
              })),
            },
          }
        : pair,
    ),
  };
}

function movedService(service: Tree, from: string, to: string): Tree {
  if (from === to || service.kind !== 'map') return service;
  const up = to === '' ? '' : `${to.split('/').fill('..').join('/')}/`;
  const move = (path: string): string => (/^\.{1,2}(?:\/|$)/.test(path) ? `./${up}${resolveFrom(from, path)}` : path);
  const moveScalar = (tree: Tree, change: (path: string) => string): Tree =>
    tree.kind === 'scalar' && typeof tree.value === 'string' ? { ...tree, value: change(tree.value) } : tree;
  const moveField = (tree: Tree, key: string): Tree =>
    tree.kind !== 'map'
      ? tree
      : {
          ...tree,
          entries: tree.entries.map((pair) =>
            pair.key === key ? { ...pair, value: moveScalar(pair.value, move) } : pair,
          ),
        };
  const change = (pair: Entry): Tree => {
    const { key, value } = pair;
    if (key === 'build') return value.kind === 'scalar' ? moveScalar(value, move) : moveField(value, 'context');
    if (key === 'volumes' && value.kind === 'list') {
      return {
        ...value,
        items: value.items.map((item) => (item.kind === 'map' ? moveField(item, 'source') : moveScalar(item, move))),
      };
    }
    return value;
  };
  return { ...service, entries: service.entries.map((pair) => ({ ...pair, value: change(pair) })) };
}
