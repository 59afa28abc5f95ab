import fc from 'fast-check';
import type { Edit } from '../../src/core/fix.ts';
import { prepare } from '../../src/edits/edit.ts';
import { applyEdits, type TextEdit } from '../../src/edits/text.ts';
import type { Parsed } from '../../src/model/jsonc.ts';
import { child, type Tree } from '../../src/model/tree.ts';

export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** A tree as plain data. */
export function plainOf(tree: Tree | undefined): Value {
  if (tree === undefined) return null;
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(plainOf);
  return Object.fromEntries(tree.entries.map(({ key, value }) => [key, plainOf(value)]));
}

export interface Edited {
  readonly text: string;
  readonly edits: readonly TextEdit[];
}

/** The text after one edit, or the reason why it is not made. */
export function edited(file: string, source: string, edit: Edit): Edited | string {
  const prepared = prepare({ safe: true, does: 'Test.', edits: [edit] }, () => source);
  if (prepared.kind === 'refused') return prepared.reason;
  const edits = prepared.files.get(file)?.edits ?? [];
  const text = applyEdits(source, edits);
  return text === undefined ? 'the edits touch each other' : { text, edits };
}

/** The tree of a text without faults. */
export function treeOf({ tree, notChecked }: Parsed): Tree {
  if (!tree || notChecked.length > 0) throw new Error(notChecked.map(({ reason }) => reason).join());
  return tree;
}

export const at = (tree: Tree | undefined, ...path: readonly (string | number)[]): Tree | undefined =>
  path.reduce<Tree | undefined>(
    (node, key) => (typeof key === 'string' ? child(node, key) : node?.kind === 'list' ? node.items[key] : undefined),
    tree,
  );

/** Everything that an edit takes out, without what it puts in the same place. */
export const deleted = (source: string, edits: readonly TextEdit[]): string =>
  edits.map(({ start, end }) => source.slice(start, end)).join('');

/** Comments are numbered in the order of the text, so that a lost one is noticed. */
export const comments = (text: string): readonly string[] => text.match(/~\d+~/g) ?? [];

/** A scalar as JSON and YAML have it alike. */
export const scalar = fc.oneof(
  fc.constantFrom(
    'a',
    'ALL',
    'x: y',
    '# no comment',
    '// none',
    '/* nor this',
    '',
    "it's",
    '"quoted"',
    'null',
    '~',
    'é😀',
  ),
  fc.integer({ min: 0, max: 99999 }),
  fc.boolean(),
);
