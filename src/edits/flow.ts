import { indentOf, indentUnit, lineBreak, lineStart, nextLine, startsLine, type TextEdit } from './text.ts';

/** An element between brackets: a key with its value, or an item. */
export interface Element {
  readonly start: number;
  readonly end: number;
}

/** A list or map between brackets, as JSON has them and YAML’s flow style. */
export interface Brackets {
  /** Offset of the opening bracket. */
  readonly open: number;
  /** Offset of the closing bracket. */
  readonly close: number;
  readonly elements: readonly Element[];
  /** The end of the comment that starts at `at`; undefined if none does. */
  comment(at: number): number | undefined;
}

/** Where the next text is that is neither white space nor comment. */
function significant(source: string, at: number, { comment }: Brackets): number {
  for (;;) {
    while (/\s/.test(source[at] ?? '')) at++;
    const end = comment(at);
    if (end === undefined) return at;
    at = end;
  }
}

/** The comma after an element; undefined if the closing bracket follows. */
function commaAfter(source: string, at: number, brackets: Brackets): number | undefined {
  const next = significant(source, at, brackets);
  return source[next] === ',' ? next : undefined;
}

/** The end of the line's white space and comments from `at` on; undefined if something else follows in it. */
function restOfLine(source: string, at: number, { comment }: Brackets): number | undefined {
  for (;;) {
    while (/[ \t\r]/.test(source[at] ?? '')) at++;
    if (at >= source.length || source[at] === '\n') return at;
    const end = comment(at);
    if (end === undefined) return undefined;
    at = end;
  }
}

/** Takes the elements from `first` to `last` out; comments on lines of their own and those of other elements stay. */
export function removeElements(source: string, brackets: Brackets, first: number, last: number): readonly TextEdit[] {
  const { elements, open, close } = brackets;
  const { start } = elements[first] ?? { start: open + 1 };
  const { end } = elements[last] ?? { end: close };
  const before = elements[first - 1];
  const after = elements[last + 1];
  const comma = commaAfter(source, end, brackets);
  const commaBefore = before && commaAfter(source, before.end, brackets);
  // Without a comma after the last one, the comma before it separates nothing any more.
  const orphan =
    comma === undefined && commaBefore !== undefined ? [{ start: commaBefore, end: commaBefore + 1, text: '' }] : [];
  const behind = (comma ?? end - 1) + 1;
  const rest = restOfLine(source, behind, brackets);
  if (!before && !after && (source.slice(open + 1, start) + source.slice(behind, close)).trim() === '') {
    return [{ start: open + 1, end: close, text: '' }];
  }
  if (startsLine(source, start) && rest !== undefined) {
    const from = lineStart(source, start);
    return [...orphan, { start: from, end: nextLine(source, rest), text: '' }];
  }
  if (after && comma !== undefined && /^[ \t]*$/.test(source.slice(comma + 1, after.start))) {
    return [{ start, end: after.start, text: '' }];
  }
  if (before && /^[ \t]*,[ \t]*$/.test(source.slice(before.end, start))) {
    return [{ start: before.end, end, text: '' }];
  }
  const own = { start, end, text: '' };
  if (comma === undefined) return [...orphan, own];
  return source.slice(end, comma).trim() === ''
    ? [{ ...own, end: comma + 1 }]
    : [own, { start: comma, end: comma + 1, text: '' }];
}

/** Adds elements at the end, each on a line of its own where the others have one. */
export function addElements(
  source: string,
  brackets: Brackets,
  texts: readonly string[],
  spaced: boolean,
): readonly TextEdit[] {
  const { elements, open, close } = brackets;
  const last = elements.at(-1);
  const eol = lineBreak(source);
  const text = texts.join(', ');
  if (!last) {
    const inner = source.slice(open + 1, close);
    if (inner === '' || /^[ \t]+$/.test(inner)) {
      const space = spaced ? ' ' : '';
      return [{ start: open + 1, end: close, text: `${space}${text}${space}` }];
    }
    if (startsLine(source, close)) {
      const at = lineStart(source, close);
      const indent = indentOf(source, close) + indentUnit(source);
      return [{ start: at, end: at, text: `${indent}${texts.join(`,${eol}${indent}`)}${eol}` }];
    }
    return [{ start: close, end: close, text: ` ${text} ` }];
  }
  const comma = commaAfter(source, last.end, brackets);
  const rest = restOfLine(source, (comma ?? last.end - 1) + 1, brackets);
  if (startsLine(source, last.start) && rest !== undefined) {
    const at = source[rest - 1] === '\r' ? rest - 1 : rest;
    const line = texts.map((one) => `${eol}${indentOf(source, last.start)}${one}`).join(',');
    if (comma !== undefined) return [{ start: at, end: at, text: `${line},` }];
    return at === last.end
      ? [{ start: at, end: at, text: `,${line}` }]
      : [
          { start: last.end, end: last.end, text: ',' },
          { start: at, end: at, text: line },
        ];
  }
  return [{ start: last.end, end: last.end, text: `, ${text}` }];
}
