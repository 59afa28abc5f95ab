import fc from 'fast-check';
import type { Policy } from '../../src/policy/policy.ts';
import { AGENT_NAMES } from '../../src/policy/schema.ts';
import { actionPolicies } from './action-policies.ts';

/** The shortest policy there is. */
export const BASE = 'version: 1\nstack: node\nagents: [codex]\n';

const number = fc.nat({ max: 99 });
const exact = fc.tuple(number, number, number).map((parts) => parts.join('.'));
const node = fc
  .tuple(fc.integer({ min: 18, max: 99 }), fc.array(number, { maxLength: 2 }))
  .map(([major, rest]) => [major, ...rest].join('.'));

const installs = fc.record({
  minimumReleaseAge: fc.constantFrom(0, 1440),
  installScripts: fc.uniqueArray(fc.stringMatching(/^(?:@[a-z0-9][a-z0-9._-]{0,4}\/)?[a-z0-9][a-z0-9._-]{0,6}$/), {
    maxLength: 3,
  }),
});

const stacks: fc.Arbitrary<Policy['stack']> = fc.oneof(
  fc.constant({ name: 'debian' } as const),
  fc
    .tuple(node, installs)
    .map(([version, rest]) => ({ name: 'node', node: version, packageManager: 'npm', ...rest }) as const),
  fc
    .tuple(node, fc.constantFrom('npm', 'pnpm', 'yarn'), exact, installs)
    .map(
      ([version, packageManager, packageManagerVersion, rest]) =>
        ({ name: 'node', node: version, packageManager, packageManagerVersion, ...rest }) as const,
    ),
);

const path = fc
  .array(
    fc
      .string({ minLength: 1, maxLength: 8, unit: 'grapheme' })
      .filter((name) => !/[/\\*?\u0000-\u001f\u007f-\u009f\ud800-\udfff]/u.test(name) && name !== '.' && name !== '..'),
    { minLength: 1, maxLength: 4 },
  )
  // The first letters keep clear of what every box protects, of `~` and of drive letters.
  .map((parts) => `xx${parts.join('/')}`);

const image = fc.stringMatching(/^[a-z]{1,8}:[a-z0-9][a-z0-9._-]{0,9}$/);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);

const word = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,9}$/);

const NO_SANDBOX: Policy['sandbox'] = { images: [], containers: 8, memory: '1g', cpus: 2, pids: 512 };
const sandboxes = fc.record({
  images: fc.uniqueArray(
    fc.stringMatching(/^(?:\*|[a-z0-9]{1,8}(?:\/[a-z0-9]{1,5}){0,2}(?::(?:\*|[a-z0-9]{1,5})|\/\*)?)$/),
    { maxLength: 3 },
  ),
  containers: fc.integer({ min: 1, max: 1000 }),
  memory: fc.tuple(fc.integer({ min: 10, max: 9999 }), fc.constantFrom('m', 'g')).map((parts) => parts.join('')),
  cpus: fc.double({ min: 0.1, max: 1024, noNaN: true }),
  pids: fc.integer({ min: 16, max: 32768 }),
});

/** Any policy that the parser accepts; what is printed of a sandbox is what counts. */
export const policies: fc.Arbitrary<Policy> = fc
  .tuple(levels(), sandboxes)
  .map(([policy, sandbox]) => ({ ...policy, sandbox: policy.docker === 'sandboxed' ? sandbox : NO_SANDBOX }));

function levels(): fc.Arbitrary<Omit<Policy, 'sandbox'>> {
  return fc.record({
    stack: stacks,
    agents: fc.uniqueArray(fc.constantFrom(...AGENT_NAMES), { minLength: 1 }),
    packages: fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,9}$/), { maxLength: 3 }),
    topology: fc.constantFrom('attached', 'split'),
    ipc: fc.constantFrom('prevent', 'guard', 'allow'),
    docker: fc.constantFrom('none', 'read', 'sandboxed'),
    egress: fc.constant('open'),
    services: fc.uniqueArray(
      fc.tuple(word, word).map((parts) => parts.join('/')),
      { maxLength: 4 },
    ),
    shared: fc.option(
      fc.record({
        postgres: fc.record({
          version: fc.constantFrom('13', '16.4', '18-alpine'),
          publish: fc.option(fc.integer({ min: 1024, max: 65535 }), { nil: undefined }),
        }),
      }),
      { nil: undefined },
    ),
    readOnly: fc
      .uniqueArray(path, { maxLength: 4, selector: (name) => name.normalize('NFC').toLowerCase() })
      .filter((paths) => {
        const folded = paths.map((name) => `${name.normalize('NFC').toLowerCase()}/`);
        return folded.every((one, index) => folded.every((other, at) => at === index || !one.startsWith(other)));
      }),
    limits: fc.record({
      memory: fc.tuple(fc.integer({ min: 100, max: 9999 }), fc.constantFrom('m', 'g')).map((parts) => parts.join('')),
      cpus: fc.double({ min: 0.1, max: 1024, noNaN: true }),
      pids: fc.integer({ min: 64, max: 32768 }),
    }),
    worktrees: fc.record({ isolation: fc.constantFrom('clone', 'shared') }),
    actions: actionPolicies,
    images: fc.dictionary(image, digest, { maxKeys: 3, noNullPrototype: true }),
    accept: fc.uniqueArray(
      fc.record({
        id: fc.oneof(
          fc.stringMatching(/^[A-Z]{3}-[0-9]{1,3}$/),
          fc.stringMatching(/^[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4})?$/),
        ),
        because: fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }).filter((text) => /\S/u.test(text)),
      }),
      { maxLength: 3, selector: ({ id }) => id },
    ),
  });
}
