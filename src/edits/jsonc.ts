import { type Node, parseTree } from 'jsonc-parser';
import type { Edit, Place, Setting } from '../core/fix.ts';
import type { Span } from '../core/span.ts';
import { parseJsonc } from '../model/jsonc.ts';
import type { Change } from './edit.ts';
import { addElements, type Brackets, removeElements } from './flow.ts';
import { indentOf, indentUnit, lineBreak, Refused, startsLine } from './text.ts';

/** The text edits that make a change in JSON with comments. */
export function editJsonc(file: string, source: string, edit: Edit): Change {
  // Where keys are given twice, or brackets are missing, parsers disagree about what the file says.
  const [problem] = parseJsonc(file, source).notChecked;
  if (problem) throw new Refused(problem.reason);
  const bom = source.startsWith('\ufeff') ? 1 : 0;
  // A space in place of the mark: it is no JSON, and so the offsets stay.
  const root = parseTree(bom === 0 ? source : ` ${source.slice(1)}`, [], { allowTrailingComma: true });
  if (!root) throw new Refused('the file is empty');
  switch (edit.kind) {
    case 'remove':
      return remove(source, root, edit.at);
    case 'replace':
      return replace(root, edit.at, edit.change);
    case 'append':
      return append(source, root, edit.path, edit.items);
    case 'put':
      return put(source, root, edit.to, edit.values);
  }
}

const endOf = (node: Node): number => node.offset + node.length;
const claim = (node: Node) => ({ start: node.offset, end: endOf(node) });

function brackets(source: string, node: Node): Brackets {
  return {
    open: node.offset,
    close: endOf(node) - 1,
    elements: (node.children ?? []).map((child) => ({ start: child.offset, end: endOf(child) })),
    comment(at) {
      if (source.startsWith('//', at)) {
        const end = source.slice(at).search(/[\r\n]/);
        return end < 0 ? source.length : at + end;
      }
      if (!source.startsWith('/*', at)) return undefined;
      const end = source.indexOf('*/', at + 2);
      return end < 0 ? source.length : end + 2;
    },
  };
}

/** The list or map, and those of its elements, that lie exactly at a span. A key stands for its property. */
function elementsAt(node: Node, span: Span): { parent: Node; first: number; last: number } | undefined {
  if (node.offset > span.start || endOf(node) < span.end) return undefined;
  const children = node.children ?? [];
  if (node.type === 'object' || node.type === 'array') {
    const first = children.findIndex(({ offset }) => offset === span.start);
    const last = children.findIndex((child) => endOf(child) === span.end);
    if (first >= 0 && last >= first) return { parent: node, first, last };
    const [key] = children[first]?.children ?? [];
    if (node.type === 'object' && key && endOf(key) === span.end) return { parent: node, first, last: first };
  }
  for (const child of children) {
    const found = elementsAt(child, span);
    if (found) return found;
  }
  return undefined;
}

function remove(source: string, root: Node, at: Span): Change {
  const found = elementsAt(root, at);
  if (!found) throw new Refused('what was found is no longer there');
  const { parent, first, last } = found;
  return { claim: claim(parent), edits: removeElements(source, brackets(source, parent), first, last) };
}

function replace(root: Node, at: Span, change: (value: string) => string | undefined): Change {
  const inside = (node: Node): Node[] =>
    node.children
      ? node.children.slice(node.type === 'property' ? 1 : 0).flatMap(inside)
      : node.offset >= at.start && endOf(node) <= at.end
        ? [node]
        : [];
  const changed = inside(root).flatMap((node) => {
    const value: unknown = node.value;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return [];
    const text = change(String(value));
    return text === undefined ? [] : [{ node, text }];
  });
  const [only, ...more] = changed;
  if (!only || more.length > 0) throw new Refused('it is not clear which value to change');
  const { start, end } = claim(only.node);
  return { claim: { start, end }, edits: [{ start, end, text: JSON.stringify(only.text) }] };
}

function memberOf(map: Node, key: string): Node | undefined {
  const property = map.children?.find((child) => child.children?.[0]?.value === key);
  return property?.children?.[1];
}

/** The map at a path; the missing rest of the path where it ends before. */
function walk(root: Node, path: readonly string[]): { node: Node; missing: readonly string[] } {
  let node = root;
  for (const [index, key] of path.entries()) {
    if (node.type !== 'object') throw new Refused(`${path.slice(0, index).join('.')} is not an object`);
    const next = memberOf(node, key);
    if (!next) return { node, missing: path.slice(index) };
    node = next;
  }
  return { node, missing: [] };
}

function append(source: string, root: Node, path: readonly string[], items: readonly string[]): Change {
  const { node, missing } = walk(root, path);
  const texts = items.map((item) => JSON.stringify(item));
  const [key] = missing;
  if (key !== undefined) {
    if (missing.length > 1) throw new Refused(`there is no ${path.slice(0, -1).join('.')}`);
    return addTo(source, node, [`${JSON.stringify(key)}: [${texts.join(', ')}]`]);
  }
  if (node.type !== 'array') throw new Refused(`${path.join('.')} is not a list`);
  return addTo(source, node, texts);
}

const addTo = (source: string, node: Node, texts: readonly string[]): Change => ({
  claim: claim(node),
  edits: addElements(source, brackets(source, node), texts, node.type === 'object'),
});

function put(source: string, root: Node, to: Place, values: Readonly<Record<string, Setting>>): Change {
  const place = 'span' in to ? { node: mapAt(root, to.span), missing: [] } : walk(root, to.path);
  const { node } = place;
  const [key, ...deeper] = place.missing;
  if (node.type !== 'object' || deeper.length > 0) throw new Refused('there is no object to set it in');
  const pairs = Object.entries(values).map(([name, value]) => ({
    name,
    text: `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
    value: JSON.stringify(value),
  }));
  if (key !== undefined) {
    const last = node.children?.at(-1);
    const own = last && startsLine(source, last.offset) ? indentOf(source, last.offset) : undefined;
    const unit = indentUnit(source);
    const inner =
      own === undefined
        ? `{ ${pairs.map(({ text }) => text).join(', ')} }`
        : [
            '{',
            ...pairs.map(({ text }, index) => `${own}${unit}${text}${index < pairs.length - 1 ? ',' : ''}`),
            `${own}}`,
          ].join(lineBreak(source));
    return addTo(source, node, [`${JSON.stringify(key)}: ${inner}`]);
  }
  const edits = pairs.flatMap(({ name, value }) => {
    const present = memberOf(node, name);
    return present ? [{ start: present.offset, end: endOf(present), text: value }] : [];
  });
  const absent = pairs.filter(({ name }) => !memberOf(node, name)).map(({ text }) => text);
  const added = absent.length === 0 ? [] : addTo(source, node, absent).edits;
  return { claim: claim(node), edits: [...edits, ...added] };
}

function mapAt(node: Node, span: Span): Node {
  if (node.type === 'object' && node.offset === span.start && endOf(node) === span.end) return node;
  const inner = (node.children ?? []).find((child) => child.offset <= span.start && endOf(child) >= span.end);
  if (!inner) throw new Refused('what was found is no longer there');
  return mapAt(inner, span);
}
