import { folderOf, resolveFrom } from '../model/files.ts';
import { writable } from '../model/protection.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'env-decides-mount',
  title: 'A file that the agent writes decides what is mounted',
  severity: 'high',
  persona: 'regular',
  attacks: ['TAM-03'],
  why: `compose takes variables from the .env beside the compose file. The agent writes \`STORE=/\` into it, and the next start mounts the
host’s disk, with nothing in the compose file that changed.`,
  remedy: 'Write the path out, or mount the folder with the compose file and .env read-only over the workspace.',
  references: ['https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/'],
  bad: [
    {
      title: 'a store',
      files: {
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes:\n      - ..:/app\n      - «${STORE}:/store»\n',
      },
    },
  ],
  good: [
    {
      title: 'the folder is read-only',
      files: {
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: ["..:/app", ".:/app/.devcontainer:ro", "${STORE}:/store"]\n',
      },
    },
    {
      title: 'a volume’s name, and the home folder',
      files: {
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: ["..:/app", "cache:/cache", "${HOME}/notes:/notes"]\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const { containers } of configurations) {
      const agents = containers.filter(({ role }) => role === 'agent');
      for (const { name, mounts } of containers) {
        for (const { value: mount, span } of mounts) {
          if (mount.type !== 'bind' || mount.resolved || !/\.ya?ml$/.test(span.file)) continue;
          const variable = /\$\{?(\w+)/.exec(mount.source)?.[1];
          const dotenv = resolveFrom(folderOf(span.file), '.env');
          if (variable !== undefined && agents.some((agent) => writable(agent, dotenv)))
            yield {
              at: span,
              confidence: 'high',
              message: `${name} gets whatever the agent writes for ${variable} in ${dotenv}`,
            };
        }
      }
    }
  },
});
