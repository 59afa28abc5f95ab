import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToolError } from '../../src/core/errors.ts';
import { type Action, prepare, wholly } from '../../src/policy/actions.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { BASE } from '../support/policies.ts';

const matches = (pattern: string, value: string): boolean => wholly(pattern).test(value);
const given = (values: Record<string, unknown>): ReadonlyMap<string, unknown> => new Map(Object.entries(values));

const actionOf = (text: string): Action => {
  const action = parsePolicy(`${BASE}actions:\n  x: { describe: d, ${text} }\n`).policy.actions['x'];
  if (action === undefined) throw new Error('no action');
  return action;
};
const complaintOf = (text: string): string => {
  try {
    actionOf(text);
  } catch (error) {
    if (error instanceof ToolError) return `${error.message}\n${error.hint}`;
    throw error;
  }
  return '';
};

describe('an action of a policy', () => {
  it('has limits also where none are written', () => {
    expect(actionOf('run: [/actions/x]')).toEqual({
      describe: 'd',
      run: ['/actions/x'],
      arguments: {},
      perMinute: 10,
      concurrency: 1,
      timeout: 300,
      output: 1_048_576,
      environment: [],
    });
  });

  it.each<[string, string]>([
    ['run: ["{a}"], arguments: { a: { type: string, pattern: x } }', 'may not choose the program'],
    ['run: [x, "{b}"]', 'there is no argument b'],
    ['run: [x, "a{b}"], arguments: { b: { type: string, pattern: x } }', 'only a part of its word'],
    ['run: [x], arguments: { b: { type: boolean } }', 'the argument b is not in `run`'],
    ['run: [x, "{b}"], arguments: { b: { type: string } }', 'has no `pattern`'],
    ['run: [x, "{b}"], arguments: { b: { type: boolean, pattern: x } }', 'no effect with `type: boolean`'],
    ['run: [x, "{b}"], arguments: { b: { type: string, pattern: "(" } }', 'no regular expression'],
    ['run: [x, "{b}"], arguments: { b: { type: integer, minimum: 2, maximum: 1 } }', 'no number is at least 2'],
    ['run: [x, "{b}"], arguments: { b: { type: enum, values: [a], default: b } }', 'must be one of a'],
    ['run: [x, "{b}"], arguments: { b: { type: enum, values: [a, "-f"] } }', 'may begin with -'],
    ['run: [x, "{b}"], arguments: { b: { type: integer, minimum: -1, maximum: 1 } }', 'may begin with -'],
    [
      'run: [x, "{b}"], arguments: { b: { type: boolean, default: true, required: true } }',
      'its default has no effect',
    ],
    ['run: [x, -n, "{b}"], arguments: { b: { type: boolean, required: false } }', '-n would be left alone'],
    ['run: [sh, -c, "{b}"], arguments: { b: { type: string, pattern: ".*" } }', 'sh would run the value of b'],
    ['run: [env, bash, -ec, "{b}"], arguments: { b: { type: string, pattern: ".*" } }', 'would run the value of b'],
    ['run: [psql, "--command={b}"], arguments: { b: { type: string, pattern: ".*" } }', 'psql would run the value'],
    ...['sh, -ce', 'bash, -cx', 'sh, -c, --', 'env, A=1, bash, -e, -o, pipefail, -c, --', 'zsh, -c, +x'].map(
      (words): [string, string] => [
        `run: [${words}, "{b}"], arguments: { b: { type: string, pattern: ".*" } }`,
        'sh would run the value of b as a program',
      ],
    ),
    ...['env, --', 'env, A=1', 'timeout, -k, "5", 1.5m', 'nice, -n, "10"', 'xargs, --'].map(
      (words): [string, string] => [
        `run: [${words}, "{b}"], arguments: { b: { type: string, pattern: ".*" } }`,
        'may not choose the program',
      ],
    ),
    ['run: [x], perMinute: 0', 'at least 1'],
    ['run: []', 'at least 1'],
    ['run: [x], environment: [LD_PRELOAD]', 'the name of a variable'],
    ['run: [x], shell: true', 'unknown key `shell`'],
    ['run: [x, "{b}"], arguments: { B: { type: boolean } }', 'the key `B` must be a name such as table'],
  ])('is refused: %s', (text, message) => {
    expect(complaintOf(text)).toContain(message);
  });

  it('is refused where the log would have no line for each call', () => {
    const many = ['a', 'b', 'c'].map((name) => `  ${name}: { describe: d, run: [x], perMinute: 67 }\n`).join('');
    expect(() => parsePolicy(`${BASE}actions:\n${many}`)).toThrow(/201 times in a minute/);
  });
});

const EVERY_TYPE = actionOf(
  `run: [run, "--s={s}", "--i={i}", "--b={b}", "{e}", "{o}", --, "{s}"], arguments: {
    s: { type: string, pattern: "[^]*", maxLength: 100 }, i: { type: integer, minimum: -5, maximum: 5 },
    b: { type: boolean }, e: { type: enum, values: [one, two] },
    o: { type: string, pattern: "[^]*", required: false } }`,
);
const FINE = { s: 'x', i: 0, b: true, e: 'one' };

describe('arguments of a call', () => {
  it('become words, and what was not given leaves its word out', () => {
    const made = prepare(EVERY_TYPE, given({ ...FINE, i: -5 }), matches);
    expect(made).toMatchObject({ ok: true, argv: ['run', '--s=x', '--i=-5', '--b=true', 'one', '--', 'x'] });
  });

  it.each<[string, Record<string, unknown>]>([
    ['an argument that there is not', { ...FINE, x: 1 }],
    ['the name of something that every object has', { ...FINE, constructor: 'x' }],
    ['a missing one', { s: 'x', i: 0, b: true }],
    ['a text for a number', { ...FINE, i: '1' }],
    ['a fraction', { ...FINE, i: 0.5 }],
    ['a number out of bounds', { ...FINE, i: 6 }],
    ['a number for a switch', { ...FINE, b: 1 }],
    ['another word', { ...FINE, e: 'three' }],
    ['too long a text', { ...FINE, s: 'x'.repeat(101) }],
    ['NUL, at which the kernel ends a word', { ...FINE, s: 'a\0b' }],
    ['half a character, which would arrive as another', { ...FINE, s: '\ud800' }],
    ['a list', { ...FINE, s: ['x'] }],
    ['null', { ...FINE, s: null }],
  ])('are refused: %s', (_, values) => {
    expect(prepare(EVERY_TYPE, given(values), matches).ok).toBe(false);
  });

  it('must match the pattern from the first character to the last', () => {
    const action = actionOf('run: [x, "{a}"], arguments: { a: { type: string, pattern: "a|b" } }');
    for (const value of ['ab', 'xa', 'bx', 'a\n', '\nb', '']) {
      expect(prepare(action, given({ a: value }), matches).ok).toBe(false);
    }
    expect(prepare(action, given({ a: 'b' }), matches)).toMatchObject({ argv: ['x', 'b'] });
  });

  it('are no options, unless the policy says that they may be', () => {
    const spec = (more: string) => `arguments: { a: { type: string, pattern: ".*"${more} } }`;
    const made = (run: string, more = '') =>
      prepare(actionOf(`run: [${run}], ${spec(more)}`), given({ a: '-f' }), matches);
    expect(made('x, "{a}"')).toMatchObject({ ok: false, why: expect.stringContaining('an option') });
    expect(made('x, --, "{a}"')).toMatchObject({ ok: true, argv: ['x', '--', '-f'] });
    for (const words of ['env, --, rm', 'timeout, --, "5", rm', `sh, -c, 'rm "$1"', --`]) {
      expect(made(`${words}, "{a}"`)).toMatchObject({ ok: false, why: expect.stringContaining('an option') });
    }
    expect(made(`sh, -c, 'rm -- "$1"', sh, "{a}"`, ', leadingDash: true')).toMatchObject({ ok: true });
    expect(made('x, "--a={a}"')).toMatchObject({ ok: true, argv: ['x', '--a=-f'] });
    expect(made('x, "{a}"', ', leadingDash: true')).toMatchObject({ ok: true, argv: ['x', '-f'] });
  });

  it('never make more words, or other ones, whatever they hold', () => {
    const text = fc.string({ maxLength: 100, unit: 'binary' }).filter((value) => !/[\0\ud800-\udfff]/u.test(value));
    fc.assert(
      fc.property(text, (s) => {
        expect(prepare(EVERY_TYPE, given({ ...FINE, s }), matches)).toMatchObject({
          ok: true,
          argv: ['run', `--s=${s}`, '--i=0', '--b=true', 'one', '--', s],
        });
      }),
    );
  });

  it('of any shape are refused or taken, and what is taken has the words of the command', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('s', 'i', 'b', 'e', 'o', '__proto__', 'x'), fc.jsonValue()),
        (values) => {
          const made = prepare(EVERY_TYPE, new Map(Object.entries(values)), matches);
          if (!made.ok) return;
          expect(made.argv.length).toBe(values['o'] === undefined ? 7 : 8);
          expect(made.argv.every((word) => !word.includes('\0'))).toBe(true);
        },
      ),
    );
  });
});
