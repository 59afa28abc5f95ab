import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rebuildList, splitList } from '../../../src/sidecars/firewall/lists.ts';
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
    expect(() => rebuildList(reply, text, scope, asked, new Map())).toThrow(/the engine’s answer is not/);
  });

  it.each(['[1,]', '[,1]', '[1,,2]', '[{"a"}]', '[tru]'])('is refused when an entry is no JSON: %s', (text) => {
    const reply = { kind: 'list', rebuild: (entry: unknown) => entry, most: () => 10 } as const;
    expect(() => rebuildList(reply, text, scope, asked, new Map())).toThrow(/the engine’s answer is not JSON/);
  });

  it('holds only what is shown of its entries, and at most as many as were asked for', () => {
    const even = (entry: unknown): unknown => (Number(entry) % 2 === 0 ? { number: entry } : undefined);
    const reply = { kind: 'list', rebuild: even, most: () => 2 } as const;
    expect(rebuildList(reply, '[1,2,3,4,5,6]', scope, asked, new Map()).text).toBe('[{"number":2},{"number":4}]');
  });

  it('is the same when its entries are known from before, and keeps no others', () => {
    let looked = 0;
    const rebuild = (entry: unknown): unknown => {
      looked++;
      return entry;
    };
    const reply = { kind: 'list', rebuild, most: () => 10 } as const;
    const first = rebuildList(reply, '[{"a":1},{"b":2}]', scope, asked, new Map());
    expect(first.text).toBe('[{"a":1},{"b":2}]');
    const second = rebuildList(reply, '[{"b":2},{"c":3}]', scope, asked, first.known);
    expect(second.text).toBe('[{"b":2},{"c":3}]');
    expect([...second.known.keys()]).toEqual(['{"b":2}', '{"c":3}']);
    expect(looked).toBe(3);
  });
});
