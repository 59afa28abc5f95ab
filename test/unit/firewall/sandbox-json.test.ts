import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, parseStrictJson } from '../../../src/sidecars/firewall/sandbox/json.ts';

const parse = (text: string): Json => parseStrictJson(new TextEncoder().encode(text));

/** Maps as objects, to compare with what JSON.parse gives. */
const plain = (value: Json): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return Array.isArray(value) ? value.map(plain) : value;
};

describe('the JSON of a body', () => {
  it.each([
    ['a key twice', '{"a":1,"a":2}'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['keys that differ in case', '{"HostConfig":{},"hostconfig":{}}'],
    ['keys that Go folds: ſ', '{"Binds":[],"Bind\\u017f":["/:/h"]}'],
    ['keys that Go folds: the Kelvin sign', '{"k":1,"\u212a":2}'],
    ['a key twice, deep inside', '[{"a":{"b":1,"B":2}}]'],
    ['something behind the document', '{} {}'],
    ['a second document', '{}\n{"Privileged":true}'],
    ['a NUL behind the document', '{}\u0000'],
    ['nothing', ''],
    ['only space', ' \n'],
    ['a byte order mark', '\ufeff{}'],
    ['half a surrogate pair', '"\\ud800"'],
    ['half a pair before another character', '"\\ud800x"'],
    ['the halves in the wrong order', '"\\udc00\\ud800"'],
    ['a control character in a text', '"a\nb"'],
    ['an unknown escape', '"\\x41"'],
    ['an escape that breaks off', '"\\u00"'],
    ['a text without end', '"abc'],
    ['a comma at the end of a list', '[1,]'],
    ['a comma at the end of an object', '{"a":1,}'],
    ['two commas', '[1,,2]'],
    ['a missing comma', '[1 2]'],
    ['a key without quotes', '{a:1}'],
    ['single quotes', "{'a':1}"],
    ['a comment', '{/**/}'],
    ['a number with a leading zero', '01'],
    ['a number with a plus', '+1'],
    ['a number in hexadecimal', '0x10'],
    ['a number that is none', 'NaN'],
    ['infinity', '1e999'],
    ['a whole number beyond 2^53', '9007199254740993'],
    ['a word in capitals', 'True'],
    ['a word that goes on', 'nullx'],
    ['white space that JSON does not know', '{\u00a0}'],
    ['depth', '['.repeat(40) + ']'.repeat(40)],
  ])('is refused with %s', (_, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ name: 'BadJson' }));
  });

  it.each([
    ['a byte that is no UTF-8', [0x22, 0xff, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate as bytes', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a character that breaks off', [0x22, 0xe2, 0x82, 0x22]],
  ])('is refused with %s', (_, bytes) => {
    expect(() => parseStrictJson(new Uint8Array(bytes))).toThrow(expect.objectContaining({ name: 'BadJson' }));
  });

  it('does not mistake names of JavaScript’s own for fields', () => {
    const read = parse('{"__proto__":{"a":1},"constructor":2}');
    expect(read).toBeInstanceOf(Map);
    expect(read instanceof Map ? [...read.keys()] : []).toEqual(['__proto__', 'constructor']);
    expect({} satisfies object).not.toHaveProperty('a');
  });

  it('is read as everybody else reads it when it has one meaning', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        let read: Json;
        try {
          read = parse(text);
        } catch {
          return; // more is refused than other parsers refuse
        }
        expect(plain(read)).toEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '{"a":[1,-2,0.5,1e3,true,false,null,"\\u00e9\\n\\/\\ud83d\\ude00é😀"]}',
    ' [ ] ',
    '{ }',
    '"x"',
    '-0',
    '{"a" : {"b" : [ ] } }',
  ])('takes %s', (text) => {
    expect(plain(parse(text))).toEqual(JSON.parse(text));
  });
});
