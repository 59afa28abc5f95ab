import type { Problem } from '../core/finding.ts';
import type { Located } from '../core/span.ts';
import { removal } from '../edits/offer.ts';
import { engineSocket } from '../model/engine-socket.ts';
import type { Mount } from '../model/mount.ts';
import type { Container } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'docker-socket-mount',
  title: 'A mount brings the engine’s socket along',
  severity: 'critical',
  persona: 'regular',
  attacks: ['DKR-01', 'DKR-07'],
  why: `The engine runs as root and does what it is asked over this socket, such as starting a container with the whole disk of
the host in it. \`:ro\` keeps a client from deleting the socket, not from connecting to it.`,
  remedy:
    'Take it out. An agent that has to look at containers gets a firewall in front of the engine instead: `docker: read`.',
  fixes: 'Takes the mount or the switch out; a Feature stays. Always unsafe: `docker` stops working in the container.',
  references: ['https://docs.docker.com/engine/security/#docker-daemon-attack-surface'],
  bad: [
    {
      title: 'mounted with :ro',
      files: {
        'compose.yaml':
          'services:\n  workspace:\n    image: node:22\n    volumes:\n      - .:/work\n      - «/run/docker.sock:/tmp/engine.sock:ro»\n',
      },
    },
    {
      title: 'with the folder that it is in',
      files: {
        'devcontainer.json':
          '{\n  "image": "debian:12",\n  "mounts": [«"source=/var/run,target=/host/run,type=bind,readonly"»]\n}',
      },
    },
    {
      title: 'through a Feature',
      files: {
        'devcontainer.json':
          '{\n  "image": "debian",\n  "features": { «"ghcr.io/devcontainers/features/docker-outside-of-docker:1"»: {} }\n}',
      },
    },
    {
      title: 'as words of docker run',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"-v", "/var/run/docker.sock:/d.sock"»] }' },
    },
    {
      title: 'of another user, of a desktop’s engine, of one on Windows',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes:\n      - «/run/user/501/podman/podman.sock:/a»\n      - «~/.colima/default/docker.sock:/b»\n      - «~/.docker/run/docker.sock:/c»\n      - «~/.rd/docker.sock:/d»\n      - «${XDG_RUNTIME_DIR}/podman/podman.sock:/e»\n      - «~/.orbstack/run:/f»\n      - ~/.docker/cli-plugins:/g\n',
      },
    },
    {
      title: 'a pipe',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "mounts": [«"type=npipe,source=\\\\\\\\.\\\\pipe\\\\docker_engine,target=\\\\\\\\.\\\\pipe\\\\docker_engine"»] }',
      },
    },
    {
      title: 'from a place that only the host knows, where the socket is looked for',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "mounts": [«"source=${localEnv:ENGINE},target=/var/run/docker.sock,type=bind"»] }',
      },
    },
    {
      title: 'in a service that holds it for itself',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "agent" }',
        '.devcontainer/compose.yaml':
          'services:\n  agent:\n    image: debian\n  updates:\n    image: containrrr/watchtower:1.7.1\n    volumes: [«"/var/run/docker.sock:/var/run/docker.sock"»]\n  edge:\n    image: traefik:v3.1\n    ports: ["80:80"]\n    volumes: [«"/var/run/docker.sock:/var/run/docker.sock:ro"»]\n',
      },
    },
    {
      title: 'by compose’s own switch',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    «use_api_socket: true»\n' },
    },
  ],
  good: [
    {
      title: 'a file of the project that is called like it',
      files: {
        'compose.yaml':
          'services:\n  workspace:\n    image: node:22\n    volumes:\n      - ./notes/docker.sock:/work/notes/docker.sock\n',
      },
    },
    {
      title: 'in a sidecar that the agent talks to',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "agent" }',
        '.devcontainer/compose.yaml':
          'services:\n  agent:\n    image: debian\n  firewall:\n    image: firewall\n    expose: ["2375"]\n    volumes: ["/run/docker.sock:/engine.sock:ro"]\n  proxy:\n    image: tecnativa/docker-socket-proxy:v0.4.1\n    volumes: ["/run/docker.sock:/var/run/docker.sock"]\n',
      },
    },
    {
      title: 'a variable that may hold anything, on a place for something else',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": ["-v", "${localEnv:NOTES}:/notes"] }' },
    },
  ],
  *check({ containers }) {
    // What a proxy lets through is for the docker-proxy-… rules.
    for (const container of containers.filter(({ role }) => role !== 'sidecar')) {
      const { name, mounts, flags } = container;
      yield* mounts.flatMap((mount) => throughMount(container, mount));
      for (const { value, span } of flags) {
        if (value.name !== 'use_api_socket') continue;
        yield {
          at: span,
          severity: container.role === 'agent' ? 'critical' : 'high',
          confidence: 'high',
          message: `${name} gets the engine’s socket and the registry logins`,
          ...removal(container, span, DOES, LOSES),
        };
      }
    }
  },
});

const DOES = 'Takes the engine’s socket away';
const LOSES = '`docker` does not work in the container any more';

function throughMount(container: Container, { value, span }: Located<Mount>): readonly Problem[] {
  const socket = engineSocket(value);
  if (socket === undefined) return [];
  const limit = value.readOnly ? '; `:ro` does not limit what the engine does' : '';
  const message = `${container.name} gets ${socket} through a mount of ${value.source}${limit}`;
  const confidence = value.resolved ? 'high' : 'medium';
  // Somebody else's way to the engine: the agent has to get into that container first.
  const severity = container.role === 'agent' ? 'critical' : 'high';
  return [{ at: span, severity, message, confidence, ...removal(container, span, DOES, LOSES) }];
}
