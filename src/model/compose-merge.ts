import { type Entry, entries, type Tree, text } from './tree.ts';

/** Where a value stands: `services`, the service's name, its key, … */
type Path = readonly string[];

/** Keys of a service that a later file replaces instead of extending (compose-spec, 13-merge.md). */
const REPLACED = new Set(['command', 'entrypoint', 'healthcheck.test']);
/** Maps that may as well be written as lists. */
const KEYED = new Set([
  ...['environment', 'labels', 'annotations', 'sysctls', 'networks', 'depends_on', 'models', 'extra_hosts'],
  ...['build.args', 'build.labels', 'build.additional_contexts', 'build.extra_hosts', 'deploy.labels'],
]);
/** Lists that may as well be a single string. */
const LISTED = new Set(['env_file', 'label_file', 'dns', 'dns_opt', 'dns_search', 'tmpfs']);

/** Two of the same key are one there: lists without values. */
const NAMES = new Set(['networks', 'depends_on', 'models']);

const inService = (path: Path): string => (path[0] === 'services' ? path.slice(2).join('.') : '');

/** `over` merged onto `base` as docker compose merges several files and `extends`. */
export function mergeTrees(base: Tree, over: Tree, path: Path = []): Tree {
  const key = inService(path);
  if (over.tag === '!override' || REPLACED.has(key)) return over;
  // A key without a value says nothing.
  if (over.kind === 'scalar' && over.value === null) return base;
  const lists = base.kind === 'list' && over.kind === 'list';
  if (KEYED.has(key) && !(lists && !NAMES.has(key)) && base.kind !== 'scalar' && over.kind !== 'scalar') {
    return mergeMaps(asMap(base), asMap(over), path);
  }
  if (LISTED.has(key)) return { kind: 'list', items: [...asList(base), ...asList(over)], span: over.span };
  if (base.kind === 'map' && over.kind === 'map') return mergeMaps(base, over, path);
  if (lists) return { ...over, items: [...base.items, ...over.items] };
  if (key === 'build' && base.kind !== over.kind) return mergeMaps(asBuild(base), asBuild(over), path);
  return over;
}

function mergeMaps(base: Tree, over: Tree, path: Path): Tree {
  const result = new Map<string, Entry>(entries(base).map((pair) => [pair.key, pair]));
  for (const pair of entries(over)) {
    const before = result.get(pair.key);
    if (pair.value.tag === '!reset') result.delete(pair.key);
    else
      result.set(
        pair.key,
        before ? { ...pair, value: mergeTrees(before.value, pair.value, [...path, pair.key]) } : pair,
      );
  }
  return { kind: 'map', entries: [...result.values()], span: over.span };
}

/** The tree without what `!reset` takes away where there was nothing to take it from. */
export function withoutResets(tree: Tree): Tree {
  if (tree.kind === 'scalar') return tree;
  if (tree.kind === 'list') return { ...tree, items: tree.items.map(withoutResets) };
  return {
    ...tree,
    entries: tree.entries.flatMap((pair) =>
      pair.value.tag === '!reset' ? [] : [{ ...pair, value: withoutResets(pair.value) }],
    ),
  };
}

const asList = (tree: Tree): readonly Tree[] => (tree.kind === 'list' ? tree.items : [tree]);

function asMap(tree: Tree): Tree {
  if (tree.kind !== 'list') return tree;
  const pairs = tree.items.flatMap((item): Entry[] => {
    const line = text(item);
    if (line === undefined || item.kind !== 'scalar') return [];
    const equals = line.indexOf('=');
    const value = equals < 0 ? null : line.slice(equals + 1);
    const key = equals < 0 ? line : line.slice(0, equals);
    return [{ key, keySpan: item.span, value: { ...item, kind: 'scalar', value } }];
  });
  return { kind: 'map', entries: pairs, span: tree.span };
}

function asBuild(tree: Tree): Tree {
  if (tree.kind !== 'scalar') return tree;
  return { kind: 'map', entries: [{ key: 'context', keySpan: tree.span, value: tree }], span: tree.span };
}
