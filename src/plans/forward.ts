import { LABELS, LAYOUT } from '../policy/layout.ts';
import { printPorts } from '../policy/ports.ts';
import type { BoxFile } from './box.ts';
import { CONFINED, HEALTH_TIMES, indent, labels, MARK, memory, text } from './compose-text.ts';
import type { Given, PartOf } from './part.ts';
import forwardScript from './templates/forward.sh.tmpl';
import lock from './templates/lock.sh.tmpl';
import relayStart from './templates/relay-start.tmpl';

/**
 * Ports of the host's loopback that reach the agent's apps. No network leads from one to the other: the two ends meet at
 * sockets in a folder in memory, which only the agent's container can write.
 */
export const forward: PartOf = ({ forward: ports = [], topology }) =>
  ports.length === 0
    ? undefined
    : {
        services: [service(ports)],
        networks: [
          `# For the ports that the host publishes. Nobody else is on it, and it has no way out.
${LAYOUT.forwardNetwork}:
  ${MARK}
  driver_opts: { com.docker.network.bridge.enable_ip_masquerade: "false" }`,
        ],
        volumes: [memory('forward', SOCKETS)],
        agent: end('agent', ports),
        ...(topology === 'split' ? { editor: end('editor', ports), editorImage: IMAGE } : {}),
        image: IMAGE,
        files: [START],
        host: [host(ports)],
        variables: ['COFFERDAM_FORWARD_IPV6=$six', '$forwards'],
      };

/** A socket for each port, and room for what the agent may leave there. */
const SOCKETS = 'mode=0700,uid=${HOST_UID},gid=${HOST_GID},nosuid,nodev,noexec,size=64k,nr_inodes=256';

const IMAGE = [`COPY image/relay.cjs image/relay-start ${LAYOUT.etc}/`];

const START: BoxFile = {
  path: '.devcontainer/image/relay-start',
  text: relayStart.replaceAll('@ETC@', LAYOUT.etc).replaceAll('@FOLDER@', LAYOUT.forward),
  mode: 0o755,
};

/** One end of the forward, in a container: the agent's makes the sockets, the editor's connects to them. */
function end(side: 'agent' | 'editor', ports: readonly number[]): Given {
  const own = side === 'agent';
  const why = own ? 'sockets that lead to the apps here' : 'read-only: sockets that lead to the agent’s apps';
  return {
    starts: [`${LAYOUT.etc}/relay-start`, side, text(printPorts(ports).join(' '))],
    volumes: [
      `# ${why}\n- { type: volume, source: forward, target: ${text(LAYOUT.forward)}${own ? '' : ', read_only: true'} }`,
    ],
    ...(own ? { waitsFor: [LAYOUT.forwardService] } : {}),
  };
}

/** Where the proxy listens in the sidecar: a port that is not forwarded. */
function proxyPort(ports: readonly number[]): number {
  let port = 3128;
  while (ports.includes(port)) port++;
  return port;
}

function service(ports: readonly number[]): string {
  const proxy = proxyPort(ports);
  const published = [...ports.map((port) => [String(port), port] as const), ['PROXY', proxy] as const].flatMap(
    ([name, port]) => {
      const preferred = name === 'PROXY' ? PROXY : port;
      return ['127.0.0.1', '${COFFERDAM_FORWARD_IPV6:-[::1]}'].map(
        (address) => `    - "${address}:\${COFFERDAM_FORWARD_${name}:-${preferred}}:${port}"`,
      );
    },
  );
  return `# Leads ports of the host's loopback, and of no other address, to the sockets of the agent's container.
${LAYOUT.forwardService}:
  build: { context: ./sidecar, ${MARK} }
${indent(2, labels('forward'))}
  command: [forward, --folder, ${LAYOUT.forward}, ${printPorts(ports)
    .map((port) => `--port, "${port}", `)
    .join('')}--proxy, "${proxy}", --listen, all]
  user: "\${HOST_UID}:\${HOST_GID}"
${indent(2, CONFINED)}
  read_only: true
  mem_limit: 256m
  cpus: 2
  pids_limit: 64
  restart: unless-stopped
  networks: [${LAYOUT.forwardNetwork}]
  ports:
${published.join('\n')}
  volumes:
    - { type: volume, source: forward, target: ${LAYOUT.forward}, read_only: true }
  healthcheck: { test: [CMD, node, /cofferdam.cjs, health, forward, --proxy, "${proxy}"], ${HEALTH_TIMES} }
`;
}

/** Of the host, if it is free. */
const PROXY = 13128;

const host = (ports: readonly number[]): string =>
  forwardScript
    .replace('@LOCK@', () => lock.trimEnd())
    .replace('@PORTS@', () => ports.join(' '))
    .replace('@PROXY@', () => String(PROXY))
    .replace('@PROJECT@', () => LABELS.project)
    .replace('@ROLE@', () => LABELS.role)
    .trimEnd();
