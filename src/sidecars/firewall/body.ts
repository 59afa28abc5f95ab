import type { Refusal } from '../../core/decision.ts';
import { refuse } from './endpoint.ts';

/** A body that has come whole, and how many bytes it took. */
export interface Body {
  readonly bytes: Buffer;
  readonly taken: number;
}

const CRLF = Buffer.from('\r\n');
/** chunk-size without leading zeros, extensions or spaces: no Docker client sends those, and parsers differ on them. */
const SIZE = /^(?:0|[1-9a-fA-F][0-9a-fA-F]{0,7})$/;

const broken = (): Refusal => refuse(400, 'malformed', 'The chunks of the body are not in the plain form.');
const large = (): Refusal => refuse(413, 'body', 'The body is too large.');

/** Takes a body from the front of what has come; undefined if the rest of it is still to come. */
export function takeBody(pending: Buffer, length: number | 'chunked', max: number): Body | Refusal | undefined {
  if (length !== 'chunked') {
    if (!(length <= max)) return large();
    return pending.length >= length ? { bytes: pending.subarray(0, length), taken: length } : undefined;
  }
  const parts: Buffer[] = [];
  let size = 0;
  for (let at = 0; ; ) {
    const end = pending.indexOf(CRLF, at);
    if (end < 0) return pending.length - at <= 16 ? undefined : broken();
    const text = pending.toString('latin1', at, end);
    if (!SIZE.test(text)) return broken();
    const next = Number.parseInt(text, 16);
    size += next;
    if (!(size <= max)) return large();
    const from = end + CRLF.length;
    const to = from + next;
    if (pending.length < to + CRLF.length) return undefined;
    if (!pending.subarray(to, to + CRLF.length).equals(CRLF)) return broken(); // trailers, too
    if (next === 0) return { bytes: Buffer.concat(parts), taken: to + CRLF.length };
    parts.push(pending.subarray(from, to));
    at = to + CRLF.length;
  }
}
