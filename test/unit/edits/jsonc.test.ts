import fc from 'fast-check';
import { type ParseError, parseTree } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { parseJsonc } from '../../../src/model/jsonc.ts';
import { entries, entrySpan } from '../../../src/model/tree.ts';
import {
  at,
  comments,
  deleted,
  type Edited,
  edited,
  plainOf,
  scalar,
  treeOf,
  type Value,
} from '../../support/edits.ts';

const FILE = 'devcontainer.json';
const parse = (text: string) => treeOf(parseJsonc(FILE, text));

type Trivia = () => string;

/** A text that says `value`, with white space and comments wherever JSONC allows them. */
function print(value: Value, trivia: Trivia, trailing: () => boolean): string {
  const list = (parts: readonly string[]): string =>
    parts
      .map((part, index) => `${trivia()}${part}${trivia()}${index < parts.length - 1 || trailing() ? ',' : ''}`)
      .join('') + trivia();
  if (Array.isArray(value)) return `[${list(value.map((item: Value) => print(item, trivia, trailing)))}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(
      ([key, inner]) => `${JSON.stringify(key)}${trivia()}:${trivia()}${print(inner, trivia, trailing)}`,
    );
    return `{${list(pairs)}}`;
  }
  return JSON.stringify(value);
}

const values = fc.record({
  runArgs: fc.array(scalar, { maxLength: 4 }),
  remoteEnv: fc.dictionary(fc.constantFrom('A', 'B', 'C', 'TZ'), scalar, { maxKeys: 4, noNullPrototype: true }),
  name: scalar,
});

const document = fc
  .record({
    value: values,
    eol: fc.constantFrom('\n', '\r\n'),
    bom: fc.constantFrom('', '\ufeff'),
    pieces: fc.array(
      fc.constantFrom('', ' ', '\t', '\n', '\n    ', '\n\t', ' /*~*/ ', ' // ~\n', '\n// ~\n  ', '\n/* ~\n */\n'),
      {
        minLength: 40,
        maxLength: 80,
      },
    ),
    commas: fc.oneof(fc.constant([false]), fc.array(fc.boolean(), { minLength: 8, maxLength: 16 })),
    pick: fc.nat(),
  })
  .map(({ value, eol, bom, pieces, commas, pick }) => {
    let piece = 0;
    let comma = 0;
    let number = 0;
    const trivia = (): string => pieces[piece++ % pieces.length] ?? '';
    const raw = `${trivia()}${print(value, trivia, () => commas[comma++ % commas.length] ?? false)}${trivia()}`;
    const text = bom + raw.replace(/~(?=\*|\n| \*|\n \*)/g, () => `~${number++}~`).replace(/\n/g, eol);
    return { value, text, pick };
  })
  .filter(({ text }) => parseJsonc(FILE, text).notChecked.length === 0);

/** Comments of the text that the edit may take: inside of what goes, or behind it on its last line. */
function mayGo(source: string, from: number, to: number): readonly string[] {
  const end = source.indexOf('\n', to);
  const rest = source.slice(to, end < 0 ? source.length : end);
  // A block comment that begins there ends later.
  const block = /\/\*(?:(?!\*\/)[\s\S])*$/.test(rest) ? source.slice(end).split('*/')[0] : '';
  return comments(source.slice(from, to) + rest + block);
}

/** Whether a text without comments is JSON, which has no trailing commas. */
function isStrict(text: string): boolean {
  const errors: ParseError[] = [];
  parseTree(text.replace(/^\ufeff/, ''), errors, { allowTrailingComma: false });
  return errors.length === 0;
}

function holds(source: string, result: Edited | string, expected: Value, gone: readonly string[] = []): void {
  if (typeof result === 'string') throw new Error(result);
  expect(plainOf(parse(result.text))).toEqual(expected);
  const left = comments(result.text);
  expect(comments(source).filter((comment) => !left.includes(comment) && !gone.includes(comment))).toEqual([]);
  expect(left.length).toBe(new Set(left).size);
  if (isStrict(source)) expect(isStrict(result.text), 'no trailing comma where there was none').toBe(true);
  expect(result.text.startsWith('\ufeff')).toBe(source.startsWith('\ufeff'));
  if (!/[^\r]\n/.test(source) && source.includes('\n')) expect(result.text).not.toMatch(/[^\r]\n/);
}

describe('edits of JSON with comments', () => {
  it('append to a list, and change nothing else', () => {
    fc.assert(
      fc.property(
        document,
        fc.array(fc.constantFrom('--a', '--b=c'), { minLength: 1, maxLength: 2 }),
        ({ value, text }, [first = '', ...more]) => {
          const result = edited(FILE, text, { kind: 'append', file: FILE, path: ['runArgs'], items: [first, ...more] });
          holds(text, result, { ...value, runArgs: [...value.runArgs, first, ...more] });
          if (typeof result !== 'string' && value.runArgs.length > 0) expect(deleted(text, result.edits)).toBe('');
        },
      ),
    );
  });

  it('make a list that is missing', () => {
    fc.assert(
      fc.property(document, ({ value, text }) => {
        const result = edited(FILE, text, { kind: 'append', file: FILE, path: ['securityOpt'], items: ['x'] });
        holds(text, result, { ...value, securityOpt: ['x'] });
      }),
    );
  });

  it('set keys that are there and keys that are not', () => {
    fc.assert(
      fc.property(document, ({ value, text }) => {
        const values = { TZ: '', NEW: 'x', OTHER: 1 };
        const result = edited(FILE, text, { kind: 'put', to: { file: FILE, path: ['remoteEnv'] }, values });
        holds(text, result, { ...value, remoteEnv: { ...value.remoteEnv, ...values } });
        const made = edited(FILE, text, { kind: 'put', to: { file: FILE, path: ['containerEnv'] }, values });
        holds(text, made, { ...value, containerEnv: values });
      }),
    );
  });

  it('take an item out, with the comment behind it and no other', () => {
    fc.assert(
      fc.property(document, ({ value, text, pick }) => {
        const list = value.runArgs;
        fc.pre(list.length > 0);
        const index = pick % list.length;
        const item = at(parse(text), 'runArgs', index);
        if (!item) throw new Error('no item');
        const result = edited(FILE, text, { kind: 'remove', at: item.span });
        const { start, end } = item.span;
        const comma = text.indexOf(',', end);
        const behind = comma < 0 ? end : Math.max(end, comma + 1);
        holds(text, result, { ...value, runArgs: list.toSpliced(index, 1) }, [
          ...mayGo(text, start, end),
          ...mayGo(text, end, behind),
        ]);
        if (typeof result === 'string') return;
        const rest = deleted(text, result.edits).replace(text.slice(start, end), '');
        expect(rest.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '').replace(/[\s,]/g, '')).toBe('');
      }),
    );
  });

  it('take a key out, and nothing but it', () => {
    fc.assert(
      fc.property(document, ({ value, text, pick }) => {
        const pairs = entries(parse(text));
        const pair = pairs[pick % pairs.length];
        if (!pair) throw new Error('no pair');
        const span = entrySpan(pair);
        const result = edited(FILE, text, { kind: 'remove', at: span });
        const comma = text.indexOf(',', span.end);
        const behind = comma < 0 ? span.end : comma + 1;
        holds(text, result, Object.fromEntries(Object.entries(value).filter(([key]) => key !== pair.key)), [
          ...mayGo(text, span.start, span.end),
          ...mayGo(text, span.end, behind),
        ]);
      }),
    );
  });

  it('replace a value, and no byte around it', () => {
    fc.assert(
      fc.property(document, ({ value, text }) => {
        const pair = entries(parse(text)).find(({ key }) => key === 'name');
        if (!pair) throw new Error('no pair');
        const result = edited(FILE, text, { kind: 'replace', at: entrySpan(pair), change: () => 'node' });
        holds(text, result, { ...value, name: 'node' }, []);
        if (typeof result === 'string') return;
        expect(result.edits).toEqual([{ start: pair.value.span.start, end: pair.value.span.end, text: '"node"' }]);
      }),
    );
  });
});
