import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256Hex } from '../../src/core/sha256.ts';

it('SHA-256 is what Node says it is, at every length around a block and for any text', () => {
  const theirs = (text: string): string => createHash('sha256').update(text).digest('hex');
  for (let length = 0; length < 200; length++) expect(sha256Hex('x'.repeat(length))).toBe(theirs('x'.repeat(length)));
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(sha256Hex(text)).toBe(theirs(text));
    }),
  );
});
