import { ENGINE_SOCKETS } from '../model/knowledge.ts';
import { covers } from '../model/mount.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'docker-socket-mount',
  title: 'The container engine’s socket is mounted',
  severity: 'critical',
  persona: 'regular',
  attacks: ['DKR-01', 'DKR-07'],
  why: `Whoever can write to the socket can ask the daemon for a container that mounts the host’s / and is root in it.
A read-only mount does not help: it protects the socket’s name, not the API behind it.`,
  remedy:
    'Remove the mount. If the agent must see containers, set `docker: read` in cofferdam.yaml and use its firewall.',
  references: ['https://docs.docker.com/engine/security/#docker-daemon-attack-surface'],
  bad: [
    {
      title: 'read-only is no protection',
      files: {
        'compose.yaml': 'services:\n  dev:\n    volumes:\n      - «/var/run/docker.sock:/var/run/docker.sock:ro»\n',
      },
    },
    {
      title: 'a folder above it',
      files: { 'devcontainer.json': '{ "image": "debian", "mounts": [«"type=bind,source=/run,target=/r"»] }' },
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
      title: 'a similar name',
      files: { 'compose.yaml': 'services:\n  dev:\n    volumes: ["./docker.sock.md:/docs/docker.sock.md"]\n' },
    },
    {
      title: 'in a sidecar that the agent talks to',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "agent" }',
        '.devcontainer/compose.yaml':
          'services:\n  agent:\n    image: debian\n  firewall:\n    image: firewall\n    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]\n',
      },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      if (container.role === 'sidecar') continue; // judged by docker-proxy-exposed and docker-proxy-write
      for (const { value: mount, span } of container.mounts) {
        const socket = ENGINE_SOCKETS.find((path) => covers(mount, path));
        if (socket === undefined) continue;
        const note = mount.readOnly ? ' (read-only does not restrict the API)' : '';
        yield {
          at: span,
          confidence: mount.resolved ? 'high' : 'medium',
          message: `${container.name} gets ${socket} through a mount of ${mount.source}${note}`,
        };
      }
      for (const { span } of flagsOf(container, 'use_api_socket')) {
        yield {
          at: span,
          confidence: 'high',
          message: `${container.name} gets the engine’s socket and the registry logins`,
        };
      }
    }
  },
});
