import * as z from 'zod';
import { publishedUrl } from '../core/published.ts';
import { AGENTS, type AgentName } from './agents.ts';
import { IMAGE_PATTERN } from './image-pattern.ts';
import { NODE_DEFAULTS } from './node-settings.ts';
import { actions } from './schema-actions.ts';
import { FORWARD_SCHEMA } from './schema-forward.ts';
import { node } from './schema-node.ts';
import { SHARED_SCHEMA } from './schema-shared.ts';
import { worktrees } from './schema-worktrees.ts';

const isAgent = (name: string): name is AgentName => Object.hasOwn(AGENTS, name);
export const AGENT_NAMES: readonly AgentName[] = Object.keys(AGENTS).filter(isAgent);

/** What a policy gets for a key that it does not mention. */
export const DEFAULTS = {
  node: NODE_DEFAULTS,
  limits: { memory: '8g', cpus: 2, pids: 2048 },
  sandbox: { images: [], containers: 8, memory: '1g', cpus: 2, pids: 512 },
} as const;

/**
 * A path below the workspace: no leading slash, `~` or drive letter, no `.` or `..` or empty segment, and none of the
 * characters that are a separator elsewhere (`\`), a pattern (`*`, `?`), unprintable, or not a character (surrogates).
 */
const SEGMENT = '(?!\\.{1,2}(?:/|$))[^/\\\\*?\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]+';
export const RELATIVE_PATH = new RegExp(`^(?!~|[A-Za-z]:)${SEGMENT}(?:/${SEGMENT})*$`, 'u');
const IMAGE = /^[a-z0-9]+(?:[._/-][a-z0-9]+)*:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/u;

/** The messages say what a value must be: they complete the sentence “… must be”. */
const path = z
  .string()
  .max(1000)
  .regex(RELATIVE_PATH, 'a path below the workspace, such as scripts/deploy.sh')
  .describe('A file or folder, relative to the workspace, with forward slashes. It need not exist yet.');

const service = z
  .string()
  .max(200)
  .regex(/^[a-z0-9][a-z0-9_-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/u, 'PROJECT/SERVICE, such as shop-db/postgres')
  .describe('A service of another docker compose project: PROJECT/SERVICE, as `docker compose ls` and `ps` name them.');

const limits = z
  .strictObject({
    memory: z
      .string()
      .regex(/^(?:[1-9][0-9]{2,6}m|[1-9][0-9]{0,3}g)$/u, 'a size from 100m on, such as 512m or 8g')
      .default(DEFAULTS.limits.memory)
      .describe('Memory of the agent’s container, swap included: a number and `m` or `g`.'),
    cpus: z
      .number()
      .min(0.1)
      .max(1024)
      .default(DEFAULTS.limits.cpus)
      .describe('Processors that the agent’s container may use; not more than the machine has.'),
    pids: z
      .int()
      .min(64)
      .max(32768)
      .default(DEFAULTS.limits.pids)
      .describe('Processes and threads that may exist at a time in the agent’s container.'),
  })
  .describe('What the agent’s container may use of the machine.');

const sandbox = z
  .strictObject({
    images: z
      .array(
        z
          .string()
          .max(256)
          .regex(
            IMAGE_PATTERN,
            'an image such as postgres:16, or a pattern: postgres:*, registry.example.com/team/*, or *',
          )
          .describe('An image, `NAME:*` for each of its tags, `FOLDER/*` for all below, or `*` for all of Docker Hub.'),
      )
      .max(200)
      .meta({ uniqueItems: true })
      .default([...DEFAULTS.sandbox.images])
      .describe(
        'Images that the agent may pull and run. None: it can make no container. `*` and `FOLDER/*` cover images that have a registry’s digest; with containerd’s image store, Docker gives one to images that were built on the host too.',
      ),
    containers: z
      .int()
      .min(1)
      .max(1000)
      .default(DEFAULTS.sandbox.containers)
      .describe('Containers of the agent’s that may exist at once.'),
    memory: z
      .string()
      .regex(/^(?:[1-9][0-9]{1,5}m|[1-9][0-9]{0,3}g)$/u, 'a size from 10m on, such as 512m or 2g')
      .default(DEFAULTS.sandbox.memory)
      .describe('Memory of each of them, swap included.'),
    cpus: z
      .number()
      .min(0.1)
      .max(1024)
      .default(DEFAULTS.sandbox.cpus)
      .describe('Processors that each of them may use.'),
    pids: z.int().min(16).max(32768).default(DEFAULTS.sandbox.pids).describe('Processes and threads in each of them.'),
  })
  .describe('With `docker: sandboxed`: ceilings for the containers that the agent makes.');

const acceptance = z
  .strictObject({
    id: z
      .string()
      .max(60)
      .regex(
        /^(?:[A-Z]{3}-[0-9]{1,3}|[a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/u,
        'the name of an attack or a rule, such as NET-01 or open-egress',
      )
      .describe('The attack, rule or probe whose risk is accepted, as the reports name it.'),
    because: z
      .string()
      .max(1000)
      .regex(/\S/u, 'a reason for the reader of a report')
      .describe('Why. Every report prints it.'),
  })
  .describe('A risk that you accept knowingly.');

export const POLICY_SCHEMA = z
  .strictObject({
    version: z.literal(1).describe('Version of this file format: 1.'),
    stack: z.enum(['node', 'debian']).describe('What the image brings: `node`, or `debian` without a language.'),
    node: node.optional(),
    agents: z
      .array(z.enum(AGENT_NAMES).describe('A coding agent.'))
      .min(1)
      .max(AGENT_NAMES.length)
      .meta({ uniqueItems: true })
      .describe('The coding agents that are installed. Each sees its own configuration folder and no other.'),
    packages: z
      .array(
        z
          .string()
          .max(100)
          .regex(/^[a-z0-9][a-z0-9+.-]+$/u, 'the name of a Debian package, such as python3 or postgresql-client')
          .describe('A Debian package.'),
      )
      .max(200)
      .meta({ uniqueItems: true })
      .default([])
      .describe('Debian packages for the image, besides what every box has. The agent cannot install any itself.'),
    topology: z
      .enum(['attached', 'split'])
      .default('attached')
      .describe(
        '`attached`: the editor and the agent share one container. `split`: each has its own, on the same workspace; the editor’s terminals open in the agent’s, and nothing of the editor is within the agent’s reach.',
      ),
    ipc: z
      .enum(['prevent', 'guard', 'allow'])
      .default('prevent')
      .describe(
        'What is done in the container where the editor’s server runs. `prevent`: it can make no socket (what the Dev Containers extension of a desktop editor puts into /tmp goes as with `guard`); lost are `code` on the command line, the editor’s git credentials and its agent host. `guard`: sockets are removed a moment after they appear, which a program that tries all the time beats now and then. `allow`: nothing.',
      ),
    docker: z
      .enum(['none', 'read', 'sandboxed'])
      .default('read')
      .describe(
        'What the agent may ask Docker: `none`; `read`: list, inspect and read the logs of this project and of `services`, secrets redacted; `sandboxed`: also make containers of the images of `sandbox`, which can’t get at the host’s files, devices or engine (services of the host that listen on the network, they reach as any container does).',
      ),
    sandbox: sandbox.prefault({}),
    egress: z
      .enum(['open'])
      .default('open')
      .describe('`open`: the agent reaches the network as any container does, and can send away what it can read.'),
    services: z
      .array(service)
      .max(200)
      .meta({ uniqueItems: true })
      .default([])
      .describe('Services of other compose projects that `docker: read` shows too.'),
    shared: SHARED_SCHEMA.optional(),
    forward: FORWARD_SCHEMA.optional(),
    readOnly: z
      .array(path)
      .max(200)
      .meta({ uniqueItems: true })
      .default([])
      .describe(
        'More files and folders that the agent can’t write. What the host runs by itself (.git/hooks, .vscode …) always is.',
      ),
    limits: limits.prefault({}),
    worktrees: worktrees.prefault({}),
    actions,
    images: z
      .record(
        z.string().max(200).regex(IMAGE, 'an image with its tag, such as node:22-bookworm-slim'),
        z.string().regex(/^sha256:[0-9a-f]{64}$/u, 'a digest: sha256: and 64 hexadecimal digits'),
      )
      .default({})
      .describe(
        'Digests of the base images, as `cofferdam sync --pin` writes them. An image without one is taken by its tag.',
      ),
    accept: z
      .array(acceptance)
      .max(200)
      .default([])
      .describe('Risks that you accept knowingly. They stay in every report, with your reason.'),
  })
  .meta({
    // Only `stack: node` has something to set; the parser says the same in its own words.
    if: { type: 'object', properties: { stack: { const: 'debian' } }, required: ['stack'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { type: 'object', properties: { node: false } },
  });

/** The policy's JSON Schema (2020-12), for editors: schema/policy.schema.json. */
export function policyJsonSchema(version: string): string {
  const schema = z.toJSONSchema(POLICY_SCHEMA, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema: schema.$schema, $id: schemaUrl(version), title: 'cofferdam.yaml', ...schema }, null, 2)}\n`;
}

export const schemaUrl = (version: string): string => publishedUrl(version, 'schema/policy.schema.json');
