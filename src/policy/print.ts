import { ageText } from './installs.ts';
import type { Policy, Stack } from './policy.ts';
import { printPorts } from './ports.ts';
import { actionLines } from './print-actions.ts';
import { scalar } from './scalar.ts';
import { AGENT_NAMES, schemaUrl } from './schema.ts';

/** Remarks for entries of `readOnly`, by path: why `init` put them there. */
export type Remarks = Readonly<Record<string, string>>;

const list = (key: string, values: readonly string[], remarks: Remarks = {}): string =>
  values.length === 0
    ? `${key}: []`
    : `${key}:\n${values
        .map((value) => `  - ${scalar(value)}${Object.hasOwn(remarks, value) ? ` # ${remarks[value]}` : ''}`)
        .join('\n')}`;

function stackLines(stack: Stack): string {
  if (stack.name === 'debian') return 'stack: debian';
  const { node, packageManager, packageManagerVersion, minimumReleaseAge, installScripts } = stack;
  const manager = packageManagerVersion === undefined ? packageManager : `${packageManager}@${packageManagerVersion}`;
  return `stack: node
node:
  version: ${JSON.stringify(node)}
  packageManager: ${scalar(manager)}
  # How long a version must have been published before it is resolved (npm 11.10, pnpm 10.16, yarn 4.10 and later).
  minimumReleaseAge: ${ageText(minimumReleaseAge)}
  # Packages whose install scripts run when the box installs what the lockfile pins: no others do.
  installScripts: [${installScripts.map(scalar).join(', ')}]`;
}

const acceptLines = (accept: Policy['accept']): string =>
  accept.length === 0
    ? 'accept: []'
    : `accept:\n${accept.map(({ id, because }) => `  - id: ${scalar(id)}\n    because: ${scalar(because)}`).join('\n')}`;

/** Only where it says something: the defaults are in the schema. */
function sandboxLines({ docker, sandbox }: Policy): string {
  if (docker !== 'sandboxed') return '';
  const { memory, cpus, pids, containers, images } = sandbox;
  return `
# Containers that the agent makes: at most so many, each with so much, and only from images that are named here,
# such as postgres:16 or postgres:*. As long as none is named, none can be made.
sandbox:
  images: [${images.map(scalar).join(', ')}]
  containers: ${containers}
  memory: ${memory}
  cpus: ${cpus}
  pids: ${pids}
`;
}

function sharedLines({ shared }: Policy): string {
  if (shared === undefined) return '';
  const { version, publish } = shared.postgres;
  return `
# Runs once for this repository and all its worktrees: each has its own database. \`cofferdam services status\` shows them.
shared:
  postgres:
    version: ${JSON.stringify(version)}
${publish === undefined ? '' : `    publish: ${publish}\n`}`;
}

/** Only where it is not the default: what it gives up is to be read beside it. */
const worktreesLines = ({ isolation }: Policy['worktrees']): string =>
  isolation === 'clone'
    ? ''
    : `
# clone: each worktree has a repository of its own, and borrows this one's objects. shared: a linked worktree of git's,
# whose agent can write every branch of this repository.
worktrees:
  isolation: ${isolation}
`;

const forwardLines = ({ forward }: Policy): string => `
# Ports of the box's localhost that this machine's localhost reaches. Mind that the agent gets what comes there, the code
# of a login on this machine, too, if that one returns to such a port.
${forward === undefined ? '# forward: [3000-3003]' : `forward: [${printPorts(forward).join(', ')}]`}
`;

/** The entry `images` of a policy file. */
export const printImages = (images: Policy['images']): string =>
  Object.keys(images).length === 0
    ? 'images: {}'
    : `images:\n${Object.entries(images)
        .map(([image, digest]) => `  ${scalar(image)}: ${scalar(digest)}`)
        .join('\n')}`;

/** The text of a policy with other digests, and nothing else changed. `at` is the place of the value of `images`. */
export function withImages(
  text: string,
  images: Policy['images'],
  at: { readonly start: number; readonly end: number },
): string {
  const key = /^images:/m.exec(text);
  if (!key) return `${text.replace(/(?<!\n)\n*$/, '\n')}\n${printImages(images)}\n`;
  // Up to the last digest or the closing brace: what follows, a comment for instance, stays.
  const value = text.slice(at.start, at.end);
  const last = value.startsWith('{') ? /^[^}]*\}/.exec(value) : /^[\s\S]*sha256:[0-9a-f]{64}["']?/.exec(value);
  const end = last ? at.start + last[0].length : at.end;
  return text.slice(0, key.index) + printImages(images) + text.slice(end);
}

/** A policy as a file with comments: what `init` writes, and what parsePolicy reads back. `version` is cofferdam's own. */
export function printPolicy(policy: Policy, version: string, remarks: Remarks = {}): string {
  const { memory, cpus, pids } = policy.limits;
  return `# yaml-language-server: $schema=${schemaUrl(version)}
# What the agent's box is, and the only file of this folder to edit: \`cofferdam sync\` makes the others from it.
version: 1

# What the image brings: node or debian.
${stackLines(policy.stack)}

# Agents to install: ${AGENT_NAMES.join(', ')}.
${list('agents', policy.agents)}

# Debian packages for the image: the agent has no sudo and cannot install any itself.
${list('packages', policy.packages)}

# attached: the editor and the agent share one container. split: each has its own, on the same workspace; the editor's
# terminals open in the agent's container, and nothing of the editor is within the agent's reach.
topology: ${policy.topology}

# Sockets of the editor's server, where it runs: prevent (it can make none; lost are \`code\`, the editor's git
# credentials and its agent host), guard (removed a moment after they appear; a fast program may win), allow.
ipc: ${policy.ipc}

# What the agent may ask Docker: none, read (list, inspect and logs of this project; secrets redacted), or sandboxed
# (also make containers, which can't get at this machine's files, devices or Docker; its services that listen on the
# network they reach as any container does).
docker: ${policy.docker}
${sandboxLines(policy)}
# open: what the agent can read, it can send anywhere.
egress: ${policy.egress}

# Services of other compose projects that \`docker: read\` shows too, as PROJECT/SERVICE.
${list('services', policy.services)}
${sharedLines(policy)}${forwardLines(policy)}
# More files and folders that the agent must not write because you, or your tools, run them on this machine.
# .devcontainer, .vscode, .git/hooks, .git/config and their like are always read-only.
${list('readOnly', policy.readOnly, remarks)}

# What the agent's container may use of the machine.
limits:
  memory: ${memory}
  cpus: ${cpus}
  pids: ${pids}
${worktreesLines(policy.worktrees)}
${actionLines(policy.actions)}
# Digests of the base images: what a registry serves under the tag later is not taken. \`cofferdam sync --pin\` renews them.
${printImages(policy.images)}

# Risks that you accept, each with an id and a because. They stay in every report.
${acceptLines(policy.accept)}
`;
}
