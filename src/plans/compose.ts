import { AGENTS } from '../policy/agents.ts';
import type { WorkspaceFacts } from '../policy/git-paths.ts';
import { LAYOUT, protectedPaths } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import { type Bind, bind, CONFINED, HEALTH_TIMES, indent, labels, MARK, memory, text } from './compose-text.ts';
import { agentEnvironment, editorEnvironment } from './environment.ts';
import type { Given } from './part.ts';
import { partsOf } from './parts.ts';
import { caches, stateFolders } from './volumes.ts';

const volume = (name: string, target: string, why: string, readOnly = false): string =>
  `# ${why}\n- { type: volume, source: ${name}, target: ${text(target)}${readOnly ? ', read_only: true' : ''} }`;

/** The workspace, with everything that the host runs read-only: the same on both sides of a `split` box. */
const workspaceBinds = (policy: Policy, facts: WorkspaceFacts): readonly Bind[] => [
  { source: '..', target: LAYOUT.workspace, readOnly: false, why: 'the workspace' },
  ...protectedPaths(policy, facts).map(({ path, access, why, from }) => ({
    from,
    source: `../${path}`,
    target: `${LAYOUT.workspace}/${path}`,
    readOnly: access === 'read-only',
    why: access === 'read-only' ? `read-only: ${why}` : `a mount point of its own: ${why}`,
  })),
];

const IDENTITY: Bind = {
  source: './state/identity.gitconfig',
  target: `${LAYOUT.etc}/identity.gitconfig`,
  readOnly: true,
  why: 'name and address for commits',
};

function agentVolumes(policy: Policy, facts: WorkspaceFacts, given: readonly Given[]): string {
  const binds: readonly Bind[] = [
    ...workspaceBinds(policy, facts),
    ...stateFolders(policy).map(({ source, target, agent }) => ({
      source: `../${source}`,
      target,
      readOnly: false,
      why: `${AGENTS[agent].title}: its own configuration and token, the only ones that the box sees`,
    })),
    IDENTITY,
  ];
  return [
    ...binds.map(bind),
    ...caches(policy).map(({ name, target, why }) => volume(name, target, why)),
    volume('tmp', '/tmp', 'memory; the guard sees it too'),
    ...(policy.topology === 'split'
      ? [
          volume('terminal', LAYOUT.terminal, 'the socket through which the editor’s terminals come'),
          volume('editor-keys', LAYOUT.editorKeys, 'read-only: the key that they come with, its public half', true),
        ]
      : []),
    ...given.flatMap(({ volumes = [] }) => volumes),
  ].join('\n');
}

const variables = (map: Readonly<Record<string, string>>): string =>
  Object.entries(map)
    .map(([name, value]) => `${name}: ${text(value)}`)
    .join('\n');

/** What the agent's and the editor's container have in common, but the image's stage. */
function common(policy: Policy, service: string, command: string): string {
  const { memory, cpus, pids } = policy.limits;
  const target = policy.topology === 'split' ? `\n    target: ${service}` : '';
  return `${service}:
  build:
    context: .${target}
    args: { HOST_UID: "\${HOST_UID}", HOST_GID: "\${HOST_GID}" }
    ${MARK}
${indent(2, labels(service))}
  user: "\${HOST_UID}:\${HOST_GID}"
${indent(2, CONFINED)}
  mem_limit: ${text(memory)}
  memswap_limit: ${text(memory)}
  cpus: ${cpus}
  pids_limit: ${pids}
  init: true
  command: [${command}]
  working_dir: ${LAYOUT.workspace}`;
}

/** Files of the host that hold variables. initialize.sh makes them or stops; a fresh checkout has none, and is no broken one. */
const secretFiles = (given: readonly Given[]): string =>
  given
    .map(({ secrets }) =>
      secrets === undefined ? '' : `\n  env_file: [{ path: ${text(secrets.file)}, required: false }]`,
    )
    .join('');

/** What a container runs, after what runs beside it. */
const command = (given: readonly Given[], main: string): string =>
  [...given.flatMap(({ starts = [] }) => starts), main].join(', ');

const healthy = (services: readonly string[]): string =>
  services.length === 0
    ? ''
    : `\n  depends_on:\n${services.map((service) => `    ${service}: { condition: service_healthy }`).join('\n')}`;

/** Memory that only this container has. */
const ownMemory = (path: string, ...more: readonly string[]): string =>
  `\n  tmpfs: ${JSON.stringify([`${path}:mode=0700,uid=\${HOST_UID},gid=\${HOST_GID},size=64k`, ...more])}`;

/** In place of the agents' tokens, which the workspace holds: nothing that the editor runs is to read them. */
const NO_STATE = `${LAYOUT.workspace}/.devcontainer/state:ro,mode=0555,size=4k`;

/** Whether ssh answers, for the agent can leave a socket there that nobody listens on. sshd speaks first (RFC 4253, 4.2). */
const ANSWERING = `sleep 1 | socat -t 3 - UNIX-CONNECT:${LAYOUT.terminalSocket} | grep -q ^SSH-2`;

function agent(policy: Policy, facts: WorkspaceFacts): string {
  const split = policy.topology === 'split';
  const given = partsOf(policy, facts).flatMap((part) => part.agent ?? []);
  const networks = ['default', ...given.flatMap((one) => one.networks ?? [])];
  const waits = `\n  healthcheck: { test: [CMD-SHELL, ${text(ANSWERING)}], ${HEALTH_TIMES} }`;
  return `${common(policy, LAYOUT.agentService, command(given, split ? `${LAYOUT.etc}/agent-start` : 'sleep, infinity'))}
  environment:
${indent(4, variables(agentEnvironment(policy, facts)))}${secretFiles(given)}
  networks: [${networks.join(', ')}]${healthy(given.flatMap(({ waitsFor = [] }) => waitsFor))}${split ? ownMemory(LAYOUT.hostKey) + waits : ''}
  volumes:
${indent(4, agentVolumes(policy, facts, given))}`;
}

function editor(policy: Policy, facts: WorkspaceFacts): string {
  if (policy.topology !== 'split') return '';
  const given = partsOf(policy, facts).flatMap((part) => part.editor ?? []);
  const networks = [LAYOUT.editorNetwork, ...given.flatMap((one) => one.networks ?? [])];
  const volumes = [
    ...[...workspaceBinds(policy, facts), IDENTITY].map(bind),
    ...caches(policy)
      .filter(({ mountPoint }) => mountPoint !== undefined)
      .map(({ name, target }) => volume(name, target, 'what the agent’s container installed, to read', true)),
    volume('editor-tmp', '/tmp', 'memory, not the agent’s; the guard sees it too'),
    volume('terminal', LAYOUT.terminal, 'read-only: the way into the agent’s container', true),
    volume('editor-keys', LAYOUT.editorKeys, 'the key for that way, its public half'),
    ...given.flatMap((one) => one.volumes ?? []),
  ];
  return `# Holds the editor's server and no agent. Its terminals open in the agent's container; of this one the agent sees nothing.
${common(policy, LAYOUT.editorService, command(given, `${LAYOUT.etc}/editor-start`))}
  environment:
${indent(4, variables(editorEnvironment(policy, facts)))}
  networks: [${networks.join(', ')}]${healthy([LAYOUT.agentService, ...given.flatMap(({ waitsFor = [] }) => waitsFor)])}${ownMemory(LAYOUT.privateKey, NO_STATE)}
  healthcheck: { test: [CMD, test, -s, ${LAYOUT.editorKeys}/key.pub], ${HEALTH_TIMES} }
  volumes:
${indent(4, volumes.join('\n'))}
`;
}

/** As many files as large builds need, and few enough for the guard to look at all of them. */
const TMP = 'mode=1777,nosuid,nodev,size=2g,nr_inodes=200k';
/** A socket or a key: one side makes it, as the user that both are. */
const TINY = 'mode=0700,uid=${HOST_UID},gid=${HOST_GID},nosuid,nodev,noexec,size=64k,nr_inodes=64';

/** docker-compose.yml: the agent's container, its sidecars, and nothing shared with another folder. */
export function composeFile(policy: Policy, facts: WorkspaceFacts): string {
  const split = policy.topology === 'split';
  const parts = partsOf(policy, facts);
  const volumes = [
    ...caches(policy).map(({ name }) => `${name}: { ${MARK} }`),
    memory('tmp', TMP),
    ...(split ? [memory('editor-tmp', TMP), memory('terminal', TINY), memory('editor-keys', TINY)] : []),
    ...parts.flatMap((part) => part.volumes ?? []),
  ];
  const networks = [
    `# The way out. Egress is ${policy.egress}: whatever the agent can read it can send anywhere.\ndefault: { ${MARK} }`,
    ...parts.flatMap((part) => part.networks ?? []),
    ...(split
      ? [
          `# The editor's own way out: it and the agent cannot open connections to each other.\n${LAYOUT.editorNetwork}: { ${MARK} }`,
        ]
      : []),
  ];
  const services = [agent(policy, facts), editor(policy, facts), ...parts.flatMap((part) => part.services ?? [])];
  return `# Generated by cofferdam from cofferdam.yaml: change that file and run \`cofferdam sync\`.
# initialize.sh writes the variables to .env, next to this file.
name: \${COFFERDAM_PROJECT:?run .devcontainer/initialize.sh first}

services:
${services
  .filter((service) => service !== '')
  .map((service) => indent(2, service.trimEnd()))
  .join('\n\n')}

networks:
${indent(2, networks.join('\n'))}

volumes:
${indent(2, volumes.join('\n'))}
`;
}
