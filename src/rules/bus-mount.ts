import { removal } from '../edits/offer.ts';
import { defineRule } from './rule.ts';

const BUS = /(?:^|\/)(?:dbus(?:\/system_bus_socket)?|system_bus_socket|systemd(?:\/private)?|bus)$/;
const PLACE =
  /^(?:\/run|\/var\/run)\/(?:dbus|systemd|user\/[^/]+\/(?:bus|systemd))(?:\/|$)|^\/run\/user\/[^/]+$|\$\{[^{}]*(?:XDG_RUNTIME_DIR|DBUS)/;

export default defineRule({
  id: 'bus-mount',
  title: 'The host’s message bus is mounted',
  severity: 'critical',
  persona: 'regular',
  attacks: ['RUN-05', 'RUN-07'],
  why: `Over the user’s bus systemd starts any program on the host with one message, and the key ring gives its passwords. The system’s
bus has services that act as root.`,
  remedy:
    'Remove the mount, and with it the program that wanted it; a virtual bus inside (`dbus-run-session`) is enough for most.',
  fixes: 'Takes the mount out. Always unsafe: what talks to the desktop or to systemd fails.',
  references: ['https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.systemd1.html'],
  bad: [
    {
      title: 'the user’s',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes:\n      - «/run/user/1000/bus:/bus»\n',
      },
    },
    {
      title: 'the system’s',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "mounts": [«"type=bind,source=/run/dbus/system_bus_socket,target=/run/dbus/system_bus_socket,readonly"»] }',
      },
    },
    {
      title: 'the runtime folder that it is in',
      files: {
        'devcontainer.json': '{ "image": "debian", "runArgs": [«"-v=${localEnv:XDG_RUNTIME_DIR}:/run/host"»] }',
      },
    },
  ],
  good: [
    {
      title: 'a folder that is called like it',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["./bus:/app/bus", "dbus:/run/dbus"]\n',
      },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      const { name, mounts } = container;
      for (const { value: mount, span } of mounts) {
        const whole = mount.source.endsWith('}') || /^\/run\/user\/[^/]+$/.test(mount.source);
        if (mount.type === 'bind' && PLACE.test(mount.source) && (whole || BUS.test(mount.source))) {
          yield {
            at: span,
            confidence: mount.resolved ? 'high' : 'medium',
            message: `${name} sends messages on the host’s bus (${mount.source})`,
            ...removal(container, span, 'Takes the bus away', 'what talks to the desktop or to systemd fails'),
          };
        }
      }
    }
  },
});
