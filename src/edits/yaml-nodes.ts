import {
  type CST,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Span } from '../core/span.ts';
import type { Brackets, Element } from './flow.ts';
import { Refused } from './text.ts';

export type Collection = YAMLMap | YAMLSeq;

/** An element of a collection and the collections around it, the outermost first. */
export interface Found {
  readonly parent: Collection;
  readonly first: number;
  readonly around: readonly Node[];
}

const start = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

/** As the model has it: up to the last visible character. */
function spanEnd(source: string, node: unknown): number {
  const end = isNode(node) ? (node.range?.[1] ?? 0) : 0;
  return start(node) + source.slice(start(node), end).trimEnd().length;
}

/** The key or item that lies exactly at a span. */
export function find(source: string, root: Node, span: Span, around: readonly Node[] = []): Found | undefined {
  // What lies elsewhere is not looked through: a file may have thousands of services.
  const [from = 0, , to = 0] = root.range ?? [];
  if (!isCollection(root) || from > span.start || to < span.end) return undefined;
  const inner = [...around, root];
  for (const [first, item] of root.items.entries()) {
    const head = isPair(item) ? item.key : item;
    const value = isPair(item) ? item.value : item;
    if (start(head) > span.start) break;
    if (isNode(value) && (value.range?.[2] ?? 0) < span.end && start(head) !== span.start) continue;
    const end = isNode(value) && spanEnd(source, value) > start(head) ? spanEnd(source, value) : 0;
    const exact = start(head) === span.start && (end === span.end || spanEnd(source, head) === span.end);
    // A finding may point at a key's value alone; a collection is told by its first key, which is inside.
    const own = isPair(item) && isScalar(value) && start(value) === span.start && end === span.end;
    if ((exact || own) && (isMap(root) || isSeq(root))) return { parent: root, first, around: inner };
    const found = isNode(value) ? find(source, value, span, inner) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** The map that lies exactly at a span, with the collections around it and itself. */
export function findMap(source: string, root: Node, span: Span): { map: YAMLMap; around: readonly Node[] } | undefined {
  const found = find(source, root, span);
  const item = found?.parent.items[found.first];
  return found && isMap(item) ? { map: item, around: [...found.around, item] } : undefined;
}

export const pairOf = (map: YAMLMap, key: string): Pair | undefined =>
  map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);

/** Refuses where one of the nodes, or with `inside` something in the last one, is used by an alias elsewhere. */
export function refuseShared(used: ReadonlySet<string>, around: readonly Node[], inside?: unknown): void {
  const names = around.flatMap((node) => (!isAlias(node) && node.anchor !== undefined ? [node.anchor] : []));
  if (isNode(inside)) {
    visit(inside, { Value: (_, { anchor }) => void (anchor !== undefined && names.push(anchor)) });
  }
  const shared = names.find((name) => used.has(name));
  if (shared !== undefined) {
    throw new Refused(`other places use it through the anchor &${shared}, and would change with it`);
  }
}

/** Where what a node says ends: without the comments and empty lines behind it. */
export function contentEnd(source: string, node: unknown, pair?: Pair): number {
  if (isCollection(node) && node.flow !== true && node.items.length > 0) {
    const last = node.items.at(-1);
    if (isPair(last)) return contentEnd(source, last.value, last);
    if (isNode(last) && !isEmpty(last)) return contentEnd(source, last);
    const token = node.srcToken;
    const dash = token && 'items' in token ? dashOf(token, node.items.length - 1) : undefined;
    return dash === undefined ? spanEnd(source, node) : dash + 1;
  }
  if (pair && isEmpty(node)) return colonOf(pair) + 1;
  return spanEnd(source, node);
}

/** A key without a value, or an item without one. */
export const isEmpty = (node: unknown): boolean =>
  node === null || (isScalar(node) && node.value === null && node.range?.[0] === node.range?.[1]);

/** Whether a node's last line belongs to a block scalar, whose extent depends on what follows. */
export function endsInBlockScalar(node: unknown): boolean {
  if (isScalar(node)) return node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
  if (!isCollection(node) || node.flow === true) return false;
  const last = node.items.at(-1);
  return endsInBlockScalar(isPair(last) ? last.value : last);
}

/** Offset of the colon behind a key. */
export function colonOf(pair: Pair): number {
  const colon = pair.srcToken?.sep?.find(({ type }) => type === 'map-value-ind');
  if (!colon) throw new Refused('its key is written in a way that is not edited');
  return colon.offset;
}

/** Offset of the dash before an item. */
export function dashOf(token: CST.Token, index: number): number | undefined {
  if (token.type !== 'block-seq') return undefined;
  return token.items[index]?.start.find(({ type }) => type === 'seq-item-ind')?.offset;
}

/** A collection in flow style as brackets with elements. */
export function bracketsOf(source: string, node: Collection): Brackets {
  const token = node.srcToken;
  if (token?.type !== 'flow-collection' || !node.range) throw new Refused('it is written in a way that is not edited');
  const elements = node.items.map((item, index): Element => {
    const head = isPair(item) ? item.key : item;
    const property = token.items[index]?.start.find(({ type }) => type === 'anchor' || type === 'tag');
    const end = isPair(item)
      ? isEmpty(item.value)
        ? spanEnd(source, item.key)
        : spanEnd(source, item.value)
      : spanEnd(source, item);
    // `{ key: }` has its colon behind the key.
    const colon = isPair(item) ? item.srcToken?.sep?.find(({ type }) => type === 'map-value-ind') : undefined;
    return { start: property?.offset ?? start(head), end: Math.max(end, colon ? colon.offset + 1 : 0) };
  });
  return {
    open: node.range[0],
    close: node.range[1] - 1,
    elements,
    comment(at) {
      if (source[at] !== '#' || !/[\s,[{\]}]/.test(source[at - 1] ?? '')) return undefined;
      const end = source.slice(at).search(/\r?\n/);
      return end < 0 ? source.length : at + end;
    },
  };
}
