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
/** A chunk-size and its CR LF, with room. */
const MAX_SIZE_LINE = 16;
/** Of one body. Clients send their JSON in one or a few; chunks of a byte each cost us most of what they cost. */
const MAX_CHUNKS = 256;

const broken = (): Refusal => refuse(400, 'malformed', 'The chunks of the body are not in the plain form.');
const large = (): Refusal => refuse(413, 'body', 'The body is too large.');

/**
 * Makes what takes a body from the front of all that has come of it; each call gives undefined if the rest is still to
 * come. It remembers the chunks that it has seen: to read them anew for every segment that arrives would be quadratic.
 */
export function makeBody(length: number | 'chunked', max: number): (pending: Buffer) => Body | Refusal | undefined {
  if (length !== 'chunked') {
    return (pending) => {
      if (!(length <= max)) return large();
      return pending.length >= length ? { bytes: pending.subarray(0, length), taken: length } : undefined;
    };
  }
  const parts: { from: number; to: number }[] = [];
  let size = 0;
  let at = 0;
  return (pending) => {
    for (;;) {
      const line = pending.subarray(at, at + MAX_SIZE_LINE);
      const end = line.indexOf(CRLF);
      if (end < 0) return line.length < MAX_SIZE_LINE ? undefined : broken();
      const text = line.toString('latin1', 0, end);
      if (!SIZE.test(text)) return broken();
      const next = Number.parseInt(text, 16);
      if (!(size + next <= max)) return large();
      const from = at + end + CRLF.length;
      const to = from + next;
      if (pending.length < to + CRLF.length) return undefined;
      if (!pending.subarray(to, to + CRLF.length).equals(CRLF)) return broken(); // trailers, too
      at = to + CRLF.length;
      if (next === 0) {
        return { bytes: Buffer.concat(parts.map((part) => pending.subarray(part.from, part.to))), taken: at };
      }
      if (!(parts.length < MAX_CHUNKS)) return broken();
      parts.push({ from, to });
      size += next;
    }
  };
}
