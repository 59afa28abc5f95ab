/** Text in place of what lies from `start` up to `end`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Why an edit is not made; the file stays as it is. */
export class Refused extends Error {}

/** The edits made, or undefined where two of them touch: what the second one found may be no longer there. */
export function applyEdits(source: string, edits: readonly TextEdit[]): string | undefined {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  let result = '';
  let at = 0;
  for (const [index, { start, end, text }] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before && !(before.end <= start && before.start < start)) return undefined;
    result += source.slice(at, start) + text;
    at = end;
  }
  return result + source.slice(at);
}

/** Where the line of `at` starts. */
export function lineStart(source: string, at: number): number {
  const start = source.lastIndexOf('\n', at - 1) + 1;
  return start === 0 && source.startsWith('\ufeff') ? 1 : start;
}

/** Where the line of `at` ends, without its line break. */
export function lineEnd(source: string, at: number): number {
  const next = source.indexOf('\n', at);
  const end = next < 0 ? source.length : next;
  return end > at && source[end - 1] === '\r' ? end - 1 : end;
}

/** Where the line after that of `at` starts. */
export function nextLine(source: string, at: number): number {
  const next = source.indexOf('\n', at);
  return next < 0 ? source.length : next + 1;
}

/** The white space that the line of `at` starts with. */
export const indentOf = (source: string, at: number): string =>
  /^[ \t]*/.exec(source.slice(lineStart(source, at), lineEnd(source, at)))?.[0] ?? '';

/** What the file indents by: as the first line that is indented. */
export const indentUnit = (source: string): string => /^(\t| +)(?=[^\s*])/m.exec(source)?.[1] ?? '  ';

/** Whether nothing but white space stands before `at` in its line. */
export const startsLine = (source: string, at: number): boolean =>
  source.slice(lineStart(source, at), at).trim() === '';

/** The line break that the file uses. */
export const lineBreak = (source: string): string => (/\r\n/.test(source) ? '\r\n' : '\n');

/** Takes whole lines out, from that of `start` to that of `last`; without leaving an empty last line behind. */
export function removeLines(source: string, start: number, last: number): TextEdit {
  const from = lineStart(source, start);
  const end = nextLine(source, last);
  // The file's last line, without a line break: the break before it goes instead.
  if (end === source.length && !source.endsWith('\n') && from > 1) {
    return { start: from - (source[from - 2] === '\r' ? 2 : 1), end, text: '' };
  }
  return { start: from, end, text: '' };
}
