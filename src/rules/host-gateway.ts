import { removal } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'host-gateway',
  title: 'The host gets a name in the container',
  severity: 'low',
  persona: 'regular',
  attacks: ['NET-06'],
  why: `Under it every service answers that the host runs on all addresses, and with Docker Desktop those on its loopback too: development
servers, databases, a browser’s debugger, model servers. Few of them ask who is there.`,
  remedy: 'Take it out, or put the one service that is needed beside the agent, on a network of its own.',
  fixes: 'Takes the name out. Always unsafe: what uses a service of the host by it fails.',
  references: ['https://docs.docker.com/reference/cli/docker/container/run/#add-host'],
  bad: [
    {
      title: 'in compose',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    extra_hosts:\n      - «"host.docker.internal:host-gateway"»\n',
      },
    },
    {
      title: 'by docker run',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"--add-host=host:host-gateway"»] }' },
    },
  ],
  good: [
    {
      title: 'another name',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: debian\n    extra_hosts: { "api.test": "10.0.0.7" }\n',
      },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      if (container.role !== 'agent') continue;
      for (const { value, span } of flagsOf(container, 'extra_hosts')) {
        if (/[:=]host-gateway$/.test(value.value))
          yield {
            at: span,
            confidence: 'high',
            message: `${container.name} reaches the host’s services by name`,
            ...removal(container, span, 'Takes the name away', 'what uses a service of the host by it fails'),
          };
      }
    }
  },
});
