import fc from 'fast-check';
import type { Action, Actions } from '../../src/policy/actions.ts';

const sentence = fc
  .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  .filter((text) => /\S/u.test(text) && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text));
const literal = fc
  .string({ minLength: 1, maxLength: 20, unit: 'binary' })
  .filter((text) => !/[\0{}\ud800-\udfff]/u.test(text));

const COMMON = { describe: sentence };
const given = fc.oneof(
  fc.record({
    type: fc.constant('string' as const),
    pattern: fc.constantFrom('[a-z]+', '[^/]*', '\\w{1,8}'),
    ...COMMON,
  }),
  fc.record({
    type: fc.constant('integer' as const),
    minimum: fc.integer({ min: 0, max: 9 }),
    maximum: fc.integer({ min: 9, max: 1e9 }),
  }),
  fc.record({ type: fc.constant('boolean' as const), default: fc.boolean() }),
  fc.record({
    type: fc.constant('enum' as const),
    values: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,5}$/), { minLength: 1 }),
  }),
);

const action: fc.Arbitrary<Action> = fc
  .record({
    describe: sentence,
    words: fc.array(literal, { minLength: 1, maxLength: 4 }),
    arguments: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/), given, { maxKeys: 3, noNullPrototype: true }),
    perMinute: fc.integer({ min: 1, max: 60 }),
    concurrency: fc.integer({ min: 1, max: 20 }),
    timeout: fc.integer({ min: 1, max: 86_400 }),
    output: fc.integer({ min: 1, max: 1_073_741_824 }),
    environment: fc.uniqueArray(fc.stringMatching(/^PG[A-Z]{1,5}$/), { maxLength: 2 }),
  })
  .map(({ words, ...rest }) => ({
    ...rest,
    run: ['/actions/run', ...words, ...Object.keys(rest.arguments).map((name) => `--value={${name}}`)],
  }));

/** Actions that the parser accepts. */
export const actionPolicies: fc.Arbitrary<Actions> = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,6}(-[a-z0-9]{1,3})?$/),
  action,
  { maxKeys: 3, noNullPrototype: true },
);
