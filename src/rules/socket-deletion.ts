import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

const SOCKETS = /vscode-(?:ipc|git|ssh-auth|remote-containers)/;

export default defineRule({
  id: 'socket-deletion',
  title: 'The editor’s sockets are deleted, not kept away',
  severity: 'medium',
  persona: 'regular',
  attacks: ['VSC-05', 'VSC-02'],
  why: `They come back: with each terminal, each reload and each window, and some of them in other folders. A loop that ends leaves what
comes later, one that the agent may end leaves all, and a process that waits for a socket connects before it is gone.`,
  remedy:
    'Keep the editor’s server out of the agent’s container, or give it a runtime folder in which it cannot make sockets (`XDG_RUNTIME_DIR`); delete only besides that, from another container.',
  references: ['https://github.com/microsoft/vscode-remote-release/issues/11413'],
  bad: [
    {
      title: 'once, at start',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "postStartCommand": "«find /tmp -maxdepth 2 -name \'vscode-ssh-auth-*\' -delete» || true" }',
      },
    },
    {
      title: 'in a loop',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    command: «["bash", "-c", "for i in 1 2 3; do rm -f /tmp/vscode-ipc-*.sock; sleep 9; done; sleep infinity"]»\n',
      },
    },
  ],
  good: [
    {
      title: 'it looks for them',
      files: {
        'devcontainer.json': '{ "image": "debian", "postStartCommand": "! ls /tmp/vscode-ipc-* && rm -rf /tmp/cache" }',
      },
    },
  ],
  *check({ configurations }) {
    const seen = new Set<string>();
    for (const { program, args, at } of commands(configurations)) {
      const line = args.join(' ');
      const deletes =
        /^(?:rm|unlink|shred)$/.test(program) || (program === 'find' && /-delete\b|-exec\s+rm\b/.test(line));
      const place = `${at.file} ${at.start} ${at.end}`;
      if (!deletes || !SOCKETS.test(line) || seen.has(place)) continue;
      seen.add(place);
      yield { at, confidence: 'high', message: `${program} deletes sockets that the editor makes anew` };
    }
  },
});
