import { type Container, flagsOf } from '../model/workspace.ts';
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
    {
      title: 'the network of another service',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        '.devcontainer/compose.yaml':
          'services:\n  «dev»:\n    image: debian\n    network_mode: service:db\n  db:\n    image: postgres\n',
      },
    },
    {
      title: 'that of one that may filter it, or not',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        '.devcontainer/compose.yaml':
          'services:\n  «dev»:\n    image: debian\n    network_mode: service:vpn\n  vpn:\n    image: example.com/team/vpn:1\n    cap_add: [NET_ADMIN]\n',
      },
    },
  ],
  good: [
    {
      title: 'the network of another service, which has no way out',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n    network_mode: service:db\n  db:\n    image: postgres\n    networks: [inner]\nnetworks:\n  inner: { internal: true }\n',
      },
    },
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
  *check({ configurations }) {
    for (const { containers } of configurations) {
      for (const container of containers) {
        if (container.role !== 'agent') continue;
        const owner = ownerOf(container, containers);
        if (owner === undefined || !open(owner)) continue;
        if (owner !== container && filters(owner) && !controlsNetwork(container)) {
          // What that is, no file says: a VPN's image lets everything through, another one three names.
          const message = `${container.name} reaches what ${owner.name}, whose network it is in, lets through`;
          yield { at: container.at, confidence: 'low', persona: 'pedantic', message };
          continue;
        }
        const by = owner === container ? '' : `, by the network of ${owner.name}`;
        yield { at: container.at, confidence: 'high', message: `${container.name} reaches every address${by}` };
      }
    }
  },
});

const modeOf = (container: Container): string | undefined => flagsOf(container, 'network_mode')[0]?.value.value;

/** Whose network namespace a container is in; undefined where that is not in the files. */
function ownerOf(container: Container, all: readonly Container[]): Container | undefined {
  let owner: Container | undefined = container;
  // No chain is longer; one that is a circle ends here too, and compose refuses it.
  for (const _ of all) {
    const mode: string = (owner && modeOf(owner)) ?? '';
    if (mode.startsWith('container:')) return undefined;
    if (!mode.startsWith('service:')) return owner;
    owner = all.find(({ name }) => name === mode.slice('service:'.length));
  }
  return undefined;
}

/** Effective capabilities to change packet filters and routes (capabilities(7)). */
function controlsNetwork(container: Container): boolean {
  const has = (flag: string): boolean =>
    flagsOf(container, flag).some(({ value }) => /^(?:cap_)?(?:net_admin|all)$/i.test(value.value));
  if (flagsOf(container, 'privileged').length > 0) return true;
  return (
    has('cap_add') && !flagsOf(container, 'cap_drop').some(({ value }) => /^(?:cap_)?net_admin$/i.test(value.value))
  );
}

/** Whether a container may filter what goes through its network: the host's network it does not filter for others. */
const filters = (container: Container): boolean => modeOf(container) !== 'host' && controlsNetwork(container);

function open(container: Container): boolean {
  const mode = modeOf(container);
  if (mode === 'none') return false;
  return mode === 'host' || container.networks?.every(({ value }) => value.internal) !== true;
}
