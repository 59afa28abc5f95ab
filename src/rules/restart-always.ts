import { removal } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'restart-always',
  title: 'The agent’s container starts again by itself',
  severity: 'low',
  persona: 'regular',
  attacks: ['PER-04', 'RES-04'],
  why: `It runs whenever the machine does, with nobody at the editor: what an agent left in a start file goes on, and so does what it costs.
A set-up that failed, a firewall among them, is not looked at again.`,
  remedy: 'Leave `restart` out for the container in which the agent works; the editor starts it.',
  fixes: 'Takes the key or the option out. Safe: the editor starts the container when it is opened.',
  references: ['https://docs.docker.com/engine/containers/start-containers-automatically/'],
  bad: [
    {
      title: 'always',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    «restart: always»\n' },
    },
    {
      title: 'by docker run',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"--restart=unless-stopped"»] }' },
    },
  ],
  good: [
    {
      title: 'a database, and a few tries',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [".:/app"]\n    restart: on-failure:3\n  db:\n    image: postgres\n    restart: always\n',
      },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      if (container.role !== 'agent') continue;
      for (const { value, span } of flagsOf(container, 'restart')) {
        if (/^(?:always|unless-stopped)$/.test(value.value))
          yield {
            at: span,
            confidence: 'high',
            message: `${container.name} starts with the machine (${value.value})`,
            ...removal(container, span, `${container.name} starts when you start it`, undefined),
          };
      }
    }
  },
});
