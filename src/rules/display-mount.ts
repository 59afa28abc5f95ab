import { removal } from '../edits/offer.ts';
import { covers } from '../model/mount.ts';
import { defineRule } from './rule.ts';

const DOES = 'Takes the desktop away';
const LOSES = 'programs with windows or sound do not start any more';

export default defineRule({
  id: 'display-mount',
  title: 'The desktop’s display is shared',
  severity: 'high',
  persona: 'regular',
  attacks: ['RUN-07', 'UIX-01'],
  why: `An X server lets every client read the keyboard, look at all windows and type into them, a terminal on the host among them.
Wayland keeps clients apart, but its sound and clipboard are those of the desktop.`,
  remedy: 'Give the container a display of its own (a virtual one, looked at in the browser), or no display.',
  fixes: 'Takes the mount out. Always unsafe: programs with windows or sound do not start any more.',
  references: ['https://www.x.org/releases/current/doc/man/man7/Xsecurity.7.xhtml'],
  bad: [
    {
      title: 'X11',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "mounts": [«"source=/tmp/.X11-unix,target=/tmp/.X11-unix,type=bind"»] }',
      },
    },
    {
      title: 'its password',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: [«"~/.Xauthority:/root/.Xauthority"»]\n',
      },
    },
    {
      title: 'Wayland',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "runArgs": [«"-v", "${localEnv:XDG_RUNTIME_DIR}/wayland-0:/tmp/wayland-0"»] }',
      },
    },
  ],
  good: [
    {
      title: 'a display of its own',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "containerEnv": { "DISPLAY": ":1" }, "mounts": ["type=tmpfs,target=/tmp/.X11-unix"] }',
      },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      const { name, mounts } = container;
      for (const { value: mount, span } of mounts) {
        if (mount.type !== 'bind') continue;
        const x11 = covers(mount, '/tmp/.X11-unix') || /\/\.Xauthority$|\/\.X11-unix(?:\/X\d+)?$/.test(mount.source);
        const wayland = /\/(?:wayland-\d+|mir_socket|pulse(?:\/native)?|pipewire-\d+)$/.test(mount.source);
        // The whole of / or /tmp is home-mount's to tell.
        if (mount.source === '/' || mount.source === '/tmp') continue;
        if (x11)
          yield {
            at: span,
            confidence: 'high',
            message: `${name} reads the desktop’s keyboard and types into its windows`,
            ...removal(container, span, DOES, LOSES),
          };
        else if (wayland)
          yield {
            at: span,
            confidence: 'high',
            severity: 'medium',
            message: `${name} joins the desktop (${mount.source})`,
            ...removal(container, span, DOES, LOSES),
          };
      }
    }
  },
});
