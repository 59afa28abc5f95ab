import { needsPower, removal } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

const GIVES: Readonly<Record<string, string>> = {
  network_mode: 'the host’s loopback services and abstract sockets',
  pid: 'the host’s processes, their environment and files',
  ipc: 'the host’s shared memory',
  uts: 'the host’s name',
  userns_mode: 'the host’s users, so that root inside is root outside',
  cgroup: 'the host’s control groups',
};

export default defineRule({
  id: 'host-namespace',
  title: 'A namespace of the host is shared',
  severity: 'critical',
  persona: 'regular',
  attacks: ['RUN-05', 'NET-06'],
  why: `Namespaces are what makes a container a container. Sharing the host’s network gives every service that listens on its
loopback; sharing its processes gives their files through /proc.`,
  remedy: 'Remove it. Publish or forward the ports that are needed instead.',
  fixes:
    'Takes the key or the option out; the network stays, because what the container should reach instead is yours to say. Unsafe in other services than the agent’s, and where a lifecycle command or a Feature may need it.',
  references: ['https://docs.docker.com/engine/network/drivers/host/'],
  bad: [
    { title: 'network', files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    «network_mode: host»\n' } },
    {
      title: 'as an argument',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"--network=host"»] }' },
    },
    { title: 'processes', files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"--pid", "host"»] }' } },
  ],
  good: [
    {
      title: 'a network called host-net',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": ["--network=host-net"] }' },
    },
    {
      title: 'a hostname',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    hostname: host\n    network_mode: none\n' },
    },
  ],
  *check(workspace) {
    for (const container of workspace.containers) {
      for (const { value, span } of flagsOf(container, ...Object.keys(GIVES))) {
        if (value.value !== 'host') continue;
        const minor = value.name === 'uts' || value.name === 'cgroup';
        yield {
          at: span,
          confidence: 'high',
          severity: minor ? 'medium' : 'critical',
          message: `${container.name} shares ${GIVES[value.name]}`,
          // Without the host's network it would have one that reaches everything: which it needs, people decide.
          ...(value.name === 'network_mode'
            ? {}
            : removal(
                container,
                span,
                `${container.name} gets a namespace of its own`,
                needsPower(workspace, container),
              )),
        };
      }
    }
  },
});
