import { type Entry, entries, type Tree, text } from './tree.ts';

/** Lists that a later file replaces instead of extending (compose-spec, 13-merge.md). */
const REPLACED = new Set(['command', 'entrypoint', 'test']);
/** Lists of `NAME=value` that may as well be maps. */
const KEYED = new Set([
  'environment',
  'labels',
  'args',
  'extra_hosts',
  'sysctls',
  'annotations',
  'networks',
  'depends_on',
]);

/** `over` merged onto `base` as docker compose merges several files and `extends`. */
export function mergeTrees(base: Tree, over: Tree, key = ''): Tree {
  if (over.tag === '!override' || REPLACED.has(key)) return over;
  if (
    KEYED.has(key) &&
    base.kind !== 'scalar' &&
    over.kind !== 'scalar' &&
    (base.kind === 'map' || over.kind === 'map')
  ) {
    return mergeMaps(asMap(base), asMap(over));
  }
  if (base.kind === 'map' && over.kind === 'map') return mergeMaps(base, over);
  if (base.kind === 'list' && over.kind === 'list') return { ...over, items: [...base.items, ...over.items] };
  if (key === 'build' && base.kind !== over.kind) return mergeMaps(asBuild(base), asBuild(over));
  return over;
}

function mergeMaps(base: Tree, over: Tree): Tree {
  const result = new Map<string, Entry>(entries(base).map((pair) => [pair.key, pair]));
  for (const pair of entries(over)) {
    const before = result.get(pair.key);
    if (pair.value.tag === '!reset') result.delete(pair.key);
    else result.set(pair.key, before ? { ...pair, value: mergeTrees(before.value, pair.value, pair.key) } : pair);
  }
  return { kind: 'map', entries: [...result.values()], span: over.span };
}

function asMap(tree: Tree): Tree {
  if (tree.kind !== 'list') return tree;
  const pairs = tree.items.flatMap((item): Entry[] => {
    const line = text(item);
    if (line === undefined) return [];
    const equals = line.indexOf('=');
    const value = equals < 0 ? null : line.slice(equals + 1);
    const key = equals < 0 ? line : line.slice(0, equals);
    return [{ key, keySpan: item.span, value: { kind: 'scalar', value, span: item.span } }];
  });
  return { kind: 'map', entries: pairs, span: tree.span };
}

function asBuild(tree: Tree): Tree {
  if (tree.kind !== 'scalar') return tree;
  return { kind: 'map', entries: [{ key: 'context', keySpan: tree.span, value: tree }], span: tree.span };
}
