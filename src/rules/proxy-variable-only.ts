import { defineRule } from './rule.ts';

export default defineRule({
  id: 'proxy-variable-only',
  title: 'Only a variable leads through the proxy',
  severity: 'medium',
  persona: 'regular',
  attacks: ['NET-11', 'NET-01'],
  why: `The proxy is asked by programs that look at the variable and want to. Everything else, a raw socket, DNS, \`--noproxy\`, goes out
past it: the network has a way out of its own.`,
  remedy: 'Set `internal: true` on the agent’s networks, so that the proxy is the only way.',
  references: ['https://docs.docker.com/reference/compose-file/networks/#internal'],
  bad: [
    {
      title: 'a service that filters',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [".:/app"]\n    environment:\n      - «HTTPS_PROXY=http://filter:3128»\n  filter:\n    image: squid\n',
      },
    },
  ],
  good: [
    {
      title: 'no other way',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [".:/app"]\n    environment: { HTTPS_PROXY: "http://filter:3128" }\n    networks: [inner]\n  filter:\n    image: squid\n    networks: [inner, default]\nnetworks:\n  inner: { internal: true }\n',
      },
    },
    {
      title: 'a company’s proxy',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "containerEnv": { "HTTPS_PROXY": "http://proxy.example.com:8080" } }',
      },
    },
  ],
  *check({ configurations }) {
    for (const { containers } of configurations) {
      for (const container of containers) {
        const { name, role, environment, networks, flags } = container;
        const closed = networks?.every(({ value }) => value.internal) === true;
        if (role !== 'agent' || closed || flags.some(({ value }) => value.name === 'network_mode')) continue;
        const found = environment.find(({ value: variable }) => {
          const host = /^(?:\w+:\/\/)?(?:[^@/]*@)?([^:/]+)/.exec(variable.value ?? '')?.[1];
          const another = containers.some((other) => other !== container && other.name === host);
          return /^(?:https?|all)_proxy$/i.test(variable.name) && another;
        });
        if (found)
          yield {
            at: found.span,
            confidence: 'high',
            message: `${name} may leave ${found.value.value} aside and go out itself`,
          };
      }
    }
  },
});
