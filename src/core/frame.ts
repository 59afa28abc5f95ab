import { printable } from './printable.ts';
import { positionAt, type Span } from './span.ts';

/** What is shown of a long line, so that with its margin it stays one line of a terminal of 80 columns. */
const WIDTH = 70;

/** `file:line:column` of a place, as editors and terminals make it a link. */
export function placeOf(text: string, { file, start }: Span): string {
  const { line, column } = positionAt(text, start);
  return `${file}:${line}:${column}`;
}

/**
 * The line that a place is on, and marks below what is meant:
 *
 *     3 | agnets: [codex]
 *       | ^^^^^^
 */
export function codeFrame(text: string, { start, end }: Span): string {
  const { line, column } = positionAt(text, start);
  const lineStart = Math.min(start, text.length) - (column - 1);
  const rest = text.slice(lineStart);
  const whole = /^\ufeff?([^\r\n]*)/.exec(rest)?.[1] ?? '';
  const from = column - 1 > WIDTH - 20 ? column - 21 : 0;
  const shown = whole.slice(from, from + WIDTH).replaceAll('\t', ' ');
  // What is printed may be longer than what is in the file: control characters are written out.
  const before = printable(shown.slice(0, column - 1 - from));
  const marked = printable(shown.slice(column - 1 - from, Math.max(end - lineStart, column) - from));
  const margin = String(line);
  return [
    `  ${margin} | ${from > 0 ? '…' : ''}${printable(shown)}`,
    `  ${' '.repeat(margin.length)} | ${from > 0 ? ' ' : ''}${' '.repeat(before.length)}${'^'.repeat(Math.max(marked.length, 1))}`,
  ].join('\n');
}
