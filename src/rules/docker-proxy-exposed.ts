import { removal } from '../edits/offer.ts';
import { SOCKET_PROXIES } from '../model/knowledge.ts';
import { covers } from '../model/mount.ts';
import type { Container } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export const isProxy = ({ role, image }: Container): boolean =>
  role === 'sidecar' || (image !== undefined && SOCKET_PROXIES.test(image.value));

export default defineRule({
  id: 'docker-proxy-exposed',
  title: 'The engine’s proxy answers others than the agent',
  severity: 'high',
  persona: 'regular',
  attacks: ['DKR-05', 'SHR-04'],
  why: `The proxy asks nobody for a password. On a network with other containers each of them has the view that was meant for the agent;
a published port gives it to the machine or to the whole network.`,
  remedy: 'Give the proxy and the agent an internal network that holds nobody else, and publish no port.',
  fixes:
    'Takes a published port out. Always unsafe: who reaches the proxy by it does not any more. Networks are yours to arrange.',
  references: ['https://github.com/Tecnativa/docker-socket-proxy#readme'],
  bad: [
    {
      title: 'on a network that others share',
      files: {
        'compose.yaml':
          'services:\n  app:\n    image: debian\n    volumes: [".:/app"]\n    networks: [dev]\n  docker-proxy:\n    image: tecnativa/docker-socket-proxy:0.3\n    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]\n    networks:\n      - «dev»\nnetworks:\n  dev: { external: true }\n',
      },
    },
    {
      title: 'on the default network, with a database',
      files: {
        'compose.yaml':
          'services:\n  app:\n    image: debian\n    volumes: [".:/app"]\n  «proxy»:\n    image: tecnativa/docker-socket-proxy:0.3\n    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]\n  db:\n    image: debian\n',
      },
    },
    {
      title: 'on a published port',
      files: {
        'compose.yaml':
          'services:\n  app:\n    image: debian\n    volumes: [".:/app"]\n  proxy:\n    image: tecnativa/docker-socket-proxy:0.3\n    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]\n    ports: [«"127.0.0.1:2375:2375"»]\n',
      },
    },
  ],
  good: [
    {
      title: 'the agent in a container beside the editor’s',
      files: {
        'devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "editor", "remoteUser": "dev" }',
        'compose.yaml':
          'services:\n  editor:\n    image: debian\n    volumes: [".:/app"]\n  agent:\n    image: debian\n    volumes: [".:/app"]\n    networks: [engine]\n  proxy:\n    image: tecnativa/docker-socket-proxy:0.3\n    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]\n    networks: [engine]\nnetworks:\n  engine: { internal: true }\n',
      },
    },
    {
      title: 'a network for two',
      files: {
        'compose.yaml':
          'services:\n  app:\n    image: debian\n    volumes: [".:/app"]\n    networks: [default, engine]\n  proxy:\n    image: tecnativa/docker-socket-proxy:0.3\n    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]\n    networks: [engine]\n  db:\n    image: debian\nnetworks:\n  engine: { internal: true }\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const { containers, root } of configurations) {
      // Whoever has the workspace is whom the proxy is for: the agent, where the editor has a container of its own.
      const works = ({ role, mounts }: Container): boolean =>
        role === 'agent' || mounts.some(({ value }) => covers(value, root));
      const hasMode = ({ flags }: Container): boolean => flags.some(({ value }) => value.name === 'network_mode');
      const members = new Map<string, Container[]>();
      for (const other of containers.filter((one) => !works(one) && !hasMode(one))) {
        for (const network of new Set(other.networks?.map(({ value }) => value.name) ?? ['default'])) {
          const known = members.get(network);
          if (known) known.push(other);
          else members.set(network, [other]);
        }
      }
      for (const container of containers) {
        if (!isProxy(container)) continue;
        for (const { value, span } of container.ports) {
          yield {
            at: span,
            confidence: 'high',
            message: `${container.name} holds the engine’s socket and publishes ${value.target}`,
            ...removal(
              container,
              span,
              'The port is no longer published',
              'who reaches the proxy by it does not any more',
            ),
          };
        }
        if (hasMode(container)) continue;
        for (const { value: network, span } of container.networks ?? [{ value: DEFAULT, span: container.at }]) {
          const all = members.get(network.name) ?? [];
          const first = all.slice(0, SHOWN + 1).filter((other) => other !== container);
          const count = all.length - (works(container) ? 0 : 1);
          const names = first.slice(0, SHOWN).map(({ name }) => name);
          const others = [...names, ...(count > SHOWN ? [`${count - SHOWN} more`] : [])].join(', ');
          const who = network.external ? 'whoever joins that network' : others;
          if (who !== '')
            yield { at: span, confidence: 'high', message: `${container.name} answers ${who} on ${network.name}` };
        }
      }
    }
  },
});

/** Neighbours that a message names. */
const SHOWN = 3;
const DEFAULT = { name: 'default', internal: false, external: false } as const;
