import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import type { NotChecked } from '../core/finding.ts';
import type { Span } from '../core/span.ts';
import type { Parsed } from './jsonc.ts';
import type { Entry, Tree } from './tree.ts';

/** Values after aliases are expanded; a bomb of aliases has billions. */
const MAX_NODES = 100_000;
const MAX_DEPTH = 200;

/** compose's own tags: take away, or replace instead of merge. */
export const COMPOSE_TAGS = ['!reset', '!override'].flatMap((tag) => [
  { tag, resolve: (value: string) => value },
  { tag, collection: 'map' as const },
  { tag, collection: 'seq' as const },
]);

class Limit extends Error {}

/** YAML as docker compose reads it: anchors, merge keys, duplicate keys are errors. */
export function parseYaml(file: string, source: string): Parsed {
  const problem = (reason: string, start = 0, end = start): NotChecked => ({
    file,
    reason,
    span: { file, start, end },
  });
  if (tooDeep(source)) return { tree: undefined, notChecked: [problem(`nested deeper than ${MAX_DEPTH} levels`)] };
  const document = parseDocument(source, {
    lineCounter: new LineCounter(),
    uniqueKeys: true,
    merge: false,
    customTags: COMPOSE_TAGS,
    logLevel: 'silent',
    prettyErrors: false,
  });
  const notChecked = document.errors
    .slice(0, 1)
    .map((error) => problem(`not valid YAML: ${error.message.split('\n')[0] ?? ''}`, error.pos[0], error.pos[1]));
  if (document.contents === null || notChecked.length > 0) {
    return { tree: undefined, notChecked: notChecked.length > 0 ? notChecked : [problem('empty file')] };
  }
  let nodes = 0;
  const open = new Set<Node>();

  function span(node: Node, end = node.range?.[1]): Span {
    const start = node.range?.[0] ?? 0;
    // A block collection's range runs on to the next token; what is said ends with its last visible character.
    const last = source.slice(start, end ?? start).trimEnd().length;
    return { file, start, end: start + last };
  }

  function convert(node: Node | null, at: Span, depth: number): Tree {
    if (!(++nodes <= MAX_NODES)) throw new Limit(`more than ${MAX_NODES} values after expanding aliases`);
    if (!(depth <= MAX_DEPTH)) throw new Limit(`nested deeper than ${MAX_DEPTH} levels`);
    if (node === null) return { kind: 'scalar', value: null, span: at };
    const tag = node.tag?.startsWith('!') ? { tag: node.tag } : {};
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined) throw new Limit(`the alias *${node.source} has no anchor`);
      if (open.has(target)) throw new Limit(`the alias *${node.source} contains itself`);
      return { ...convert(target, span(node), depth + 1), span: span(node) };
    }
    if (isScalar(node)) {
      const value: unknown = node.value;
      const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      return { kind: 'scalar', value: known ? value : null, span: span(node), ...tag };
    }
    open.add(node);
    try {
      if (isSeq(node)) {
        const items = node.items.map((item) => convert(isNode(item) ? item : null, span(node), depth + 1));
        return { kind: 'list', items, span: span(node), ...tag };
      }
      if (isMap(node))
        return { kind: 'map', entries: mapEntries(node.items, span(node), depth), span: span(node), ...tag };
    } finally {
      open.delete(node);
    }
    return { kind: 'scalar', value: null, span: span(node) };
  }

  /** Keys of the map itself win over merged ones, earlier merges over later ones (yaml.org/type/merge). */
  function mapEntries(pairs: readonly Pair[], at: Span, depth: number): readonly Entry[] {
    const own: Entry[] = [];
    const merged: Entry[] = [];
    for (const pair of pairs) {
      if (!isScalar(pair.key)) continue;
      const key = String(pair.key.value);
      const keySpan = span(pair.key);
      const value = convert(isNode(pair.value) ? pair.value : null, { ...keySpan, start: keySpan.end }, depth + 1);
      if (key !== '<<') own.push({ key, keySpan, value });
      else {
        for (const source of value.kind === 'list' ? value.items : [value]) {
          if (source.kind !== 'map') throw new Limit('a merge key (<<) needs a map or a list of maps');
          merged.push(...source.entries);
        }
      }
    }
    const seen = new Set(own.map(({ key }) => key));
    const result = [...own];
    for (const candidate of merged) {
      if (seen.has(candidate.key)) continue;
      seen.add(candidate.key);
      result.push(candidate);
    }
    return at.end >= at.start ? result : [];
  }

  try {
    const tree = convert(document.contents, { file, start: 0, end: 0 }, 0);
    return { tree, notChecked };
  } catch (error) {
    if (!(error instanceof Limit)) throw error;
    return { tree: undefined, notChecked: [...notChecked, problem(error.message)] };
  }
}

const isNode = (value: unknown): value is Node => isMap(value) || isSeq(value) || isScalar(value) || isAlias(value);

/**
 * Whether flow collections nest too deep for a recursive parser. Counts brackets without looking at quotes: a file with
 * hundreds of unclosed brackets in strings is refused too, and listed as such.
 */
function tooDeep(source: string): boolean {
  let depth = 0;
  for (let i = 0; i < source.length; i++) {
    const code = source.charCodeAt(i);
    if (code === 91 || code === 123) depth++;
    else if ((code === 93 || code === 125) && depth > 0) depth--;
    if (!(depth <= MAX_DEPTH)) return true;
  }
  // Block collections: `- - - - …` and ever deeper indentation.
  return /^(?:[ \t]*[-?:] ){200}/m.test(source) || /^ {2000}\S/m.test(source);
}
