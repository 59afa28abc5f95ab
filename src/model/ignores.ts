import { createScanner } from 'jsonc-parser';
import type { Span } from '../core/span.ts';

/** `cofferdam-ignore RULE: reason`, in a comment of an audited file. */
export interface IgnoreComment {
  /** The comment itself. */
  readonly span: Span;
  readonly rules: readonly string[];
  readonly because: string;
  /** Why it silences nothing; undefined where it is well-formed. */
  readonly fault: string | undefined;
  /** From where to where a finding has to start to be meant. */
  readonly covers: readonly { readonly start: number; readonly end: number }[];
}

/** jsonc-parser exports its token kinds only as a const enum. */
const TOKEN = { lineComment: 12, blockComment: 13, eof: 17 } as const;

/** More than anybody writes; each one costs a look at every finding of its file. */
const MAX_COMMENTS = 1000;

const FORM = 'write `cofferdam-ignore RULE: reason`';

/**
 * The ignore comments of a file: `//` and block comments in JSON, `#` elsewhere. One that has a line for itself means the
 * next line that is no comment; one behind something means its own line.
 */
export function ignoreComments(file: string, text: string): readonly IgnoreComment[] {
  if (!/cofferdam-ignore/i.test(text)) return [];
  const lines = new Lines(text);
  const found = /\.jsonc?$/.test(file) ? inJson(text) : inLines(text);
  return found.slice(0, MAX_COMMENTS + 1).map(({ start, end, words }, index) => {
    const own = lines.isBlank(start, end);
    const covers = [lines.around(start, end), ...(own ? lines.codeBelow(end) : [])];
    const span = { file, start, end };
    return index < MAX_COMMENTS
      ? { span, covers, ...parse(words) }
      : { span, covers: [], rules: [], because: '', fault: `more than ${MAX_COMMENTS} ignore comments in one file` };
  });
}

function parse(words: string): Pick<IgnoreComment, 'rules' | 'because' | 'fault'> {
  const [, names = '', rest] = /^([^:]*)(?::(.*))?$/s.exec(words) ?? [];
  const rules = names.split(',').flatMap((name) => name.trim() || []);
  const because = (rest ?? '').trim().replace(/\s+/g, ' ');
  if (rules.length === 0) return { rules, because, fault: `an ignore comment that names no rule: ${FORM}` };
  if (!/[\p{L}\p{N}]/u.test(because)) return { rules, because, fault: `an ignore comment without a reason: ${FORM}` };
  return { rules, because, fault: undefined };
}

interface Found {
  readonly start: number;
  readonly end: number;
  /** What follows `cofferdam-ignore`. */
  readonly words: string;
}

function inJson(text: string): readonly Found[] {
  const found: Found[] = [];
  const scanner = createScanner(text, false);
  for (let token: number = scanner.scan(); token !== TOKEN.eof; token = scanner.scan()) {
    if (token !== TOKEN.lineComment && token !== TOKEN.blockComment) continue;
    const start = scanner.getTokenOffset();
    const comment = text.slice(start, start + scanner.getTokenLength());
    const words = /^\/[/*]+\s*cofferdam-ignore(?![\w-])(.*?)(?:\*\/)?$/is.exec(comment)?.[1];
    if (words !== undefined) found.push({ start, end: start + comment.length, words });
  }
  return found;
}

/** A `#` in a quoted text counts too: who can write one there can as well write a comment. */
function inLines(text: string): readonly Found[] {
  return [...text.matchAll(/(?<![^\s])#+[ \t]*cofferdam-ignore(?![\w-])([^\r\n]*)/gi)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    words: match[1] ?? '',
  }));
}

/** A text by its lines, which end at LF, CRLF or CR. */
class Lines {
  readonly #text: string;
  readonly #starts: readonly number[];
  /** For each line, the first one from there on that is no comment. */
  readonly #code: readonly number[];

  constructor(text: string) {
    this.#text = text;
    this.#starts = [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (match) => match.index + match[0].length)];
    const code = this.#starts.map((_, line) => line);
    for (let line = code.length - 2; line >= 0; line--) {
      if (/^\s*(?:#|\/\/|\/\*)/.test(this.#line(line))) code[line] = code[line + 1] ?? line;
    }
    this.#code = code;
  }

  #line(line: number): string {
    return this.#text.slice(this.#starts[line], this.#starts[line + 1]);
  }

  #at(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #range(first: number, last: number): { start: number; end: number } {
    return { start: this.#starts[first] ?? 0, end: this.#starts[last + 1] ?? this.#text.length + 1 };
  }

  /** The whole lines from `start` to `end`. */
  around(start: number, end: number): { start: number; end: number } {
    return this.#range(this.#at(start), this.#at(Math.max(end - 1, start)));
  }

  /** The first line of code below. */
  codeBelow(end: number): readonly { start: number; end: number }[] {
    const next = this.#at(Math.max(end - 1, 0)) + 1;
    if (next >= this.#starts.length) return [];
    const line = this.#code[next] ?? next;
    return [this.#range(line, line)];
  }

  /** Whether nothing else stands on the lines from `start` to `end`. */
  isBlank(start: number, end: number): boolean {
    const whole = this.around(start, end);
    return (this.#text.slice(whole.start, start) + this.#text.slice(end, whole.end)).trim() === '';
  }
}
