import { removal } from '../edits/offer.ts';
import { defineRule } from './rule.ts';

const HISTORY =
  /(?:^|\/)(?:command-?history|bash-?history|zsh-?history|shell-?history|\.(?:bash|zsh|python|node_repl|psql)_history)$/i;

export default defineRule({
  id: 'shell-history-volume',
  title: 'What was typed outlives the container',
  severity: 'low',
  persona: 'regular',
  attacks: ['PER-04'],
  why: `Tokens are typed and pasted into terminals. The history keeps them for the next container, and its agent reads them. What an agent
writes into it is one press of the up key away from being run by somebody.`,
  remedy: 'Let the history go with the container, or keep tokens out of it (`HISTCONTROL=ignorespace`).',
  fixes: 'Takes the mount out. Always unsafe: a rebuilt container begins without history.',
  references: ['https://code.visualstudio.com/remote/advancedcontainers/persist-bash-history'],
  bad: [
    {
      title: 'a volume',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "mounts": [«"source=hist-${devcontainerId},target=/commandhistory,type=volume"»] }',
      },
    },
    {
      title: 'a file of the host',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [«"./.box/.bash_history:/home/dev/.bash_history"»]\n',
      },
    },
  ],
  good: [
    {
      title: 'something else that is kept',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["data:/history-service/data"]\n' },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      const { name, role, mounts } = container;
      if (role !== 'agent') continue;
      for (const { value: mount, span } of mounts) {
        if (HISTORY.test(mount.target))
          yield {
            at: span,
            confidence: 'high',
            message: `${name} keeps the shell’s history (${mount.target})`,
            ...removal(container, span, 'Takes the mount out', 'a rebuilt container begins without history'),
          };
      }
    }
  },
});
