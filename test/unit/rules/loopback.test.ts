import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortPort } from '../../../src/model/run-args.ts';
import { onLoopback } from '../../../src/rules/published-port.ts';

describe('a port on loopback', () => {
  it.each([
    ['3000', '127.0.0.1::3000'],
    ['3000:3000', '127.0.0.1:3000:3000'],
    ['3000-3005:3000-3005/udp', '127.0.0.1:3000-3005:3000-3005/udp'],
    ['0.0.0.0:80:80', '127.0.0.1:80:80'],
    ['[::]:80:80', '127.0.0.1:80:80'],
    ['10.0.0.5::80', '127.0.0.1::80'],
    ['${PORT:-3000}:3000', '127.0.0.1:${PORT:-3000}:3000'],
    ['${PORT}', '127.0.0.1::${PORT}'],
    ['-p3000:80', '-p127.0.0.1:3000:80'],
    ['--publish=80', '--publish=127.0.0.1::80'],
  ])('%s → %s', (text, expected) => {
    expect(onLoopback(text)).toBe(expected);
  });

  it.each([['-p'], ['--publish'], ['${HOST:-0.0.0.0}:80:80'], ['--network=host'], ['a b'], ['']])(
    'is not made of %j',
    (text) => {
      expect(onLoopback(text)).toBeUndefined();
    },
  );

  it('keeps what is published where it was', () => {
    const port = fc.integer({ min: 1, max: 65535 }).map(String);
    const address = fc.option(
      fc.ipV4().filter((ip) => !ip.startsWith('127.')),
      { nil: undefined },
    );
    fc.assert(
      fc.property(address, fc.option(port, { nil: undefined }), port, (ip, host, inner) => {
        const text = [ip, host ?? (ip === undefined ? undefined : ''), inner]
          .filter((part) => part !== undefined)
          .join(':');
        expect(shortPort(onLoopback(text) ?? '')).toEqual({
          address: '127.0.0.1',
          published: host ?? '',
          target: inner,
        });
      }),
    );
  });
});
