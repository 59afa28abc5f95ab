import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeKnown, rebuildList, splitList } from '../../../src/sidecars/firewall/lists.ts';
import { buildScope } from '../../../src/sidecars/firewall/scope.ts';
import { rulesOf } from '../../support/rules.ts';

const scope = buildScope(rulesOf({ kind: 'all' }), {});
const asked = { params: {}, query: {}, body: new Uint8Array() };

describe('a list of the engine', () => {
  it('is taken apart into its entries, whatever they hold and however they are spaced', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom('', ' ', '\n  '), (values, space) => {
        const text = `${space}[${values.map((value) => space + JSON.stringify(value) + space).join(',')}]${space}`;
        expect(splitList(text).map((entry) => JSON.parse(entry))).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    '',
    '{}',
    '"[]"',
    '[',
    ']',
    '[1',
    '1]',
    '[1]]',
    '[[1]',
    '["a]',
    '["a\\"]',
    '[}{]',
    '[1,]x',
    '[{]}]',
    'null',
  ])('is refused when it is none: %s', (text) => {
    const reply = { kind: 'list', rebuild: (entry: unknown) => entry, most: () => 10 } as const;
    expect(() => rebuildList(reply, text, scope, asked, makeKnown())).toThrow(/the engine’s answer is not/);
  });

  it.each(['[1,]', '[,1]', '[1,,2]', '[{"a"}]', '[tru]'])('is refused when an entry is no JSON: %s', (text) => {
    const reply = { kind: 'list', rebuild: (entry: unknown) => entry, most: () => 10 } as const;
    expect(() => rebuildList(reply, text, scope, asked, makeKnown())).toThrow(/the engine’s answer is not JSON/);
  });

  it('holds only what is shown of its entries, and at most as many as were asked for', () => {
    const even = (entry: unknown): unknown => (Number(entry) % 2 === 0 ? { number: entry } : undefined);
    const reply = { kind: 'list', rebuild: even, most: () => 2 } as const;
    expect(rebuildList(reply, '[1,2,3,4,5,6]', scope, asked, makeKnown())).toBe('[{"number":2},{"number":4}]');
  });

  it('is the same when its entries are known from before, in whatever order they come', () => {
    let looked = 0;
    const rebuild = (entry: unknown): unknown => {
      looked++;
      return entry;
    };
    const reply = { kind: 'list', rebuild, most: () => 10 } as const;
    const known = makeKnown();
    expect(rebuildList(reply, '[{"a":1},{"b":2}]', scope, asked, known)).toBe('[{"a":1},{"b":2}]');
    expect(rebuildList(reply, '[{"b":2},{"a":1},{"c":3}]', scope, asked, known)).toBe('[{"b":2},{"a":1},{"c":3}]');
    expect(looked).toBe(3);
  });

  it('is not remembered beyond a bound', () => {
    const known = makeKnown(40);
    known.keep('{"a":1}', '{"a":1}');
    known.keep('{"b":2}', '{"b":2}');
    expect(known.get('{"a":1}')).toBe('{"a":1}');
    known.keep('{"c":3}', '{"c":3}');
    expect(known.get('{"a":1}')).toBeUndefined();
    expect(known.get('{"c":3}')).toBe('{"c":3}');
  });
});
