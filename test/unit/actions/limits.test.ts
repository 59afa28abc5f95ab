import { describe, expect, it } from 'vitest';
import { makeLimit } from '../../../src/sidecars/actions/limits.ts';

describe('the limit of an action', () => {
  it('gives back the place of what could not be started, and of nothing else a minute later', () => {
    let time = 0;
    const limit = makeLimit({ perMinute: 2, concurrency: 9 }, () => time);
    const first = limit.admit();
    time = 60_000;
    expect(limit.admit().ok).toBe(true);
    expect(limit.admit().ok).toBe(true);
    if (first.ok) first.end(false);
    expect(limit.admit()).toMatchObject({ ok: false, code: 'rate' });
    time = 120_000;
    const again = limit.admit();
    if (again.ok) again.end(false);
    expect([limit.admit().ok, limit.admit().ok, limit.admit().ok]).toEqual([true, true, false]);
  });
});
