import { removal } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

const WORST = /^\/dev\/(?:mem|kmem|port|sd|hd|vd|xvd|nvme|dm-|mapper|loop|raw|disk)/;
/** Sound, graphics, cameras and what every container has anyway. */
const HARMLESS = /^\/dev\/(?:snd|dri|video\d*|nvidia|null|zero|full|u?random|tty$|shm)/;

const LOSES = 'what uses the device does not work any more';

export default defineRule({
  id: 'host-device',
  title: 'A device of the host is passed in',
  severity: 'high',
  persona: 'regular',
  attacks: ['RUN-01'],
  why: `A device is the kernel’s own interface to hardware. A disk gives every file of the host; others widen what a fault in a driver is
worth.`,
  remedy: 'Remove it, or keep the program that needs it in a container of its own.',
  fixes: 'Takes the device or the rule out. Always unsafe: what uses the device stops working.',
  references: ['https://docs.docker.com/reference/compose-file/services/#devices'],
  bad: [
    {
      title: 'a disk',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    devices: [«"/dev/sda:/dev/sda"»]\n' },
    },
    {
      title: 'by docker run',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"--device=/dev/kvm"»] }' },
    },
  ],
  good: [
    {
      title: 'a sound card',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": ["--device", "/dev/snd"] }' },
    },
    {
      title: 'a folder called dev',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["./dev/sda:/dev-sda"]\n' },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      for (const { value, span } of flagsOf(container, 'devices')) {
        const device = value.value.split(':')[0] ?? '';
        if (HARMLESS.test(device)) continue;
        const worst = WORST.test(device) || device === '/dev' || device === '/dev/';
        yield {
          at: span,
          confidence: 'high',
          severity: worst ? 'critical' : 'medium',
          message: `${container.name} gets ${device}`,
          ...removal(container, span, `Takes ${device} away`, LOSES),
        };
      }
      for (const { value, span } of flagsOf(container, 'device_cgroup_rules')) {
        yield {
          at: span,
          confidence: 'high',
          message: `${container.name} may open devices by rule (${value.value})`,
          ...removal(container, span, 'Takes the rule out', LOSES),
        };
      }
    }
  },
});
