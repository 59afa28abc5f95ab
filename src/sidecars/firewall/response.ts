import { makeChunks } from './chunks.ts';
import type { Method } from './endpoint.ts';
import { Unexpected } from './scope.ts';

/** How the end of a body is found (RFC 9112 section 6.3). `raw`: the protocol was switched. */
type Framing = 'none' | 'length' | 'chunked' | 'close' | 'raw';

export interface ResponseHead {
  readonly status: number;
  readonly framing: Framing;
  /** Bytes of the body where `framing` is `length`. */
  readonly length: number;
  /** The engine keeps the connection open behind the answer. */
  readonly keeps: boolean;
  /** The value of a header by its lower-case name. */
  header(name: string): string | undefined;
}

const MAX_HEAD = 64 * 1024;
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: [\x20-\x7e]*)?$/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\x20-\x7e\x80-\xff\t]*)$/;
/** Where a second one with another value would mean another end of the answer. */
const SINGLE: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

const wrong = (what: string): Unexpected => new Unexpected(`the engine’s answer ${what}`);

/** The head of an answer, without the empty line. Anything unclear throws: the connection is not used again. */
export function parseResponseHead(text: string, method: Method): ResponseHead {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, code] = STATUS_LINE.exec(first) ?? [];
  const status = Number(code);
  if (code === undefined || !(status >= 100 && status <= 599)) throw wrong('is not HTTP/1.1');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) throw wrong('has a header of another form');
    const key = name.toLowerCase();
    if (SINGLE.has(key) && headers.has(key)) throw wrong(`has two ${key}`);
    headers.set(key, value.replace(/^[ \t]+|(?<![ \t])[ \t]+$/g, ''));
  }
  const { framing, length } = framingOf(status, method, headers);
  const keeps = minor === '1' && framing !== 'close' && headers.get('connection')?.toLowerCase() !== 'close';
  return { status, framing, length, keeps, header: (name) => headers.get(name) };
}

function framingOf(
  status: number,
  method: Method,
  headers: ReadonlyMap<string, string>,
): Pick<ResponseHead, 'framing' | 'length'> {
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (status === 101) return { framing: 'raw', length: 0 };
  if (status < 200) throw wrong('is an interim one');
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || length !== undefined)) {
    throw wrong('does not say where it ends');
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw wrong('has a length that is no number');
  if (method === 'HEAD' || status === 204 || status === 304) return { framing: 'none', length: 0 };
  if (coding !== undefined) return { framing: 'chunked', length: 0 };
  if (length === undefined) return { framing: 'close', length: 0 };
  return length === '0' ? { framing: 'none', length: 0 } : { framing: 'length', length: Number(length) };
}

export interface Reading {
  head(head: ResponseHead): void;
  data(chunk: Buffer): void;
  /** `reusable`: the next request may go out on the same connection. */
  end(reusable: boolean): void;
}

/** Finds the answers in the bytes of one connection, one expected answer at a time. Throws `Unexpected`. */
export interface Reader {
  expect(method: Method, reading: Reading): void;
  push(chunk: Buffer): void;
  /** The engine has sent its last byte. */
  eof(): void;
}

type State = 'idle' | 'head' | 'length' | 'chunked' | 'open';

const EMPTY_LINE = Buffer.from('\r\n\r\n');

export function makeReader(): Reader {
  let state: State = 'idle';
  let method: Method = 'GET';
  let reading: Reading | undefined;
  let kept: Buffer | undefined;
  let left = 0;
  let chunks = makeChunks();
  let keeps = false;
  let ending: boolean | undefined;
  let lastText = '';
  let lastMethod: Method = 'GET';
  let lastHead: ResponseHead | undefined;

  function finish(reusable: boolean): void {
    state = 'idle';
    ending = reusable;
  }

  /** Only when nothing is left over: what follows an answer unasked must not become the next one's. */
  function tellEnd(clean: boolean): void {
    if (ending === undefined) return;
    const [ended, reusable] = [reading, ending && clean];
    ending = undefined;
    reading = undefined;
    ended?.end(reusable);
  }

  function readHead(text: string): ResponseHead {
    // Most answers of one second have the same head, byte by byte.
    if (lastHead === undefined || text !== lastText || method !== lastMethod) {
      lastHead = parseResponseHead(text, method);
      lastText = text;
      lastMethod = method;
    }
    return lastHead;
  }

  /** Takes one step; gives what is left, or undefined if more has to come first. */
  function step(bytes: Buffer): Buffer | undefined {
    switch (state) {
      case 'idle':
        throw wrong('came unasked');
      case 'head': {
        const end = bytes.indexOf(EMPTY_LINE);
        if (!(end <= MAX_HEAD && (end >= 0 || bytes.length <= MAX_HEAD))) throw wrong('has a head that is too large');
        if (end < 0) return undefined;
        const head = readHead(bytes.toString('latin1', 0, end));
        keeps = head.keeps;
        left = head.length;
        state = head.framing === 'chunked' ? 'chunked' : head.framing === 'length' ? 'length' : 'open';
        if (state === 'chunked') chunks = makeChunks();
        reading?.head(head);
        if (head.framing === 'none') finish(keeps);
        return bytes.subarray(end + EMPTY_LINE.length);
      }
      case 'length': {
        const part = bytes.length <= left ? bytes : bytes.subarray(0, left);
        left -= part.length;
        reading?.data(part);
        if (left === 0) finish(keeps);
        return bytes.subarray(part.length);
      }
      case 'chunked': {
        const { payload, taken, last } = chunks.take(bytes);
        if (payload.length > 0) reading?.data(payload);
        if (last) finish(keeps);
        return bytes.subarray(taken);
      }
      case 'open':
        reading?.data(bytes);
        return undefined;
    }
  }

  return {
    expect(asked, next) {
      if (state !== 'idle') throw new Error('one answer at a time');
      state = 'head';
      method = asked;
      reading = next;
      keeps = false;
    },
    push(chunk) {
      let bytes: Buffer | undefined = kept === undefined ? chunk : Buffer.concat([kept, chunk]);
      kept = undefined;
      while (bytes !== undefined && bytes.length > 0) {
        const before: Buffer = bytes;
        bytes = step(before);
        if (bytes === undefined && state !== 'open') kept = before;
        if (ending === undefined) continue;
        tellEnd(bytes === undefined || bytes.length === 0);
        return;
      }
    },
    eof() {
      if (state === 'open') {
        finish(false);
        tellEnd(true);
      } else if (state !== 'idle') throw wrong('ended early');
    },
  };
}
