import { printable } from '../core/printable.ts';
import type { Position, Span } from '../core/span.ts';

/** The line that a span starts in, with carets below it. */
export interface Frame {
  /** Without colours, not wider than asked for. */
  readonly lines: readonly string[];
}

/** What stands before the value in a text that holds a secret: `TOKEN=`, `"token": `, `TOKEN `; or nothing. */
export function secretName(text: string): string {
  const name = /^["']?[\w.-]+["']?(?:\s*[:=]\s*|\s+)/.exec(text)?.[0] ?? '';
  return name.length < text.length ? name : '';
}

/** Masks what follows the name, or all of it. */
function masked(text: string): string {
  const name = secretName(text);
  return name + '•'.repeat(Math.min(text.length - name.length, 8));
}

/**
 * A piece of a file for people: untrusted text with control characters made visible, tabs as one column, a long line cut
 * around the place `at`. `secret` hides the value that the span holds, and the rest of its line, which may repeat it.
 */
export function codeFrame(
  text: string,
  span: Span,
  { line, column }: Position,
  options: { width: number; secret?: boolean },
): Frame {
  // No more of the line than could be shown: a line of a megabyte may hold thousands of findings.
  const reach = options.width * 2;
  const at = Math.min(span.start, text.length);
  const ahead = text.slice(at, at + 2 * reach);
  const source = ahead.slice(0, /\r|\n/.exec(ahead)?.index ?? ahead.length);
  // How long a masked value is, is nobody's business.
  const show = (part: string): string => printable(part.replaceAll('\t', ' ').replace(/•{9,}/g, '••••••••'));
  const before = show(text.slice(Math.max(at - (column - 1), at - reach), at));
  const marked = source.slice(0, Math.min(Math.max(span.end - at, 0), reach));
  const middle = options.secret ? show(masked(marked)) : show(marked);
  const after = options.secret ? '' : show(source.slice(marked.length));
  const gutter = ` ${line} | `;
  const room = Math.max(options.width - gutter.length, 20);
  const { shown, offset } = cut(before, middle, after, room);
  const length = Math.max(Math.min(middle.length, shown.length - offset), 1);
  return {
    lines: [
      `${gutter}${shown}`.trimEnd(),
      `${' '.repeat(gutter.length - 2)}| ${' '.repeat(offset)}${'^'.repeat(length)}`,
    ],
  };
}

/** At most `room` columns of the line, with the marked part in it, and where that starts. */
function cut(before: string, middle: string, after: string, room: number): { shown: string; offset: number } {
  const whole = before + middle + after;
  if (whole.length <= room) return { shown: whole, offset: before.length };
  const wanted = Math.min(middle.length, room - 2);
  const lead = Math.min(before.length, Math.max(Math.floor((room - wanted) / 2), room - wanted - after.length - 2));
  const from = before.length - Math.max(lead, 0);
  const start = from > 0 ? from + 1 : 0;
  const shown = (from > 0 ? '…' : '') + whole.slice(start, start + room - (from > 0 ? 1 : 0));
  const clipped = start + room - (from > 0 ? 1 : 0) < whole.length ? `${shown.slice(0, room - 1)}…` : shown;
  return { shown: clipped, offset: before.length - start + (from > 0 ? 1 : 0) };
}

/** Prose at a width; words are never cut, further lines are indented. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const lead = lines.length > 0 ? indent.length : 0;
    if (line !== '' && lead + line.length + 1 + word.length > width) {
      lines.push((lines.length > 0 ? indent : '') + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push((lines.length > 0 ? indent : '') + line);
  return lines.join('\n');
}
