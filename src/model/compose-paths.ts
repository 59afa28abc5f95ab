import { resolveFrom } from './files.ts';
import type { Entry, Tree } from './tree.ts';

type Change = (path: string) => string;

/** A whole compose file with its relative paths seen from another folder. */
export function movedProject(tree: Tree, from: string, to: string): Tree {
  if (from === to) return tree;
  return mapEntries(tree, ({ key, value }) => {
    if (key === 'services') return mapEntries(value, (service) => movedService(service.value, from, to));
    if (key === 'secrets' || key === 'configs')
      return mapEntries(value, ({ value: one }) => field(one, 'file', mover(from, to)));
    if (key === 'volumes') {
      return mapEntries(value, ({ value: one }) =>
        mapEntries(one, (option) =>
          option.key === 'driver_opts' ? field(option.value, 'device', mover(from, to)) : option.value,
        ),
      );
    }
    return value;
  });
}

/** One service likewise. */
export function movedService(service: Tree, from: string, to: string): Tree {
  if (from === to) return service;
  const move = mover(from, to);
  return mapEntries(service, ({ key, value }) => {
    if (key === 'build') return value.kind === 'scalar' ? scalar(value, move) : field(value, 'context', move);
    if (key === 'volumes')
      return mapItems(value, (item) => (item.kind === 'map' ? field(item, 'source', move) : scalar(item, move)));
    if (key === 'env_file') {
      // Unlike a mount's source, `name.env` is a path too.
      const anchored: Change = (path) => move(/^[./~$]/.test(path) ? path : `./${path}`);
      return value.kind === 'scalar'
        ? scalar(value, anchored)
        : mapItems(value, (item) => (item.kind === 'map' ? field(item, 'path', anchored) : scalar(item, anchored)));
    }
    return value;
  });
}

function mover(from: string, to: string): Change {
  const up = to === '' ? '' : `${to.split('/').fill('..').join('/')}/`;
  return (path) => (/^\.{1,2}(?:\/|$)/.test(path) ? `./${up}${resolveFrom(from, path)}` : path);
}

const mapEntries = (tree: Tree, change: (pair: Entry) => Tree): Tree =>
  tree.kind === 'map' ? { ...tree, entries: tree.entries.map((pair) => ({ ...pair, value: change(pair) })) } : tree;

const mapItems = (tree: Tree, change: (item: Tree) => Tree): Tree =>
  tree.kind === 'list' ? { ...tree, items: tree.items.map(change) } : tree;

const scalar = (tree: Tree, change: Change): Tree =>
  tree.kind === 'scalar' && typeof tree.value === 'string' ? { ...tree, value: change(tree.value) } : tree;

const field = (tree: Tree, key: string, change: Change): Tree =>
  mapEntries(tree, (pair) => (pair.key === key ? scalar(pair.value, change) : pair.value));
