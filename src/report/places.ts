import { type Position, textStart } from '../core/span.ts';

/** Positions in one text, each found in the time of a binary search: reports of large files have thousands. */
export interface Lines {
  at(offset: number): Position;
}

/** As `positionAt` of core/span.ts, for many offsets. Lines end at LF, CRLF or CR. */
export function linesOf(text: string): Lines {
  const starts = [textStart(text)];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  return {
    at(offset) {
      const wanted = Math.min(Math.max(offset, 0), text.length);
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if ((starts[middle] ?? 0) <= wanted) low = middle;
        else high = middle - 1;
      }
      return { line: low + 1, column: Math.max(wanted - (starts[low] ?? 0) + 1, 1) };
    },
  };
}

/** The same for several files; each is indexed when it is first asked for. */
export class Places {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #lines = new Map<string, Lines>();

  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  at(file: string, offset: number): Position {
    let lines = this.#lines.get(file);
    if (!lines) {
      lines = linesOf(this.#texts.get(file) ?? '');
      this.#lines.set(file, lines);
    }
    return lines.at(offset);
  }
}
