import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepare, wholly } from '../../src/policy/actions.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { openApiOf } from '../../src/sidecars/actions/openapi.ts';
import { actionPolicies } from '../support/action-policies.ts';
import { BASE } from '../support/policies.ts';

const problemsOf = async (document: unknown): Promise<unknown> => {
  const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)));
  return valid ? [] : errors;
};

describe('the description of the interface', () => {
  it('is valid OpenAPI 3.1 for the example', async () => {
    const { actions } = parsePolicy(BASE + readFileSync('examples/db-admin/policy.yaml', 'utf8')).policy;
    const document = openApiOf(actions, 'cofferdam-actions:7070');
    expect(await problemsOf(document)).toEqual([]);
    expect(document).toMatchObject({ openapi: '3.1.0', paths: { '/actions/backup': { post: {} } } });
  });

  it('is found wrong where it is: the validator can say no', async () => {
    expect(await problemsOf({ ...openApiOf({}, 'h'), paths: { 'no-slash': {} } })).not.toEqual([]);
  });

  it('is valid for any actions that a policy may have', async () => {
    await fc.assert(
      fc.asyncProperty(actionPolicies, async (actions) => {
        expect(await problemsOf(openApiOf(actions, 'h:1'))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('takes and refuses the arguments that the sidecar does', () => {
    const { actions } = parsePolicy(`${BASE}actions:
  x:
    describe: d
    run: [x, "--s={s}", "--i={i}", "--b={b}", "--e={e}"]
    arguments:
      s: { type: string, pattern: "[a-z]+|-", maxLength: 5 }
      i: { type: integer, minimum: -1, maximum: 9, required: false }
      b: { type: boolean, default: true }
      e: { type: enum, values: [one, two], default: one }
`).policy;
    const action = actions['x'];
    if (action === undefined) throw new Error('no action');
    const document = JSON.parse(JSON.stringify(openApiOf(actions, 'h')));
    const accepts = new Ajv2020().compile(
      document.paths['/actions/x'].post.requestBody.content['application/json'].schema,
    );
    const odd = fc.oneof(fc.jsonValue(), fc.constantFrom('a', '-', 'abcdef', 'a-', 0, -1, 10, true, 'one', 'two'));
    const body = fc.dictionary(fc.constantFrom('s', 'i', 'b', 'e', 'z'), odd, { noNullPrototype: true });
    fc.assert(
      fc.property(body, (values) => {
        const made = prepare(action, new Map(Object.entries(values)), (pattern, value) => wholly(pattern).test(value));
        expect(made.ok).toBe(accepts(values));
      }),
      { numRuns: 1000 },
    );
  });
});
