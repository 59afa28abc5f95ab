import { removal } from '../edits/offer.ts';
import { defineRule } from './rule.ts';

const VARIABLE = /^(?:DOCKER_HOST|CONTAINER_HOST|BUILDKIT_HOST|TESTCONTAINERS_HOST_OVERRIDE)$/;

export default defineRule({
  id: 'remote-engine',
  title: 'The agent talks to a container engine over the network',
  severity: 'critical',
  persona: 'regular',
  attacks: ['DKR-06', 'DKR-07'],
  why: `An engine does as root what it is asked, on the machine where it runs. Over tcp without certificates it asks nobody who they are:
what the agent may reach, any program on that network may too.`,
  remedy:
    'Put a firewall in front of the engine, on a network that holds only it and the agent, or leave the variable out.',
  fixes: 'Takes the variable out. Always unsafe: `docker` stops working in the container.',
  references: ['https://docs.docker.com/engine/security/protect-access/'],
  bad: [
    {
      title: 'the host’s',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "containerEnv": { «"DOCKER_HOST": "tcp://host.docker.internal:2375"» } }',
      },
    },
    {
      title: 'another machine’s',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    environment:\n      - «DOCKER_HOST=ssh://root@build.example.com»\n',
      },
    },
  ],
  good: [
    {
      title: 'a service of the project, or a socket',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    environment: { DOCKER_HOST: "tcp://docker-proxy:2375", BUILDKIT_HOST: "unix:///run/b.sock" }\n    volumes: [".:/app"]\n  docker-proxy:\n    image: proxy\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const { containers } of configurations) {
      const services = new Set(containers.map(({ name }) => name));
      for (const container of containers) {
        const { name, role, environment } = container;
        if (role !== 'agent') continue;
        for (const { value: variable, span } of environment) {
          const [, scheme = '', host = ''] =
            /^(tcp|ssh|https?):\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)/.exec(variable.value ?? '') ?? [];
          // What stands behind a service is for the rules on proxies and on engines in containers.
          if (!VARIABLE.test(variable.name) || scheme === '' || services.has(host) || host.includes('${')) continue;
          yield {
            at: span,
            confidence: 'high',
            message: `${name} gives orders to the engine at ${host} (${scheme})`,
            ...removal(
              container,
              span,
              `Takes ${variable.name} out`,
              '`docker` does not work in the container any more',
            ),
          };
        }
      }
    }
  },
});
