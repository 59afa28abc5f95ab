import { removal } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

const GROUPS: Readonly<Record<string, string>> = {
  docker: 'the engine’s socket, and so the host,',
  root: 'what root’s group may read and write',
  '0': 'what root’s group may read and write',
  disk: 'the disks, below all file permissions,',
  lxd: 'another engine, and so the host,',
  libvirt: 'virtual machines of the host',
  kmem: 'the kernel’s memory',
  shadow: 'the password hashes',
};

export default defineRule({
  id: 'host-group',
  title: 'The agent’s user is in a group of the host that means more',
  severity: 'high',
  persona: 'regular',
  attacks: ['DKR-01', 'RUN-04'],
  why: `Group numbers are the same inside and outside. With the group, sockets, devices and files that come in by a mount are open that
the user itself could not touch.`,
  remedy: 'Take the group out. If it is for Docker, give the agent a firewall in front of the engine instead.',
  fixes: 'Takes the group out. Always unsafe: what needs it fails.',
  references: ['https://docs.docker.com/engine/install/linux-postinstall/#manage-docker-as-a-non-root-user'],
  bad: [
    { title: 'docker', files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    group_add: [«docker»]\n' } },
    {
      title: 'by docker run',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"--group-add", "0"»] }' },
    },
  ],
  good: [
    {
      title: 'groups for sound and pictures, and of others',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [".:/app"]\n    group_add: [audio, video, "1000"]\n  proxy:\n    image: debian\n    group_add: [docker]\n',
      },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      if (container.role !== 'agent') continue;
      for (const { value, span } of flagsOf(container, 'group_add')) {
        const what = GROUPS[value.value.toLowerCase()];
        if (what !== undefined)
          yield {
            at: span,
            confidence: 'high',
            message: `${container.name}: group ${value.value} opens ${what} to the agent`,
            ...removal(container, span, `Takes the group ${value.value} away`, 'what needs it fails'),
          };
      }
    }
  },
});
