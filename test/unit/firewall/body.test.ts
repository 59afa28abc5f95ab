import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeBody } from '../../../src/sidecars/firewall/body.ts';

const take = (text: string, length: number | 'chunked', max = 100): unknown => {
  const found = makeBody(length, max)(Buffer.from(text, 'latin1'));
  if (found === undefined) return 'more';
  return 'allow' in found ? found.status : [found.bytes.toString('latin1'), found.taken];
};

describe('the body of a request', () => {
  it('ends where its length says, and what follows is not part of it', () => {
    expect(take('{}GET /', 2)).toEqual(['{}', 2]);
    expect(take('{', 2)).toBe('more');
    expect(take('', 101)).toBe(413);
  });

  it('ends with the last chunk, and what follows is not part of it', () => {
    expect(take('1\r\n{\r\n1\r\n}\r\n0\r\n\r\nGET /', 'chunked')).toEqual(['{}', 17]);
    const whole = '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n';
    for (let at = 0; at < whole.length; at++) expect(take(whole.slice(0, at), 'chunked')).toBe('more');
  });

  it.each([
    ['an extension', '1;a=b\r\n{\r\n0\r\n\r\n'],
    ['a leading zero', '01\r\n{\r\n0\r\n\r\n'],
    ['a sign', '+1\r\n{\r\n0\r\n\r\n'],
    ['0x', '0x1\r\n{\r\n0\r\n\r\n'],
    ['a space', '1 \r\n{\r\n0\r\n\r\n'],
    ['bare line feeds', `1\n{\n0\n\n${' '.repeat(20)}\r\n`],
    ['more bytes than its size', '1\r\n{}\r\n0\r\n\r\n'],
    ['a trailer', '1\r\n{\r\n0\r\nX: y\r\n\r\n'],
    ['no end of a line', '1'.repeat(40)],
  ])('is refused where a chunk has %s', (_, text) => {
    expect(take(text, 'chunked')).toBe(400);
  });

  it('is refused when its chunks are more than is taken, before they have come', () => {
    expect(take('65\r\n', 'chunked')).toBe(413);
    expect(take(`60\r\n${'x'.repeat(96)}\r\n5\r\n`, 'chunked')).toBe(413);
  });

  it('is refused when it comes in more than 256 chunks, before its end has come', () => {
    const chunks = (count: number): string => '1\r\nx\r\n'.repeat(count);
    expect(take(`${chunks(256)}0\r\n\r\n`, 'chunked', 1000)).toEqual(['x'.repeat(256), 256 * 6 + 5]);
    expect(take(chunks(256), 'chunked', 1000)).toBe('more');
    expect(take(chunks(257), 'chunked', 1000)).toBe(400);
  });

  it('is refused as soon as a chunk’s size is longer than any', () => {
    expect(take('1'.repeat(15), 'chunked')).toBe('more');
    expect(take('1'.repeat(16), 'chunked')).toBe(400);
    expect(take(`${'1'.repeat(16)}\r\n`, 'chunked')).toBe(400);
  });

  it('is the same, or refused alike, when it arrives byte for byte', () => {
    const piece = fc.constantFrom('1\r\n{\r\n', '2\r\n{}\r\n', '0\r\n\r\n', '0\r\n', '1', '60\r\n', '\r', 'x', '\n');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const bytes = Buffer.from(pieces.join(''), 'latin1');
        const body = makeBody('chunked', 20);
        const grown = () => {
          for (let end = 0; end <= bytes.length; end++) {
            const found = body(Buffer.from(bytes.subarray(0, end)));
            if (found !== undefined) return found;
          }
          return undefined;
        };
        expect(grown()).toEqual(makeBody('chunked', 20)(bytes));
      }),
    );
  });

  it('is what was sent, however it was cut into chunks', () => {
    const parts = fc.array(fc.string({ minLength: 1, maxLength: 30, unit: 'binary-ascii' }), { maxLength: 5 });
    fc.assert(
      fc.property(parts, fc.string({ unit: 'binary-ascii' }), (chunks, behind) => {
        const coded = `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`;
        expect(take(coded + behind, 'chunked', 1000)).toEqual([chunks.join(''), coded.length]);
      }),
    );
  });
});
