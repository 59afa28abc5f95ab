import { LAYOUT } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import { CONFINED, HEALTH_TIMES, indent, labels, MARK, text } from './compose-text.ts';
import type { PartOf } from './part.ts';

/** The sidecar that holds the engine's socket, on a network with the agent alone. */
export const firewall: PartOf = (policy) =>
  policy.docker === 'none'
    ? undefined
    : {
        services: [service(policy)],
        networks: [
          `# No way out and nobody else on it: only the firewall and the agent.\n${LAYOUT.firewallNetwork}: { internal: true, ${MARK} }`,
        ],
        agent: {
          environment: { DOCKER_HOST: `tcp://${LAYOUT.firewallService}:${LAYOUT.firewallPort}` },
          networks: [LAYOUT.firewallNetwork],
          waitsFor: [LAYOUT.firewallService],
        },
      };

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

function service(policy: Policy): string {
  const services = policy.services.map((name) => `, --service, ${text(name)}`).join('');
  return `# Holds the engine's socket, so that the agent does not. Lets reading requests about this project through and rebuilds
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
