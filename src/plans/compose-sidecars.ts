import { LAYOUT } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import { CONFINED, HEALTH_TIMES, indent, labels, MARK, text } from './compose-text.ts';

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

export function firewall(policy: Policy): string {
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

/** What the guard looks at: the `/tmp` of each container in which an editor's socket may come up. */
const watched = (policy: Policy): readonly { readonly volume: string; readonly view: string }[] => [
  ...(policy.topology === 'split' || policy.ipc !== 'allow' ? [{ volume: 'tmp', view: LAYOUT.guardView }] : []),
  ...(policy.topology === 'split' && policy.ipc !== 'allow'
    ? [{ volume: 'editor-tmp', view: LAYOUT.guardEditorView }]
    : []),
];

/**
 * What `health guard` says (sidecars/guard/health.ts), without Node: it would start twice a minute, for longer than the
 * guard itself works, and keep all of Node's pages in the guard's account (measured: 50 MB instead of 15).
 */
const BEATING = `find ${LAYOUT.guardState}/heartbeat -mmin -0.33 ! -newermt '20 seconds' | grep -q .`;

export const guard = (policy: Policy): string => `
# Removes sockets that an editor leaves in /tmp, from outside of the agent's reach: another container, no network.
${LAYOUT.guardService}:
  build: { context: ./sidecar, ${MARK} }
${indent(2, labels('guard'))}
  command: [guard${watched(policy)
    .map(({ view }) => `, --watch, ${view}`)
    .join('')}]
  user: "\${HOST_UID}:\${HOST_GID}"
${indent(2, CONFINED)}
  read_only: true
  mem_limit: 256m
  cpus: 1
  pids_limit: 64
  restart: unless-stopped
  network_mode: none
  volumes:
${watched(policy)
  .map(({ volume, view }) => `    - { type: volume, source: ${volume}, target: ${view} }`)
  .join('\n')}
  tmpfs: ["/run:mode=1777,size=1m"]
  healthcheck: { test: [CMD-SHELL, ${text(BEATING)}], ${HEALTH_TIMES} }
`;
