import type { Refusal } from '../../core/decision.ts';
import { refuse } from './endpoint.ts';

/** Bytes of request line and headers together. */
export const MAX_HEAD = 16 * 1024;
const MAX_HEADERS = 64;

export interface RequestHead {
  readonly method: string;
  /** `/v1.51` or nothing. */
  readonly version: string;
  /** After the version, each checked: `['containers', 'json']`. */
  readonly segments: readonly string[];
  /** Decoded. No key twice. */
  readonly query: ReadonlyMap<string, string>;
  /** Whether fields of the body stand in the query too, as dockerode puts them. They are dropped. */
  readonly repeats: boolean;
  /** Bytes of the body that is announced, or how they come. */
  readonly body: number | 'chunked';
  /** Lower-case, without parameters; empty if not given. */
  readonly contentType: string;
  readonly upgrade: boolean;
  /** The caller wants the connection closed after the answer. */
  readonly close: boolean;
}

// RFC 9112: request-line = method SP request-target SP HTTP-version; only origin-form, only 1.1.
const REQUEST_LINE = /^([A-Z]{3,16}) (\/[\x21-\x7e]*) HTTP\/1\.1$/;
// RFC 9110 5.1 and 5.5: a token, then visible ASCII with inner blanks. No obs-fold, no obs-text. Blanks around the value
// are cut off by hand: an expression that also does that tries every way to divide them, so its time is quadratic.
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
const VALUE = /^[\x20-\x7e\t]*$/;
const VERSION = /^v1\.[1-9][0-9]$/;
/** What Docker's own clients send for names, ids and image references, unencoded. Cannot be `.`, `..` or empty. */
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,254}$/;
const MAX_SEGMENTS = 12;
/** One `key=value` as clients write it: percent-encoded, some with `/:@,$` left as they are (RFC 3986 section 3.4). */
const PAIR = /^([A-Za-z][A-Za-z0-9_-]{0,31})=((?:[A-Za-z0-9_.~!*'()/:@,$-]|%[0-9A-F]{2}|\+){0,8000})$/;

const bad = (code: string, hint: string): Refusal => refuse(400, code, hint);

/**
 * The head of a request, up to and without the empty line. Anything that two parsers could read differently is refused
 * (docs: RFC 9112 section 11.2, request smuggling); no Docker client needs it.
 */
export function parseHead(head: string): RequestHead | Refusal {
  const lines = head.split('\r\n');
  const [first = '', ...rest] = lines;
  const line = REQUEST_LINE.exec(first);
  if (!line) return bad('malformed', 'The request line is not of the form "GET /path HTTP/1.1".');
  const [, method = '', target = ''] = line;
  if (!(rest.length <= MAX_HEADERS)) return refuse(431, 'too-many-headers', `At most ${MAX_HEADERS} headers are read.`);
  const headers = new Map<string, string>();
  for (const text of rest) {
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(colon, 0));
    const value = withoutBlanks(text.slice(colon + 1));
    if (!(NAME.test(name) && VALUE.test(value))) return bad('malformed', 'A header is not of the form "Name: value".');
    const key = name.toLowerCase();
    // Repeats matter where they change the framing; the rest of the headers is not used at all.
    if (headers.has(key) && SINGLE.has(key)) return bad('malformed', `The header ${key} is given twice.`);
    headers.set(key, value);
  }
  if (!headers.has('host')) return bad('malformed', 'The header Host is missing.');
  const length = headers.get('content-length');
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return bad('malformed', 'Content-Length is not a number.');
  const coding = headers.get('transfer-encoding');
  const coded = coding !== undefined;
  if (coded && coding.toLowerCase() !== 'chunked') return bad('malformed', 'Transfer-Encoding is not chunked.');
  if (coded && length !== undefined)
    return bad('malformed', 'Content-Length and Transfer-Encoding exclude each other.');
  const connection = (headers.get('connection') ?? '').toLowerCase().split(',').map(withoutBlanks);
  const place = parseTarget(target);
  if ('allow' in place) return place;
  return {
    method,
    ...place,
    body: coded ? 'chunked' : Number(length ?? 0),
    contentType: /^[^;\s]*/.exec(headers.get('content-type')?.toLowerCase() ?? '')?.[0] ?? '',
    upgrade: headers.has('upgrade') || headers.has('http2-settings') || connection.includes('upgrade'),
    close: connection.includes('close'),
  };
}

/** Without spaces and tabs around it; `trim` would take line breaks and no-break spaces, too. */
function withoutBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (from < to && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

const SINGLE: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'content-type',
]);

type Place = Pick<RequestHead, 'version' | 'segments' | 'query' | 'repeats'>;
/** Fields of bodies; no parameter of Docker's starts so, and the engine knows them by case. */
const BODY_FIELD = /^[A-Z]/;

export function parseTarget(target: string): Place | Refusal {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const [, ...parts] = path.split('/');
  const versioned = VERSION.test(parts[0] ?? '');
  // The engine's router reads /v0001.0041 and /v1.41. as versions, too.
  if (!versioned && /^v(?:[0-9.].*)?$/.test(parts[0] ?? ''))
    return bad('path', 'The API version is not one of v1.10 to v1.99.');
  const segments = versioned ? parts.slice(1) : parts;
  if (!(segments.length >= 1 && segments.length <= MAX_SEGMENTS && segments.every((part) => SEGMENT.test(part)))) {
    return bad('path', 'The path is not in the plain form that Docker clients send (no %, //, .., trailing slash).');
  }
  const query = new Map<string, string>();
  let repeats = false;
  for (const pair of mark < 0 ? [] : target.slice(mark + 1).split('&')) {
    const [, key, coded] = PAIR.exec(pair) ?? [];
    if (key === undefined || coded === undefined) {
      return bad('query', 'The query is not in the form that Docker clients send (key=value, percent-encoded).');
    }
    if (BODY_FIELD.test(key)) {
      repeats = true;
      continue;
    }
    if (query.has(key)) return bad('query', 'A key of the query is given twice.');
    const value = decode(coded);
    if (value === undefined) return bad('query', 'A value of the query is not UTF-8 text.');
    query.set(key, value);
  }
  return { version: versioned ? `/${parts[0]}` : '', segments, query, repeats };
}

function decode(coded: string): string | undefined {
  try {
    const value = decodeURIComponent(coded.replaceAll('+', ' '));
    return /[\u0000-\u001f\u007f]/.test(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
