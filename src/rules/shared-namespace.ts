import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

const SHARES: Readonly<Record<string, string>> = {
  network_mode: 'the network, loopback included,',
  pid: 'the processes, with their environment and files,',
  ipc: 'the shared memory',
};

export default defineRule({
  id: 'shared-namespace',
  title: 'Two containers share a namespace',
  severity: 'low',
  persona: 'regular',
  attacks: ['SHR-03'],
  why: `What listens on loopback “for this container only” is open to the other one: a debugger, an editor’s server, a database without a
password. With the processes shared, the other’s environment and files are too. Both count as one box.`,
  remedy: 'Give each its own and let them talk by name over a network.',
  references: ['https://docs.docker.com/reference/compose-file/services/#network_mode'],
  bad: [
    {
      title: 'with a service',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [".:/app"]\n    «network_mode: service:db»\n  db:\n    image: postgres\n',
      },
    },
    {
      title: 'with a container of somebody else',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"--pid=container:other"»] }' },
    },
  ],
  good: [
    {
      title: 'networks',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [".:/app"]\n    network_mode: bridge\n    ipc: private\n  db:\n    image: postgres\n',
      },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      for (const { value, span } of flagsOf(container, 'network_mode', 'pid', 'ipc')) {
        const [, kind, other] = /^(service|container):(.*)$/.exec(value.value) ?? [];
        if (kind === undefined) continue;
        const more = kind === 'container' || value.name === 'pid';
        yield {
          at: span,
          confidence: 'high',
          severity: more ? 'medium' : 'low',
          message: `${container.name} and ${other} share ${SHARES[value.name]} of one`,
        };
      }
    }
  },
});
