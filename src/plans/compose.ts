import { AGENTS } from '../policy/agents.ts';
import { LABELS, LAYOUT, protectedPaths, type WorkspaceFacts } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import { caches, stateFolders } from './volumes.ts';

/** A YAML scalar that compose reads as exactly this text: JSON is YAML, and `$$` is compose's `$`. */
const text = (value: string): string => JSON.stringify(value).replaceAll('$', '$$$$');

const indent = (columns: number, lines: string): string =>
  lines
    .split('\n')
    .map((line) => (line ? ' '.repeat(columns) + line : line))
    .join('\n');

interface Bind {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly why: string;
}

/** Long syntax: the short one splits at colons, and makes missing sources as root. */
const bind = ({ source, target, readOnly, why }: Bind): string =>
  `# ${why}
- type: bind
  source: ${text(source)}
  target: ${text(target)}
${readOnly ? '  read_only: true\n' : ''}  bind: { create_host_path: false }`;

const labels = (role: string): string => `labels:
  ${LABELS.project}: \${COFFERDAM_PROJECT}
  ${LABELS.role}: ${role}
  ${LABELS.config}: \${COFFERDAM_CONFIG}`;

/** On everything that is made for this folder: `down` finds it by this. */
const MARK = `labels: { ${LABELS.project}: "\${COFFERDAM_PROJECT}" }`;

/** What every container gets, ours too. */
const CONFINED = `cap_drop: [ALL]
security_opt: ["no-new-privileges:true"]
logging: { driver: json-file, options: { max-size: 10m, max-file: "3" } }`;

const HEALTH_TIMES = 'start_period: 30s, start_interval: 100ms, interval: 30s, timeout: 5s, retries: 3';

function agentEnvironment(policy: Policy): Readonly<Record<string, string>> {
  const own = policy.agents.flatMap((agent) => Object.entries<string>(AGENTS[agent].environment));
  return {
    ...(policy.docker === 'none' ? {} : { DOCKER_HOST: `tcp://${LAYOUT.firewallService}:${LAYOUT.firewallPort}` }),
    DOCKER_CONFIG: `${LAYOUT.etc}/docker`,
    XDG_RUNTIME_DIR: LAYOUT.runtimeDir,
    BASH_ENV: LAYOUT.hardenScript,
    ENV: LAYOUT.hardenScript,
    npm_config_cache: `${LAYOUT.home}/.cache/npm`,
    npm_config_store_dir: `${LAYOUT.home}/.cache/pnpm-store`,
    YARN_CACHE_FOLDER: `${LAYOUT.home}/.cache/yarn`,
    ...Object.fromEntries(own.map(([name, value]) => [name, value.replace(/^~(?=\/)/, LAYOUT.home)])),
  };
}

function agentVolumes(policy: Policy, facts: WorkspaceFacts): string {
  const binds: Bind[] = [
    { source: '..', target: LAYOUT.workspace, readOnly: false, why: 'the workspace' },
    ...protectedPaths(policy, facts).map(({ path, access, why }) => ({
      source: `../${path}`,
      target: `${LAYOUT.workspace}/${path}`,
      readOnly: access === 'read-only',
      why: access === 'read-only' ? `read-only: ${why}` : `a mount point of its own: ${why}`,
    })),
    ...stateFolders(policy).map(({ source, target, agent }) => ({
      source: `../${source}`,
      target,
      readOnly: false,
      why: `${AGENTS[agent].title}: its own configuration and token, the only ones that the box sees`,
    })),
    {
      source: './state/identity.gitconfig',
      target: `${LAYOUT.etc}/identity.gitconfig`,
      readOnly: true,
      why: 'name and address for commits',
    },
  ];
  const volumes = caches(policy).map(
    ({ name, target, why }) => `# ${why}\n- { type: volume, source: ${name}, target: ${text(target)} }`,
  );
  const tmp = '# memory; the guard sees it too\n- { type: volume, source: tmp, target: /tmp }';
  return [...binds.map(bind), ...volumes, tmp].join('\n');
}

function agent(policy: Policy, facts: WorkspaceFacts): string {
  const { memory, cpus, pids } = policy.limits;
  const environment = Object.entries(agentEnvironment(policy)).map(([name, value]) => `${name}: ${text(value)}`);
  const networks = policy.docker === 'none' ? '[default]' : `[default, ${LAYOUT.firewallNetwork}]`;
  const firewall = policy.docker === 'none' ? '' : `\n  ${LAYOUT.firewallService}: { condition: service_healthy }`;
  return `${LAYOUT.agentService}:
  build:
    context: .
    args: { HOST_UID: "\${HOST_UID}", HOST_GID: "\${HOST_GID}" }
    ${MARK}
${indent(2, labels('agent'))}
  user: "\${HOST_UID}:\${HOST_GID}"
${indent(2, CONFINED)}
  mem_limit: ${text(memory)}
  memswap_limit: ${text(memory)}
  cpus: ${cpus}
  pids_limit: ${pids}
  init: true
  command: [sleep, infinity]
  working_dir: ${LAYOUT.workspace}
  environment:
${indent(4, environment.join('\n'))}
  networks: ${networks}
  depends_on:
    ${LAYOUT.guardService}: { condition: service_healthy }${indent(2, firewall)}
  volumes:
${indent(4, agentVolumes(policy, facts))}`;
}

/** Containers that the agent makes join its own network; their ports are published only where that network ends. */
function sandbox({ docker, sandbox: { images, containers, memory, cpus, pids } }: Policy): string {
  if (docker !== 'sandboxed') return '';
  const flags = [
    ['--network', '"${COFFERDAM_PROJECT}_default"'],
    ['--publish', 'gateway'],
    ['--containers', text(String(containers))],
    ['--memory', text(memory)],
    ['--cpus', text(String(cpus))],
    ['--pids', text(String(pids))],
    ...images.map((image) => ['--image', text(image)]),
  ];
  return flags.map(([flag, value]) => `, ${flag}, ${value}`).join('');
}

function firewall(policy: Policy): string {
  const services = policy.services.map((service) => `, --service, ${text(service)}`).join('');
  return `
# Holds the engine's socket, so that the agent does not. Lets reading requests about this project through and rebuilds
# them; everything else is refused with a reason. (A read-only mount protects the socket's name, not the API behind it.)
${LAYOUT.firewallService}:
  build: { context: ./sidecar, ${MARK} }
${indent(2, labels('firewall'))}
  # prettier-ignore
  command: [docker-proxy, --listen, "tcp://0.0.0.0:${LAYOUT.firewallPort}", --upstream, "unix:///var/run/docker.sock", --level, ${policy.docker}, --scope, "project=\${COFFERDAM_PROJECT}"${services}${sandbox(policy)}]
  user: "0:0"
${indent(2, CONFINED)}
  read_only: true
  mem_limit: 256m
  cpus: 1
  pids_limit: 64
  restart: unless-stopped
  networks: [${LAYOUT.firewallNetwork}]
  volumes:
    - type: bind
      source: \${COFFERDAM_DOCKER_SOCKET}
      target: /var/run/docker.sock
      read_only: true
      bind: { create_host_path: false }
  healthcheck: { test: [CMD, node, /cofferdam.cjs, health, docker-proxy], ${HEALTH_TIMES} }
`.replace('  # prettier-ignore\n', '');
}

const guard = (): string => `
# Removes sockets that an editor leaves in /tmp, from outside of the agent's reach: another container, no network.
${LAYOUT.guardService}:
  build: { context: ./sidecar, ${MARK} }
${indent(2, labels('guard'))}
  command: [guard, --watch, ${LAYOUT.guardView}]
  user: "\${HOST_UID}:\${HOST_GID}"
${indent(2, CONFINED)}
  read_only: true
  mem_limit: 256m
  cpus: 1
  pids_limit: 64
  restart: unless-stopped
  network_mode: none
  volumes:
    - { type: volume, source: tmp, target: ${LAYOUT.guardView} }
  tmpfs: ["/run:mode=1777,size=1m"]
  healthcheck: { test: [CMD, node, /cofferdam.cjs, health, guard], ${HEALTH_TIMES} }
`;

/** docker-compose.yml: the agent's container, its sidecars, and nothing shared with another folder. */
export function composeFile(policy: Policy, facts: WorkspaceFacts): string {
  const volumes = caches(policy).map(({ name }) => `${name}: { ${MARK} }`);
  const network =
    policy.docker === 'none'
      ? ''
      : `  # No way out and nobody else on it: only the firewall and the agent.\n  ${LAYOUT.firewallNetwork}: { internal: true, ${MARK} }\n`;
  return `# Generated by cofferdam from cofferdam.yaml: change that file and run \`cofferdam sync\`.
# initialize.sh writes the variables to .env, next to this file.
name: \${COFFERDAM_PROJECT:?run .devcontainer/initialize.sh first}

services:
${indent(2, agent(policy, facts))}
${policy.docker === 'none' ? '' : indent(2, firewall(policy))}${indent(2, guard())}
networks:
  # The way out. Egress is ${policy.egress}: whatever the agent can read it can send anywhere.
  default: { ${MARK} }
${network}
volumes:
${indent(2, volumes.join('\n'))}
  tmp:
    ${MARK}
    driver: local
    # As many files as large builds need, and few enough for the guard to look at all of them (tmpfs(5)).
    driver_opts: { type: tmpfs, device: tmpfs, o: "mode=1777,nosuid,nodev,size=2g,nr_inodes=200k" }
`;
}
