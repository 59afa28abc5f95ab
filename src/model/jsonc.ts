import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { NotChecked } from '../core/finding.ts';
import type { Span } from '../core/span.ts';
import type { Entry, Tree } from './tree.ts';

/** Nested deeper than any real file; the parser recurses and would run out of stack at some ten thousand. */
const MAX_DEPTH = 200;

/** The scanner's tokens that matter here; jsonc-parser exports them only as a const enum. */
const TOKEN = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, eof: 17 } as const;

export interface Parsed {
  /**
   * What is read of a text with errors is what editors and the devcontainer CLI read of it, by the same parser: they go on
   * after an error without a word, so a brace that is missing must not keep the rest from being looked at.
   */
  readonly tree: Tree | undefined;
  readonly notChecked: readonly NotChecked[];
}

/** JSON with comments and trailing commas, as dev container and editor files have them. */
export function parseJsonc(file: string, source: string): Parsed {
  // jsonc-parser takes a byte order mark for an invalid symbol; the offsets are moved back below.
  const bom = source.startsWith('\ufeff') ? 1 : 0;
  const text = source.slice(bom);
  const problem = (reason: string, start: number, end: number): NotChecked => ({
    file,
    reason,
    span: { file, start: start + bom, end: end + bom },
  });
  if (text.trim() === '') return { tree: undefined, notChecked: [problem('empty file', 0, 0)] };
  const deep = tooDeep(text);
  if (deep !== undefined) {
    return { tree: undefined, notChecked: [problem(`nested deeper than ${MAX_DEPTH} levels`, deep, deep + 1)] };
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  const notChecked = errors
    .slice(0, 1)
    .map((error) =>
      problem(
        `not valid JSON: ${describe(error)}; checked is what the tools read nevertheless`,
        error.offset,
        error.offset + error.length,
      ),
    );
  if (!root) return { tree: undefined, notChecked };
  const span = (node: Node): Span => ({ file, start: node.offset + bom, end: node.offset + node.length + bom });

  function convert(node: Node): Tree {
    if (node.type === 'object') {
      const found = new Map<string, Entry>();
      for (const property of node.children ?? []) {
        const [key, value] = property.children ?? [];
        if (!key || !value || typeof key.value !== 'string') continue;
        const before = found.get(key.value);
        if (before) {
          notChecked.push({
            file,
            reason: `the key ${JSON.stringify(key.value)} is given twice; parsers disagree on which one counts, the last was taken`,
            span: before.keySpan,
          });
          found.delete(key.value);
        }
        found.set(key.value, { key: key.value, keySpan: span(key), value: convert(value) });
      }
      return { kind: 'map', entries: [...found.values()], span: span(node) };
    }
    if (node.type === 'array') return { kind: 'list', items: (node.children ?? []).map(convert), span: span(node) };
    const value: unknown = node.value;
    const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
    return { kind: 'scalar', value: scalar, span: span(node) };
  }
  return { tree: convert(root), notChecked };
}

/** Where the nesting passes the limit; undefined if it doesn't. */
function tooDeep(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== TOKEN.eof; token = scanner.scan()) {
    if (token === TOKEN.openBrace || token === TOKEN.openBracket) depth++;
    if (token === TOKEN.closeBrace || token === TOKEN.closeBracket) depth--;
    if (!(depth <= MAX_DEPTH)) return scanner.getTokenOffset();
  }
  return undefined;
}

const describe = ({ error }: ParseError): string =>
  printParseErrorCode(error)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
