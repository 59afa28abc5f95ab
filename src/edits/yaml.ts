import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import type { Edit, Place, Setting } from '../core/fix.ts';
import type { Span } from '../core/span.ts';
import { child, entry, type Tree } from '../model/tree.ts';
import { COMPOSE_TAGS, parseYaml } from '../model/yaml.ts';
import type { Change } from './edit.ts';
import { addElements, removeElements } from './flow.ts';
import { lineBreak, lineEnd, lineStart, Refused, removeLines, startsLine, type TextEdit } from './text.ts';
import {
  bracketsOf,
  type Collection,
  colonOf,
  contentEnd,
  dashOf,
  endsInBlockScalar,
  type Found,
  find,
  findMap,
  isEmpty,
  pairOf,
  refuseShared,
} from './yaml-nodes.ts';
import { printLike, printScalar } from './yaml-print.ts';

/** A file that was parsed for its edits. */
export interface YamlFile {
  readonly source: string;
  /** Anchors that an alias names. */
  readonly used: ReadonlySet<string>;
  readonly root: Node;
  /** With aliases and merge keys resolved. */
  readonly tree: Tree;
}

export function openYaml(file: string, source: string): YamlFile {
  const { tree, notChecked } = parseYaml(file, source);
  if (!tree || notChecked.length > 0) throw new Refused(notChecked[0]?.reason ?? 'the file is empty');
  const document = parseDocument(source, { keepSourceTokens: true, customTags: COMPOSE_TAGS, logLevel: 'silent' });
  if (!isNode(document.contents)) throw new Refused('the file is empty');
  const used = new Set<string>();
  visit(document, { Alias: (_, alias) => void used.add(alias.source) });
  return { source, used, root: document.contents, tree };
}

/** The text edits that make a change in YAML: block and flow style, nothing is printed anew but what changes. */
export function editYaml(opened: YamlFile, edit: Edit): Change {
  switch (edit.kind) {
    case 'remove':
      return remove(opened, edit.at);
    case 'replace':
      return replace(opened, edit.at, edit.change);
    case 'append':
      return append(opened, edit.path, edit.items);
    case 'put':
      return put(opened, edit.to, edit.values);
  }
}

const claim = ({ range }: Node, edits: readonly TextEdit[]) => ({
  start: Math.min(range?.[0] ?? 0, ...edits.map(({ start }) => start)),
  end: Math.max(range?.[1] ?? 0, ...edits.map(({ end }) => end)),
});

const gone = (): Refused => new Refused('what was found is no longer there');

function remove({ source, used, root }: YamlFile, at: Span): Change {
  const found = find(source, root, at);
  if (!found) throw gone();
  const item = found.parent.items[found.first];
  refuseShared(used, found.around, isPair(item) ? item.value : item);
  const { parent, first, around } = found.parent.items.length === 1 ? (emptied(source, found) ?? found) : found;
  const edits = parent.flow
    ? removeElements(source, bracketsOf(source, parent), first, first)
    : removeBlock(source, parent, first, around);
  return { claim: claim(parent, edits), edits };
}

/**
 * The key whose only item goes, so that no empty list is left behind: where it is one of several keys of a service, has
 * no tag (`!override []` says something), and no comment in it.
 */
function emptied(source: string, { parent, around }: Found): Found | undefined {
  const outer = around.at(-2);
  const pairs: readonly unknown[] = isMap(outer) ? outer.items : [];
  const first = pairs.findIndex((pair) => isPair(pair) && pair.value === parent);
  const pair = isMap(outer) ? outer.items[first] : undefined;
  if (!isMap(outer) || !pair || around.length < 4 || pairs.length < 2 || parent.tag?.startsWith('!')) return undefined;
  const end = contentEnd(source, parent);
  const between = source.slice(lineEnd(source, colonOf(pair)), parent.range?.[0]);
  const inner = parent.flow ? source.slice(parent.range?.[0], end) : between;
  return /(?:^|\s)#/.test(inner) ? undefined : { parent: outer, first, around: around.slice(0, -1) };
}

function removeBlock(source: string, parent: Collection, index: number, around: readonly Node[]): readonly TextEdit[] {
  const item: unknown = parent.items[index];
  const pair = isPair(item) ? item : undefined;
  const head = pair ? start(pair.key) : dashAt(parent, index);
  if (!startsLine(source, head)) throw new Refused('it shares its line with something else');
  const value = pair ? pair.value : item;
  const end = pair || !isEmpty(value) ? contentEnd(source, value, pair) : head + 1;
  const lines = removeLines(source, head, Math.max(end - 1, head));
  if (parent.items.length > 1) return [lines];
  // The only one: a key without a value would be null, which compose refuses.
  const empty = isSeq(parent) ? '[]' : '{}';
  const outer = around.at(-2);
  const key = isMap(outer) ? outer.items.find(({ value: inner }) => inner === parent) : undefined;
  if (!key) throw new Refused('nothing would be left in it');
  // Behind an anchor or tag, if there is one.
  const at = key.srcToken?.sep?.findLast(({ type }) => /^(?:map-value-ind|anchor|tag)$/.test(type));
  if (!at) throw new Refused('its key is written in a way that is not edited');
  const behind = at.offset + at.source.length;
  return [{ start: behind, end: behind, text: ` ${empty}` }, lines];
}

const start = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

function dashAt(parent: Collection, index: number): number {
  const dash = parent.srcToken ? dashOf(parent.srcToken, index) : undefined;
  if (dash === undefined) throw new Refused('it is written in a way that is not edited');
  return dash;
}

function replace({ source, used, root }: YamlFile, at: Span, change: (value: string) => string | undefined): Change {
  const found = find(source, root, at);
  if (!found) throw gone();
  refuseShared(used, found.around, found.parent.items[found.first]);
  const item = found.parent.items[found.first];
  const changed: { scalar: Scalar; text: string }[] = [];
  const value = isPair(item) ? item.value : item;
  if (isAlias(value)) throw new Refused(`its value is what the anchor &${value.source} says elsewhere`);
  if (isNode(value)) {
    visit(value, {
      Scalar(key, scalar) {
        const written = scalar.source ?? String(scalar.value);
        const text = key === 'key' ? undefined : change(written);
        if (text !== undefined) changed.push({ scalar, text });
      },
    });
  }
  const [only, ...more] = changed;
  if (!only?.scalar.range || more.length > 0) throw new Refused('it is not clear which value to change');
  const [from, to] = only.scalar.range;
  return {
    claim: { start: from, end: to },
    edits: [{ start: from, end: to, text: printLike(only.scalar, only.text) }],
  };
}

/** The map that a path leads to, which the file itself must have there. */
function walk({ used, root }: YamlFile, path: readonly string[]): { map: YAMLMap; around: readonly Node[] } {
  let node: unknown = root;
  const around: Node[] = [root];
  for (const key of path) {
    const next: unknown = isMap(node) ? pairOf(node, key)?.value : undefined;
    if (isAlias(next)) throw new Refused(`${key} is what the anchor &${next.source} says elsewhere`);
    if (!isNode(next)) throw new Refused(`${path.join('.')} is not in this file`);
    around.push(next);
    node = next;
  }
  if (!isMap(node)) throw new Refused(`${path.join('.')} is not a map`);
  refuseShared(used, around);
  return { map: node, around };
}

/** Refuses to hide with a key of its own what a merge key (<<) brings. */
function refuseMerged({ tree }: YamlFile, path: readonly string[], key: string): void {
  const merged = entry(
    path.reduce<Tree | undefined>((at, name) => child(at, name), tree),
    key,
  );
  if (merged) throw new Refused(`${key} comes from a merge key (<<), and would be replaced as a whole`);
}

function append(file: YamlFile, path: readonly string[], items: readonly string[]): Change {
  const { source, used } = file;
  const key = path.at(-1) ?? '';
  const { map } = walk(file, path.slice(0, -1));
  const pair = pairOf(map, key);
  const printed = items.map(printScalar);
  if (!pair) {
    refuseMerged(file, path.slice(0, -1), key);
    const edits = addPairs(source, map, [`${key}: [${printed.join(', ')}]`]);
    return { claim: claim(map, edits), edits };
  }
  const list = pair.value;
  if (isAlias(list)) throw new Refused(`${key} is what the anchor &${list.source} says elsewhere`);
  if (isEmpty(list) && pair.srcToken?.sep?.every(({ type }) => type !== 'anchor' && type !== 'tag')) {
    const at = colonOf(pair) + 1;
    return { claim: claim(map, []), edits: [{ start: at, end: at, text: ` [${printed.join(', ')}]` }] };
  }
  if (!isSeq(list) || list.tag === '!reset') throw new Refused(`${path.join('.')} is not a list`);
  refuseShared(used, [list]);
  const edits = list.flow
    ? addElements(source, bracketsOf(source, list), printed, false)
    : addItems(source, list, printed);
  return { claim: claim(list, edits), edits };
}

function addItems(source: string, list: Collection, printed: readonly string[]): readonly TextEdit[] {
  const index = list.items.findLastIndex((item) => !endsInBlockScalar(item));
  const dash = dashAt(list, Math.max(index, 0));
  const column = ' '.repeat(dash - lineStart(source, dash));
  const item: unknown = list.items[index];
  return addLines(source, {
    indent: column,
    lines: printed.map((text) => `- ${text}`),
    after: index < 0 ? undefined : isEmpty(item) ? dash + 1 : contentEnd(source, item),
    before: dash,
  });
}

function addPairs(source: string, map: YAMLMap, lines: readonly string[]): readonly TextEdit[] {
  if (map.flow) return addElements(source, bracketsOf(source, map), lines, true);
  const [head] = map.items;
  const pair = map.items.findLast(({ value }) => !endsInBlockScalar(value));
  if (!head) throw new Refused('the map is empty');
  return addLines(source, {
    indent: ' '.repeat(start(head.key) - lineStart(source, start(head.key))),
    lines,
    after: pair ? contentEnd(source, pair.value, pair) : undefined,
    before: start(head.key),
  });
}

/** Lines after the one in which `after` lies, or before the text at `before`. */
function addLines(
  source: string,
  {
    indent,
    lines,
    after,
    before,
  }: { indent: string; lines: readonly string[]; after: number | undefined; before: number },
): readonly TextEdit[] {
  const eol = lineBreak(source);
  if (after === undefined) {
    return [{ start: before, end: before, text: lines.map((line) => `${line}${eol}${indent}`).join('') }];
  }
  const at = lineEnd(source, Math.max(after - 1, 0));
  return [{ start: at, end: at, text: lines.map((line) => `${eol}${indent}${line}`).join('') }];
}

function put(file: YamlFile, to: Place, values: Readonly<Record<string, Setting>>): Change {
  const { source, used, root } = file;
  const place = 'span' in to ? findMap(source, root, to.span) : walk(file, to.path);
  if (!place) throw gone();
  refuseShared(used, place.around);
  const { map } = place;
  const edits: TextEdit[] = [];
  const lines: string[] = [];
  for (const [key, value] of Object.entries(values)) {
    const pair: Pair | undefined = pairOf(map, key);
    if (!pair) {
      if ('path' in to) refuseMerged(file, to.path, key);
      lines.push(`${key}: ${printScalar(value)}`);
    } else if (isScalar(pair.value) && pair.value.range && !isEmpty(pair.value)) {
      refuseShared(used, [pair.value]);
      const [from, end] = pair.value.range;
      if (endsInBlockScalar(pair.value)) throw new Refused('a block of text is not edited');
      edits.push({ start: from, end, text: printScalar(value) });
    } else throw new Refused(`${key} has a value that is not edited`);
  }
  if (lines.length > 0) edits.push(...addPairs(source, map, lines));
  return { claim: claim(map, edits), edits };
}
