import { type Action, type Actions, type Argument, DEFAULT_MAX_LENGTH, isRequired } from '../../policy/actions.ts';

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
type Fields = Readonly<Record<string, Json>>;

function schemaOf(argument: Argument): Fields {
  const { type, describe, default: fallback, pattern = '', maxLength = DEFAULT_MAX_LENGTH } = argument;
  const of: Record<Argument['type'], Fields> = {
    string: { type: 'string', maxLength, pattern: `^(?:${pattern})$` },
    integer: { type: 'integer', minimum: argument.minimum ?? 0, maximum: argument.maximum ?? 0 },
    boolean: { type: 'boolean' },
    enum: { type: 'string', enum: argument.values ?? [] },
  };
  return {
    ...of[type],
    ...(describe === undefined ? {} : { description: describe }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
}

/** The arguments of an action as JSON Schema (2020-12), which OpenAPI 3.1 uses. */
const argumentsOf = (action: Action): Fields => ({
  type: 'object',
  properties: Object.fromEntries(
    Object.entries(action.arguments).map(([name, argument]) => [name, schemaOf(argument)]),
  ),
  required: Object.entries(action.arguments).flatMap(([name, argument]) => (isRequired(argument) ? [name] : [])),
  additionalProperties: false,
});

/** What GET /actions answers. */
export const listOf = (actions: Actions): Json => ({
  actions: Object.entries(actions).map(([name, action]) => ({
    name,
    describe: action.describe,
    arguments: argumentsOf(action),
    perMinute: action.perMinute,
    concurrency: action.concurrency,
    timeout: action.timeout,
    output: action.output,
  })),
});

const json = (schema: Fields): Fields => ({ 'application/json': { schema } });
const ERROR: Fields = { $ref: '#/components/schemas/Error' };
const refusal = (description: string): Fields => ({ description, content: json(ERROR) });
const REFUSALS: Fields = {
  '400': refusal('The arguments are not those of the action.'),
  '401': refusal('The token is missing or wrong.'),
  '403': refusal('The call comes from a web page, or for another host.'),
};

const operation = (name: string, action: Action): Fields => ({
  post: {
    operationId: name,
    summary: action.describe,
    requestBody: { required: Object.values(action.arguments).some(isRequired), content: json(argumentsOf(action)) },
    responses: {
      '200': {
        description: 'It runs. A line for each piece of output; the last line says how it ended.',
        content: {
          'application/x-ndjson': { schema: { $ref: '#/components/schemas/Line' } },
          'text/plain': { schema: { type: 'string' } },
        },
      },
      ...REFUSALS,
      '413': refusal('The body is larger than 64 KiB.'),
      '415': refusal('The body is not application/json.'),
      '429': {
        ...refusal('Too many calls in a minute, or too many at a time.'),
        headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
      },
      '503': refusal('What it needs is missing: a secret, or a log that can be written.'),
    },
  },
});

const answers = (operationId: string, summary: string): Fields => ({
  get: {
    operationId,
    summary,
    responses: {
      '200': { description: 'The answer.', content: json({ type: 'object' }) },
      ...REFUSALS,
    },
  },
});

/** The interface of one box, as OpenAPI 3.1 describes interfaces. */
export const openApiOf = (actions: Actions, host: string): Fields => ({
  openapi: '3.1.0',
  info: { title: 'Actions of this box', version: '1', description: 'Commands that the policy lets an agent trigger.' },
  servers: [{ url: `http://${host}` }],
  security: [{ token: [] }],
  paths: {
    ...Object.fromEntries(
      Object.entries(actions).map(([name, action]) => [`/actions/${name}`, operation(name, action)]),
    ),
    '/actions': answers('listActions', 'Which actions there are'),
    '/openapi.json': answers('describeInterface', 'This document'),
  },
  components: {
    securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    schemas: {
      Error: {
        type: 'object',
        properties: { error: { type: 'string' }, message: { type: 'string' } },
        required: ['error', 'message'],
      },
      Line: {
        type: 'object',
        properties: {
          stream: { enum: ['stdout', 'stderr'] },
          data: { type: 'string' },
          exit: { type: ['integer', 'null'] },
          signal: { type: 'string' },
          stopped: { enum: ['timeout', 'output', 'disconnect', 'shutdown'] },
        },
      },
    },
  },
});
