import type { Problem } from '../core/finding.ts';
import type { Located } from '../core/span.ts';
import { removal } from '../edits/offer.ts';
import { ENGINE_SOCKETS } from '../model/knowledge.ts';
import { covers, type Mount } from '../model/mount.ts';
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
          'services:\n  agent:\n    image: debian\n  firewall:\n    image: firewall\n    volumes: ["/run/docker.sock:/engine.sock:ro"]\n',
      },
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
  const [socket] = ENGINE_SOCKETS.filter((path) => covers(value, path));
  if (socket === undefined) return [];
  const limit = value.readOnly ? '; `:ro` does not limit what the engine does' : '';
  const message = `${container.name} gets ${socket} through a mount of ${value.source}${limit}`;
  const confidence = value.resolved ? 'high' : 'medium';
  return [{ at: span, message, confidence, ...removal(container, span, DOES, LOSES) }];
}
