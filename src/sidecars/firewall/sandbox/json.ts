/** JSON as it was written: an object keeps its keys apart from anything that JavaScript gives objects. */
export type Json = null | boolean | number | string | readonly Json[] | JsonRecord;
export type JsonRecord = ReadonlyMap<string, Json>;

export class BadJson extends Error {
  override readonly name = 'BadJson';
}

const MAX_DEPTH = 32;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
/** Of a text: everything up to its end, an escape, or a control character (RFC 8259 section 7). */
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
/** Half of a pair without the other: Go reads it as U+FFFD, so as another text. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Reads a document that has one meaning only. The engine's decoder (Go's encoding/json) takes keys that are written
 * twice and keys that differ in case, also in Unicode's simple folding (`Bindſ`), and lets the last one win; it repairs
 * broken UTF-8. Whatever it could read in another way than we do is refused.
 */
export function parseStrictJson(bytes: Uint8Array): Json {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new BadJson('it is not UTF-8');
  }
  let at = 0;

  /** What a sticky expression finds here; moves behind it. */
  function take(pattern: RegExp): string {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  }

  function expect(character: string): void {
    if (text[at] !== character) throw new BadJson(`${JSON.stringify(character)} is missing at character ${at}`);
    at += 1;
  }

  function readValue(depth: number): Json {
    if (!(depth <= MAX_DEPTH)) throw new BadJson(`it is deeper than ${MAX_DEPTH}`);
    take(SPACE);
    const value = readBare(depth);
    take(SPACE);
    return value;
  }

  function readBare(depth: number): Json {
    switch (text[at]) {
      case '{':
        return readRecord(depth);
      case '[':
        return readList(depth);
      case '"':
        return readText();
      case 't':
        return readWord('true', true);
      case 'f':
        return readWord('false', false);
      case 'n':
        return readWord('null', null);
      default:
        return readNumber();
    }
  }

  function readWord<Value extends boolean | null>(word: string, value: Value): Value {
    if (!text.startsWith(word, at)) throw new BadJson(`character ${at} is not JSON`);
    at += word.length;
    return value;
  }

  function readNumber(): number {
    const found = take(NUMBER);
    if (found === '') throw new BadJson(`character ${at} is not JSON`);
    const value = Number(found);
    // A whole number beyond 2^53 would be rounded.
    if (Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))) return value;
    throw new BadJson('a number is too large');
  }

  function readText(): string {
    expect('"');
    let value = '';
    for (;;) {
      value += take(PLAIN);
      if (text[at] !== '\\') break;
      at += 1;
      value += readEscape();
    }
    expect('"');
    if (LONE_SURROGATE.test(value)) throw new BadJson('a text holds half a character');
    return value;
  }

  function readEscape(): string {
    const letter = text[at] ?? '';
    at += 1;
    if (letter === 'u') {
      const hex = text.slice(at, at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new BadJson('\\u is not followed by four hexadecimal digits');
      at += 4;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    const plain = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (plain === undefined) throw new BadJson('a text holds an unknown escape');
    return plain;
  }

  function readList(depth: number): readonly Json[] {
    expect('[');
    const items: Json[] = [];
    take(SPACE);
    if (text[at] === ']') at += 1;
    else {
      for (;;) {
        items.push(readValue(depth + 1));
        if (text[at] !== ',') break;
        at += 1;
      }
      expect(']');
    }
    return items;
  }

  function readRecord(depth: number): JsonRecord {
    expect('{');
    const record = new Map<string, Json>();
    const folded = new Set<string>();
    take(SPACE);
    if (text[at] === '}') at += 1;
    else {
      for (;;) {
        take(SPACE);
        const key = readText();
        if (folded.has(fold(key))) throw new BadJson(`the key ${JSON.stringify(key)} is there twice`);
        folded.add(fold(key));
        take(SPACE);
        expect(':');
        record.set(key, readValue(depth + 1));
        if (text[at] !== ',') break;
        at += 1;
      }
      expect('}');
    }
    return record;
  }

  const value = readValue(0);
  if (at !== text.length) throw new BadJson('something follows the document');
  return value;
}

/** Keys that Go's decoder takes for the same, and a few more: upper case first, because `ſ` has no lower case of its own. */
const fold = (key: string): string => key.toUpperCase().toLowerCase();
