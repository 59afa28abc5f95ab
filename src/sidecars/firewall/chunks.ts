import { Unexpected } from './scope.ts';

const [CR, LF] = [13, 10];

export interface Taken {
  /** What was in the chunks, in one piece; it lies where the chunks lay. */
  readonly payload: Buffer;
  /** Bytes that belong to the chunks. */
  readonly taken: number;
  /** The last chunk was among them. */
  readonly last: boolean;
}

const broken = (): Unexpected => new Unexpected('the engine’s answer has chunks of another form');

/** The value of a hexadecimal digit, or -1. */
function digit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/**
 * Takes the chunks of an answer apart (RFC 9112 section 7.1), without extensions and trailers, which the engine does not
 * send. An engine makes a chunk of each line of a log; the payload is moved together so that it costs one write.
 */
export function makeChunks(): { take(bytes: Buffer): Taken } {
  let part: 'size' | 'size-end' | 'data' | 'data-cr' | 'data-lf' | 'end-cr' | 'end-lf' = 'size';
  let size = 0;
  let digits = 0;

  const need = (byte: number | undefined, wanted: number): void => {
    if (byte !== wanted) throw broken();
  };

  return {
    take(bytes) {
      let at = 0;
      let out = 0;
      while (at < bytes.length) {
        switch (part) {
          case 'size': {
            const value = digit(bytes[at]);
            if (value >= 0) {
              if (!(digits < 8)) throw broken();
              size = size * 16 + value;
              digits++;
            } else {
              if (digits === 0) throw broken();
              need(bytes[at], CR);
              part = 'size-end';
            }
            at++;
            break;
          }
          case 'size-end':
            need(bytes[at++], LF);
            digits = 0;
            part = size === 0 ? 'end-cr' : 'data';
            break;
          case 'data': {
            const end = Math.min(at + size, bytes.length);
            if (out !== at) bytes.copyWithin(out, at, end);
            out += end - at;
            size -= end - at;
            at = end;
            if (size === 0) part = 'data-cr';
            break;
          }
          case 'data-cr':
            need(bytes[at++], CR);
            part = 'data-lf';
            break;
          case 'data-lf':
            need(bytes[at++], LF);
            part = 'size';
            break;
          case 'end-cr':
            need(bytes[at++], CR);
            part = 'end-lf';
            break;
          case 'end-lf':
            need(bytes[at++], LF);
            return { payload: bytes.subarray(0, out), taken: at, last: true };
        }
      }
      return { payload: bytes.subarray(0, out), taken: at, last: false };
    },
  };
}
