import type { Refusal } from '../../core/decision.ts';
import type { Access } from './access.ts';
import { type Routed, route } from './decide.ts';
import { refuse } from './endpoint.ts';
import { MAX_HEAD, parseHead, type RequestHead } from './request.ts';
import { type HeadTold, headTold } from './told.ts';

/** A request without its body, and what the table says of it. Nothing here depends on the scope. */
export interface Read {
  readonly head: RequestHead;
  readonly routed: Routed | Refusal;
  /** Request line without the version of HTTP. */
  readonly asked: string;
  /** What the audit log says of it. */
  readonly told: HeadTold;
}

const HEAD_END = '\r\n\r\n';
const MAX_KEPT = 512;
const MAX_KEPT_BYTES = 2_048;

/** Methods start so; TLS, empty lines and the like do not. */
const isUpperCase = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x41 && byte <= 0x5a;

/** What some take for the end of a line (RFC 9112 section 2.2); whoever sends it would wait in vain for our answer. */
function hasBareLf(bytes: Buffer): boolean {
  let at = bytes.indexOf(0x0a);
  while (at >= 0 && bytes[at - 1] === 0x0d) at = bytes.indexOf(0x0a, at + 1);
  return at >= 0;
}

/**
 * Takes the head of a request from the front of what has come; undefined if the rest of it is still to come. Clients say
 * the same over and over, so what was made of a head is kept by its bytes.
 */
export function makeReading(access: Access): (bytes: Buffer) => { read: Read; taken: number } | Refusal | undefined {
  const kept = new Map<string, Read>();
  return (bytes) => {
    const end = bytes.indexOf(HEAD_END);
    if (!isUpperCase(bytes[0])) return refuse(400, 'malformed', 'This is not an HTTP/1.1 request.');
    if (end < 0 && hasBareLf(bytes)) return refuse(400, 'malformed', 'Lines must end with CR LF.');
    if (end < 0 && bytes.length <= MAX_HEAD) return undefined;
    if (!(end >= 0 && end <= MAX_HEAD))
      return refuse(431, 'head-too-large', 'The headers of the request are too large.');
    const taken = end + HEAD_END.length;
    const text = bytes.toString('latin1', 0, end);
    const known = kept.get(text);
    if (known !== undefined) return { read: known, taken };
    const head = parseHead(text);
    if ('allow' in head) return head;
    const routed = route(head, access);
    const told = headTold(head.method, head.segments, 'allow' in routed ? undefined : routed);
    const read = { head, routed, asked: text.slice(0, text.indexOf(' HTTP/')), told };
    if (text.length <= MAX_KEPT_BYTES) {
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(text, read);
    }
    return { read, taken };
  };
}
