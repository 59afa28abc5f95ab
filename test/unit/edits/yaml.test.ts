import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entries, entrySpan } from '../../../src/model/tree.ts';
import { parseYaml } from '../../../src/model/yaml.ts';
import { at, comments, type Edited, edited, plainOf, scalar, treeOf, type Value } from '../../support/edits.ts';

const FILE = 'compose.yaml';
const parse = (text: string) => treeOf(parseYaml(FILE, text));

/** The choices that a writer of YAML has, one after the other. */
type Choose = (of: number) => number;

const quote = (value: Value, choose: Choose): string => {
  if (typeof value !== 'string') return String(value);
  if (/^[a-z]+$/i.test(value) && value !== 'null') return [value, `'${value}'`, `"${value}"`][choose(3)] ?? value;
  return choose(2) === 0 ? JSON.stringify(value) : `'${value.replaceAll("'", "''")}'`;
};

/** Lines that say a value, with comments beside and between them. */
function block(value: Value, indent: string, choose: Choose): string {
  const beside = (): string => ['', '', '  # ~', ' # ~'][choose(4)] ?? '';
  const above = (): string => ['', '', '\n', `${indent}# ~\n`, '# ~\n', `${indent}   # ~\n`][choose(6)] ?? '';
  const flow = (inner: Value): string => {
    const space = choose(2) === 0 ? '' : ' ';
    const comma = choose(3) === 0 ? ',' : '';
    const lines = choose(4) === 0;
    const join = (parts: readonly string[], open: string, close: string): string =>
      parts.length === 0
        ? `${open}${space}${close}`
        : lines
          ? `${open}\n${parts.map((part, index) => `${indent}    ${part}${index < parts.length - 1 || comma !== '' ? ',' : ''}${choose(3) === 0 ? ' # ~' : ''}\n`).join('')}${indent}  ${close}`
          : `${open}${space}${parts.join(', ')}${comma}${space}${close}`;
    if (Array.isArray(inner))
      return join(
        inner.map((item: Value) => quote(item, choose)),
        '[',
        ']',
      );
    if (typeof inner === 'object' && inner !== null) {
      return join(
        Object.entries(inner).map(([key, item]) => `${key}: ${quote(item, choose)}`),
        '{',
        '}',
      );
    }
    return quote(inner, choose);
  };
  if (Array.isArray(value)) {
    return value
      .map((item: Value) => `${above()}${indent}- ${' '.repeat(choose(3))}${quote(item, choose)}${beside()}\n`)
      .join('');
  }
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([key, inner]) => {
      const head = `${above()}${indent}${key}:`;
      if (typeof inner !== 'object' || inner === null) return `${head} ${quote(inner, choose)}${beside()}\n`;
      const deep = Object.values(inner).some((item) => typeof item === 'object');
      if (!deep && (Object.keys(inner).length === 0 || choose(2) === 0)) return `${head} ${flow(inner)}${beside()}\n`;
      // Lists may stand below their key without being indented.
      const more = Array.isArray(inner) && choose(2) === 0 ? '' : '  '.repeat(1 + choose(2));
      return `${head}${beside()}\n${block(inner, indent + more, choose)}`;
    })
    .join('');
}

const service = fc.record({
  image: fc.constantFrom('debian', 'node'),
  cap_add: fc.array(scalar, { minLength: 1, maxLength: 3 }),
  environment: fc.dictionary(fc.constantFrom('A', 'B', 'C'), scalar, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  empty: fc.constant([]),
});

const document = fc
  .record({
    value: fc.record({ dev: service, db: service }),
    choices: fc.array(fc.nat({ max: 11 }), { minLength: 60, maxLength: 120 }),
    eol: fc.constantFrom('\n', '\r\n'),
    bom: fc.constantFrom('', '\ufeff'),
    end: fc.constantFrom('', '\n', '\n\n'),
    pick: fc.nat(),
  })
  .map(({ value, choices, eol, bom, end, pick }) => {
    let next = 0;
    let number = 0;
    const choose: Choose = (of) => (choices[next++ % choices.length] ?? 0) % of;
    const body = block({ services: value }, '', choose).replace(/\n+$/, '');
    const text = bom + (body + end).replace(/# ~/g, () => `# ~${number++}~`).replace(/\n/g, eol);
    return { value, text, pick };
  });

const services = (value: { dev: object; db: object }, dev: object): Value =>
  JSON.parse(JSON.stringify({ services: { dev: { ...value.dev, ...dev }, db: value.db } }));

/** `gone`: lines that may go, with the comments in them. */
function holds(source: string, result: Edited | string, expected: Value, gone: readonly string[] = []): void {
  if (typeof result === 'string') throw new Error(`${result}\n${source}`);
  expect(plainOf(parse(result.text)), result.text).toEqual(expected);
  const left = comments(result.text);
  expect(comments(source).filter((comment) => !left.includes(comment) && !gone.includes(comment))).toEqual([]);
  expect(left).toEqual(comments(source).filter((comment) => left.includes(comment)));
  expect(result.text.startsWith('\ufeff')).toBe(source.startsWith('\ufeff'));
  expect(/\n$/.test(result.text)).toBe(/\n$/.test(source));
  if (source.includes('\r\n')) expect(result.text).not.toMatch(/[^\r]\n/);
  else expect(result.text).not.toContain('\r');
}

/** The comments in the lines from `start` to `end`. */
function inLines(source: string, start: number, end: number): readonly string[] {
  const from = source.lastIndexOf('\n', start - 1) + 1;
  const to = source.indexOf('\n', end - 1);
  return comments(source.slice(from, to < 0 ? source.length : to));
}

describe('edits of YAML', () => {
  it('append to a list in either style, and take nothing out', () => {
    fc.assert(
      fc.property(document, ({ value, text }) => {
        const result = edited(FILE, text, {
          kind: 'append',
          file: FILE,
          path: ['services', 'dev', 'cap_add'],
          items: ['X', 'a:b'],
        });
        holds(text, result, services(value, { cap_add: [...value.dev.cap_add, 'X', 'a:b'] }));
        if (typeof result !== 'string') expect(result.edits.every(({ start, end }) => start === end)).toBe(true);
        const empty = edited(FILE, text, {
          kind: 'append',
          file: FILE,
          path: ['services', 'dev', 'empty'],
          items: ['X'],
        });
        holds(text, empty, services(value, { empty: ['X'] }));
      }),
    );
  });

  it('make a list that is missing, and set keys', () => {
    fc.assert(
      fc.property(document, ({ value, text }) => {
        const made = edited(FILE, text, {
          kind: 'append',
          file: FILE,
          path: ['services', 'dev', 'cap_drop'],
          items: ['ALL'],
        });
        holds(text, made, services(value, { cap_drop: ['ALL'] }));
        const to = { file: FILE, path: ['services', 'dev'] };
        const put = edited(FILE, text, {
          kind: 'put',
          to,
          values: { mem_limit: '8g', pids_limit: 2048, image: 'x:1' },
        });
        holds(text, put, services(value, { mem_limit: '8g', pids_limit: 2048, image: 'x:1' }));
        const inner = edited(FILE, text, {
          kind: 'put',
          to: { file: FILE, path: [...to.path, 'environment'] },
          values: { A: 'no', Z: '' },
        });
        holds(text, inner, services(value, { environment: { ...value.dev.environment, A: 'no', Z: '' } }));
      }),
    );
  });

  it('take an item out with its line, and its key where it was the only one', () => {
    fc.assert(
      fc.property(document, ({ value, text, pick }) => {
        const list = value.dev.cap_add;
        const index = pick % list.length;
        const whole = at(parse(text), 'services', 'dev', 'cap_add');
        const item = at(whole, index);
        const key = entries(at(parse(text), 'services', 'dev')).find((pair) => pair.key === 'cap_add');
        if (!whole || !item || !key) throw new Error('no item');
        const result = edited(FILE, text, { kind: 'remove', at: item.span });
        const left = list.toSpliced(index, 1);
        const gone = inLines(text, item.span.start, item.span.end);
        if (left.length > 0) holds(text, result, services(value, { cap_add: left }), gone);
        else {
          const { end } = whole.span;
          const keyLine = [...inLines(text, key.keySpan.start, key.keySpan.end), ...inLines(text, end, end)];
          const emptied =
            typeof result !== 'string' && /cap_add/.test(result.text.slice(0, result.text.indexOf('db:')));
          holds(text, result, services(value, { cap_add: emptied ? [] : undefined }), [...gone, ...keyLine]);
        }
      }),
    );
  });

  it('take a key out with its lines', () => {
    fc.assert(
      fc.property(document, ({ value, text, pick }) => {
        const pairs = entries(at(parse(text), 'services', 'dev')).filter(
          ({ key }) => key === 'image' || key === 'empty',
        );
        const pair = pairs[pick % pairs.length];
        if (!pair) throw new Error('no pair');
        const { start, end } = entrySpan(pair);
        const result = edited(FILE, text, { kind: 'remove', at: entrySpan(pair) });
        holds(text, result, services(value, { [pair.key]: undefined }), inLines(text, start, end));
      }),
    );
  });

  it('replace a value in the quotes that it has', () => {
    fc.assert(
      fc.property(document, ({ value, text }) => {
        const pair = entries(at(parse(text), 'services', 'dev')).find(({ key }) => key === 'image');
        if (!pair) throw new Error('no pair');
        const result = edited(FILE, text, { kind: 'replace', at: entrySpan(pair), change: () => 'node:22' });
        holds(text, result, services(value, { image: 'node:22' }));
        if (typeof result === 'string') return;
        const { start, end } = pair.value.span;
        const quotes = /^["']/.exec(text.slice(start, end))?.[0] ?? '';
        expect(result.edits).toEqual([{ start, end, text: `${quotes}node:22${quotes}` }]);
      }),
    );
  });
});
