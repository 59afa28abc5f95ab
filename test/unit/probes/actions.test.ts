import { describe, expect, it } from 'vitest';
import type { Facts, Mount, Outcome } from '../../../src/core/probing.ts';
import neighbours from '../../../src/probes/actions-neighbours.ts';
import secrets from '../../../src/probes/actions-secrets.ts';
import token from '../../../src/probes/actions-token.ts';

const target = { place: 'box', host: 'h', path: '/actions', as: 'x', headers: {} } as const;
const reply = (status: number): Outcome<Facts['http']> => ({ ok: true, value: { status, headers: {}, body: '{}' } });
const fail = (code: string): Outcome<Facts['http']> => ({ ok: false, code, message: code });

describe('the probes of actions', () => {
  it.each(['timeout', 'lost', 'bad-answer', 'ECONNRESET', 'EPIPE'])('conclude nothing from %s', (code) => {
    expect(neighbours.judge(fail(code), target).is).toBe('unclear');
    expect(token.judge(fail(code), target).is).toBe('unclear');
  });

  it('take any answer to a neighbour for a breach, a refusal too', () => {
    expect([200, 401, 403, 500].map((status) => neighbours.judge(reply(status), target).is)).toEqual(
      Array(4).fill('breached'),
    );
    expect(neighbours.judge(fail('ENOTFOUND'), target).is).toBe('held');
    expect(neighbours.judge(fail('connect-timeout'), target).is).toBe('held');
  });

  it('take only the two refusals of the gate for held', () => {
    expect([200, 401, 403, 404, 429, 503].map((status) => token.judge(reply(status), target).is)).toEqual([
      'breached',
      'held',
      'held',
      'unclear',
      'unclear',
      'unclear',
    ]);
    // Nobody there is not the same as being refused.
    expect(token.judge(fail('ECONNREFUSED'), target).is).toBe('unclear');
  });

  it('want an empty file system of its own over the secrets', () => {
    const over = (type: string): Mount => ({ root: '/', at: '/x', readOnly: true, type, source: 'tmpfs' });
    const judge = (mount: Mount | undefined, entries: readonly string[] = []) =>
      secrets.judge({ over: mount, entries }, { place: 'box' }).is;
    expect(judge(over('tmpfs'))).toBe('held');
    expect(judge(over('tmpfs'), ['PGPASSWORD'])).toBe('breached');
    expect(judge(over('ext4'))).toBe('breached');
    expect(judge(undefined)).toBe('breached');
  });
});
