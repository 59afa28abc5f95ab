import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'open-egress',
  title: 'The agent can send anything anywhere',
  severity: 'medium',
  persona: 'regular',
  attacks: ['NET-01', 'NET-02', 'NET-03', 'NET-06', 'NET-13'],
  why: `Whatever can be read inside, the code and the agent’s own token first of all, can be sent to any address; services of the host and
the local network answer too.`,
  remedy:
    'Give the agent’s network `internal: true` and a proxy that knows the hosts it may talk to, or accept the risk: `accept: [{ id: open-egress, because: … }]`.',
  references: ['https://docs.docker.com/reference/compose-file/networks/#internal'],
  bad: [
    { title: 'the default network', files: { 'devcontainer.json': '{ «"image"»: "debian" }' } },
    {
      title: 'the network of the host',
      files: { 'devcontainer.json': '{ «"image"»: "debian", "runArgs": ["--network=host"] }' },
    },
    {
      title: 'one internal network, and one that is not',
      files: {
        'compose.yaml':
          'services:\n  «dev»:\n    image: debian\n    networks: [inner, outer]\nnetworks:\n  inner: { internal: true }\n  outer: {}\n',
      },
    },
  ],
  good: [
    { title: 'no network', files: { 'devcontainer.json': '{ "image": "debian", "runArgs": ["--network=none"] }' } },
    {
      title: 'internal networks only',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    networks: [inner]\nnetworks:\n  inner: { internal: true }\n',
      },
    },
    {
      title: 'the default network made internal',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\nnetworks:\n  default: { internal: true }\n' },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      if (container.role !== 'agent') continue;
      const mode = flagsOf(container, 'network_mode')[0]?.value.value;
      // With another's network namespace, that container decides.
      if (mode !== undefined && /^(?:none|service:|container:)/.test(mode)) continue;
      const closed = mode !== 'host' && container.networks?.every(({ value }) => value.internal) === true;
      if (!closed) yield { at: container.at, confidence: 'high', message: `${container.name} reaches every address` };
    }
  },
});
