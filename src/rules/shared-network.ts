import { defineRule } from './rule.ts';

export default defineRule({
  id: 'shared-network',
  title: 'The agent is on a network that other projects join',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SHR-02', 'SHR-01'],
  why: `Each container of the network reaches each other one on all its ports: another worktree’s development server and debugger, every
project’s database. What one agent is talked into, it does to the neighbours.`,
  remedy:
    'Give each project a network of its own and join the shared services to both, or let a proxy pass the one port that is needed.',
  references: ['https://docs.docker.com/reference/compose-file/networks/#external'],
  bad: [
    {
      title: 'made elsewhere',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    networks:\n      - «dev»\nnetworks:\n  dev:\n    external: true\n',
      },
    },
  ],
  good: [
    {
      title: 'the project’s own',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [".:/app"]\n    networks: [dev]\n  db:\n    image: postgres\n    networks: [shared]\nnetworks:\n  dev: {}\n  shared: { external: true }\n',
      },
    },
  ],
  *check({ containers }) {
    for (const { name, role, networks } of containers) {
      if (role !== 'agent') continue;
      for (const { value: network, span } of networks ?? []) {
        if (network.external)
          yield { at: span, confidence: 'high', message: `${name} reaches whoever joins the network ${network.name}` };
      }
    }
  },
});
