import * as z from 'zod';

export const ACTION_NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/u;
const ARGUMENT_NAME = /^[a-z][a-z0-9_]*$/u;
/** Variables of ours, of the loader and of the shells are no settings of a program. */
const VARIABLE = /^(?!COFFERDAM_|LD_|NODE_|(?:PATH|HOME|ENV|BASH_ENV|IFS|SHELLOPTS)$)[A-Z][A-Z0-9_]*$/u;

/** What an action gets for a key that it does not mention. */
const DEFAULTS = { perMinute: 10, concurrency: 1, timeout: 300, output: 1_048_576 } as const;

const describe = (what: string) =>
  z
    .string()
    .max(300)
    .regex(/^(?=.*\S)[^\p{C}\p{Zl}\p{Zp}]*$/u, 'a sentence on one line')
    .describe(what);

const argument = z
  .strictObject({
    type: z.enum(['string', 'integer', 'boolean', 'enum']).describe('What kind of value it is.'),
    describe: describe('What it is for, in plain words.').optional(),
    required: z.boolean().optional().describe('Whether a call must give it. Without this: yes, if it has no default.'),
    default: z
      .union([z.string(), z.number(), z.boolean()])
      .optional()
      .describe('The value of a call that does not give it. Without one, its word is left out.'),
    pattern: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe('Of a string, and needed: a JavaScript regular expression that the whole value must match.'),
    maxLength: z.int().min(1).max(4096).optional().describe('Of a string: characters at most; 200 if not given.'),
    leadingDash: z
      .boolean()
      .optional()
      .describe(
        'Of a string: whether a value may begin with `-` where the program would take it for an option. Better: write `--option={name}`, or a word `--` before it.',
      ),
    secret: z.boolean().optional().describe('Of a string: the audit log gets its length, not the value.'),
    minimum: z.int().optional().describe('Of an integer, and needed: the smallest value.'),
    maximum: z.int().optional().describe('Of an integer, and needed: the largest value.'),
    values: z
      .array(
        z
          .string()
          .max(200)
          .regex(/^[^\p{C}]+$/u, 'a text without control characters')
          .describe('A value.'),
      )
      .min(1)
      .max(100)
      .meta({ uniqueItems: true })
      .optional()
      .describe('Of an enum, and needed: the values that there are.'),
  })
  .describe('One argument. Its value becomes one word of the command, never more.');

const action = z
  .strictObject({
    describe: describe('What the action does, in plain words; the agent reads it.'),
    run: z
      .array(
        z
          .string()
          .min(1)
          .max(1000)
          .regex(/^[^\u0000\ud800-\udfff]+$/u, 'a text without NUL')
          .describe('A word. `{name}` and `--option={name}` stand for the argument of that name.'),
      )
      .min(1)
      .max(50)
      .describe(
        'The program and its words. No shell reads them. Files of .devcontainer/actions are in /actions; what is to be kept goes to /data.',
      ),
    arguments: z
      .record(z.string().max(40).regex(ARGUMENT_NAME, 'a name such as table or max_rows'), argument)
      .default({})
      .describe('What a call may choose, by name.'),
    perMinute: z
      .int()
      .min(1)
      .max(100)
      .default(DEFAULTS.perMinute)
      .describe('Calls in any minute; further ones get 429.'),
    concurrency: z.int().min(1).max(20).default(DEFAULTS.concurrency).describe('Runs at a time; further ones get 429.'),
    timeout: z
      .int()
      .min(1)
      .max(86_400)
      .default(DEFAULTS.timeout)
      .describe('Seconds, after which it is killed with everything that it started.'),
    output: z
      .int()
      .min(1)
      .max(1_073_741_824)
      .default(DEFAULTS.output)
      .describe('Bytes that it may write to its two outputs before it is killed.'),
    environment: z
      .array(z.string().max(100).regex(VARIABLE, 'the name of a variable, such as PGPASSWORD').describe('A variable.'))
      .max(50)
      .meta({ uniqueItems: true })
      .default([])
      .describe(
        'Variables that the program gets, besides PATH, HOME, LANG and TMPDIR: those of `shared` services, and the files of .devcontainer/state/secrets, which the agent cannot read.',
      ),
  })
  .describe('A command that a sidecar runs when the agent asks for it.');

export const actions = z
  .record(z.string().max(40).regex(ACTION_NAME, 'a name such as backup or load-sample'), action)
  .default({})
  .describe(
    'Commands that the agent may trigger but not change, by name: `cofferdam action NAME` in the box. A sidecar runs them, without the workspace and without a shell.',
  );
