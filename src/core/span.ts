/** From `start` up to, not including, `end`, in UTF-16 units from the file’s beginning. Reports turn it into lines. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** A value together with the text that says it. */
export interface Located<T> {
  readonly value: T;
  readonly span: Span;
}

/** A tuple of at least one element. */
export type Some<T> = readonly [T, ...T[]];

/** A position as a person counts: line and column both start at 1; the column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where the first line starts: behind a byte order mark, which no editor shows. */
export const textStart = (text: string): number => (text.startsWith('\ufeff') ? 1 : 0);

/** The position of `offset` in `text`. Lines end at LF, CRLF or CR. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let lineStart = textStart(text);
  const end = Math.min(Math.max(offset, 0), text.length);
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) {
      line++;
      lineStart = i + 1;
    }
  }
  return { line, column: Math.max(end - lineStart + 1, 1) };
}
