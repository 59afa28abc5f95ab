import type { Located, Span } from '../core/span.ts';

/** A document of any format as located values. Duplicate keys are gone: the one that takes effect is kept. */
export type Tree = TreeMap | TreeList | TreeScalar;

export interface Entry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Tree;
}

export interface TreeMap {
  readonly kind: 'map';
  readonly entries: readonly Entry[];
  readonly span: Span;
  /** compose's `!reset` and `!override`. */
  readonly tag?: string;
}

export interface TreeList {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly span: Span;
  readonly tag?: string;
}

export interface TreeScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly span: Span;
  readonly tag?: string;
  /** The value has a variable in it whose value is not known. */
  readonly open?: boolean;
  /** Variables that it was made from and whose value is the host's to decide, with a default or without. */
  readonly hostVariables?: readonly string[];
}

/** The entry of that key in a map; undefined for anything else. */
export function entry(tree: Tree | undefined, key: string): Entry | undefined {
  return tree?.kind === 'map' ? tree.entries.find((candidate) => candidate.key === key) : undefined;
}

export const child = (tree: Tree | undefined, key: string): Tree | undefined => entry(tree, key)?.value;

export const entries = (tree: Tree | undefined): readonly Entry[] => (tree?.kind === 'map' ? tree.entries : []);

export const items = (tree: Tree | undefined): readonly Tree[] => (tree?.kind === 'list' ? tree.items : []);

/** A scalar as text; null and collections are undefined. */
export function text(tree: Tree | undefined): string | undefined {
  return tree?.kind === 'scalar' && tree.value !== null ? String(tree.value) : undefined;
}

/** Text that was really written as a string. */
export function string(tree: Tree | undefined): string | undefined {
  return tree?.kind === 'scalar' && typeof tree.value === 'string' ? tree.value : undefined;
}

/** Every scalar in a tree as text, in the order of the file. */
export const scalars = (tree: Tree): readonly string[] =>
  tree.kind === 'scalar'
    ? [String(tree.value)]
    : (tree.kind === 'list' ? tree.items : tree.entries.map(({ value }) => value)).flatMap(scalars);

/** Variables of the host that decide what a tree says. */
export const hostVariablesOf = (tree: Tree | undefined): readonly string[] =>
  tree === undefined
    ? []
    : tree.kind === 'scalar'
      ? (tree.hostVariables ?? [])
      : (tree.kind === 'list' ? tree.items : tree.entries.map(({ value }) => value)).flatMap(hostVariablesOf);

/** What Docker and compose take for true: the boolean, or the words that compose's own reader accepts. */
export function truthy(tree: Tree | undefined): boolean {
  const value = text(tree);
  return value !== undefined && /^(?:true|t|yes|y|on|1)$/i.test(value);
}

/** A string, or a list of strings, as located strings. */
export function strings(tree: Tree | undefined): readonly Located<string>[] {
  const nodes = tree?.kind === 'list' ? tree.items : tree ? [tree] : [];
  return nodes.flatMap((node) => {
    const value = text(node);
    return value === undefined ? [] : [{ value, span: node.span }];
  });
}

/** From the key to the end of its value. */
export const entrySpan = ({ keySpan, value }: Entry): Span =>
  value.span.file === keySpan.file ? { file: keySpan.file, start: keySpan.start, end: value.span.end } : keySpan;

/** The same tree with each scalar replaced. */
export function mapScalars(tree: Tree, change: (scalar: TreeScalar) => TreeScalar): Tree {
  if (tree.kind === 'scalar') return change(tree);
  if (tree.kind === 'list') return { ...tree, items: tree.items.map((item) => mapScalars(item, change)) };
  return { ...tree, entries: tree.entries.map((pair) => ({ ...pair, value: mapScalars(pair.value, change) })) };
}
