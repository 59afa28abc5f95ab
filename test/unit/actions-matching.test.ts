import { describe, expect, it } from 'vitest';
import { makeMatching } from '../../src/sidecars/actions/matching.ts';

const SLOW = ['(a+)+b', 'a'.repeat(40)] as const;

describe('the match of a value with a pattern', () => {
  it('is over when it takes too much of the processor, and counts', () => {
    let asked = 0;
    const matching = makeMatching(undefined, () => {
      asked++;
      return performance.now(); // all of the time was ours
    });
    expect(matching.matches(...SLOW)).toBe(false);
    expect(asked).toBe(2);
    for (let i = 0; i < 25; i++) matching.matches(...SLOW);
    expect(matching.wait()).toBeGreaterThan(0);
  });

  it('is tried again where others had the processor meanwhile, and not for ever', () => {
    let asked = 0;
    const matching = makeMatching(undefined, () => {
      asked++;
      return 0; // none of it was
    });
    expect(matching.matches(...SLOW)).toBe(false);
    expect(asked).toBe(7); // before and after each of four tries, but after the last
    expect(matching.matches('[^]*', '\n')).toBe(true);
  });
});
