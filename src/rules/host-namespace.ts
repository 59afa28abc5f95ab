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
  *check({ containers }) {
    for (const container of containers) {
      for (const { value, span } of flagsOf(container, ...Object.keys(GIVES))) {
        if (value.value !== 'host') continue;
        const minor = value.name === 'uts' || value.name === 'cgroup';
        yield {
          at: span,
          confidence: 'high',
          severity: minor ? 'medium' : 'critical',
          message: `${container.name} shares ${GIVES[value.name]}`,
        };
      }
    }
  },
});
