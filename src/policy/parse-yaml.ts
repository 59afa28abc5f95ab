import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, parseAllDocuments, visit } from 'yaml';
import { type ErrorCode, ToolError } from '../core/errors.ts';
import { codeFrame, placeOf } from '../core/frame.ts';
import type { Span } from '../core/span.ts';

export type Path = readonly (string | number)[];

/** Plain values, and the place of each. */
export interface YamlTree {
  readonly value: unknown;
  /** The value at a path, or the innermost one around it that is written down. */
  valueAt(path: Path): Span;
  /** The key at the end of a path, where that is a mapping's. */
  keyAt(path: Path): Span;
  /** The value as it is written, for values whose type is not what the writer thinks (22.10 is 22.1). */
  sourceAt(path: Path): string;
}

/** The file's text with the place of a fault, and what to do about it. */
export function fault(
  code: ErrorCode,
  text: string,
  at: Span,
  message: string,
  hint: string,
  others: readonly string[] = [],
): ToolError {
  const said = [`${placeOf(text, at)}: ${message}`, codeFrame(text, at), ...others].join('\n');
  return new ToolError(code, said, hint, { at });
}

/** Faults of YAML itself that people meet, in words for this file; others keep the parser's. */
const SYNTAX: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab indents this line; YAML takes spaces only',
  BAD_INDENT: 'this line is indented differently from its neighbours',
  MULTILINE_IMPLICIT_KEY: 'a key must fit on one line; is a colon or a quote missing?',
  BLOCK_AS_IMPLICIT_KEY: 'there is a second colon on this line; put quotes around the text',
  MISSING_CHAR: 'something is missing here: a closing quote or bracket, a comma or a colon',
  UNEXPECTED_TOKEN: 'this is not expected here; does a text need quotes?',
};

const SYNTAX_HINT = 'Correct the line, then run the command again; no file was changed.';
/** YAML 1.2, 5.1: other control characters are not allowed in a file. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
/** Deeper than any policy; the parser would run out of stack. */
const MAX_DEPTH = 20;

function depthFault(text: string): number | undefined {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth = Math.max(depth - 1, 0);
    if (depth > MAX_DEPTH) return i;
  }
  // `- - - -` and `? ? ?` nest without brackets, and so does indentation.
  const nested = /^ *(?:[-?] +){20}|^ {400}/m.exec(text);
  return nested?.index;
}

/**
 * One YAML document of plain mappings, lists and values. What makes a file mean something else than it says is refused:
 * anchors and aliases (which also multiply), tags, merge keys, directives, further documents, keys that are no texts.
 */
export function readYaml(text: string, file: string): YamlTree {
  const at = (start: number, end = start + 1): Span => ({ file, start, end });
  const syntax = (start: number, end: number, message: string): ToolError =>
    fault('policy-syntax', text, at(start, end), message, SYNTAX_HINT);

  const control = CONTROL.exec(text);
  if (control) throw syntax(control.index, control.index + 1, 'a control character is not allowed here');
  const deep = depthFault(text);
  if (deep !== undefined) throw syntax(deep, deep + 1, 'this is nested too deeply');

  // The library compares each key with every other one of its mapping; `convert` asks a set.
  const options = { prettyErrors: false, logLevel: 'silent', merge: false, uniqueKeys: false } as const;
  const documents = parseAllDocuments(text, options);
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (document === undefined || document.contents === null) {
    throw fault('policy-invalid', text, at(0), 'the policy is empty', '`cofferdam init` writes one to start from.');
  }
  refuseFaults(document, text, syntax);
  if (second !== undefined) {
    const start = second.range[0];
    throw syntax(start, start + 1, 'a second document starts here; a policy is one document');
  }
  refuseIndirection(document, syntax);
  return convert(document.contents, text, file, syntax);
}

type Raise = (start: number, end: number, message: string) => ToolError;

function refuseFaults(document: Document.Parsed, text: string, syntax: Raise): void {
  const first = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])[0];
  if (first) {
    const indented = first.code === 'BLOCK_AS_IMPLICIT_KEY' ? indentedKey(text, first.pos[0]) : undefined;
    if (indented) throw syntax(...indented, 'this key is indented further than its neighbours');
    // The parser may mean the line behind comments and point at the first of them.
    const skipped = /^(?:[ \t]*#.*\n\s*)+/.exec(text.slice(first.pos[0]))?.[0].length ?? 0;
    const own = first.code === 'TAG_RESOLVE_FAILED' ? 'tags (`!…`) are not used in a policy' : SYNTAX[first.code];
    throw syntax(first.pos[0] + skipped, first.pos[1] + skipped, own ?? lowerFirst(first.message));
  }
  if (document.directives.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
    throw syntax(0, 1, 'a policy is YAML 1.2; another version reads words such as `no` differently');
  }
}

/**
 * The key on the line below a value, if that line is indented further: YAML takes it for more of the value and complains
 * about that, on the line above.
 */
function indentedKey(text: string, at: number): [start: number, end: number] | undefined {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const above = /^( *)[^\s:#][^:\n]*:[ \t][^:\n]*\n(?:[ \t]*(?:#.*)?\n)*/.exec(text.slice(lineStart));
  if (!above) return undefined;
  const below = lineStart + above[0].length;
  const key = /^( +)([^\s:#][^:\n]*):(?:\s|$)/.exec(text.slice(below));
  if (!key || !((key[1] ?? '').length > (above[1] ?? '').length)) return undefined;
  const start = below + (key[1] ?? '').length;
  return [start, start + (key[2] ?? '').length];
}

const lowerFirst = (message: string): string => message.charAt(0).toLowerCase() + message.slice(1).split('\n')[0];

function refuseIndirection(document: Document.Parsed, syntax: Raise): void {
  visit(document, {
    Node(_, node) {
      const [start, end] = node.range ?? [0, 1];
      if (isAlias(node)) throw syntax(start, end, 'aliases (`*name`) are not used in a policy; write the value here');
      if (node.anchor !== undefined) throw syntax(start, end, 'anchors (`&name`) are not used in a policy');
      if (node.tag !== undefined) throw syntax(start, end, `tags (\`${node.tag}\`) are not used in a policy`);
    },
  });
}

function convert(root: Node, text: string, file: string, syntax: Raise): YamlTree {
  const values = new Map<string, Span>();
  const keys = new Map<string, Span>();
  const sources = new Map<string, string>();
  const span = (node: Node): Span => ({ file, start: node.range?.[0] ?? 0, end: node.range?.[1] ?? 0 });

  const walk = (node: unknown, path: Path): unknown => {
    if (isMap(node)) {
      values.set(JSON.stringify(path), span(node));
      const entries = node.items.map((pair): [string, unknown] => {
        const { key } = pair;
        if (!isScalar(key)) throw syntax(...extent(key, node), 'a key must be a text');
        const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
        const inner = [...path, name];
        if (keys.has(JSON.stringify(inner))) throw syntax(...extent(key, node), 'this key is here twice');
        keys.set(JSON.stringify(inner), span(key));
        if (name === '<<') throw syntax(...extent(key, node), 'merge keys (`<<`) are not used in a policy');
        if (pair.value === null) {
          values.set(JSON.stringify(inner), span(key));
          return [name, null];
        }
        return [name, walk(pair.value, inner)];
      });
      // Not by assignment: a key named __proto__ is a key like any other.
      return Object.fromEntries(entries);
    }
    if (isSeq(node)) {
      values.set(JSON.stringify(path), span(node));
      return node.items.map((item, index) => {
        if (isPair(item)) throw syntax(...extent(item.key, node), 'a list item must be a value');
        return walk(item, [...path, index]);
      });
    }
    if (!isScalar(node)) return null;
    values.set(JSON.stringify(path), span(node));
    sources.set(JSON.stringify(path), text.slice(node.range?.[0] ?? 0, node.range?.[1] ?? 0));
    return node.value;
  };

  const value = walk(root, []);
  const valueAt = (path: Path): Span =>
    values.get(JSON.stringify(path)) ?? (path.length === 0 ? span(root) : valueAt(path.slice(0, -1)));
  return {
    value,
    valueAt,
    keyAt: (path) => keys.get(JSON.stringify(path)) ?? valueAt(path),
    sourceAt: (path) => sources.get(JSON.stringify(path)) ?? '',
  };
}

function extent(key: unknown, around: Node): [number, number] {
  const range = isScalar(key) || isMap(key) || isSeq(key) ? key.range : around.range;
  return [range?.[0] ?? 0, range?.[1] ?? 1];
}
