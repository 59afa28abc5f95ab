import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

export default defineRule({
  id: 'safe-directory-any',
  title: 'git obeys repositories of any owner',
  severity: 'low',
  persona: 'regular',
  attacks: ['TAM-08', 'VSC-09'],
  why: `git refuses a repository that belongs to somebody else because its configuration names programs. With \`*\` a folder that
another user made, in /tmp or in a shared volume, runs them as whoever enters it; as root, if root does.`,
  remedy: 'Name the one folder: `git config --global --add safe.directory /workspaces/project`.',
  references: ['https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory'],
  bad: [
    {
      title: 'at creation',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "postCreateCommand": "«git config --global --add safe.directory \'*\'»" }',
      },
    },
    {
      title: 'in the image',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN true && «git config --system --replace-all safe.directory *»\n',
      },
    },
  ],
  good: [
    {
      title: 'one folder',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "postCreateCommand": "git config --global --add safe.directory ${containerWorkspaceFolder}" }',
      },
    },
  ],
  *check({ configurations }) {
    for (const { program, args, at } of commands(configurations)) {
      const key = program === 'git' ? args.findIndex((word) => /^safe\.directory(?:$|=)/i.test(word)) : -1;
      if (key < 0) continue;
      if (args[key + 1] === '*' || args[key]?.endsWith('=*') === true) {
        yield { at, confidence: 'high', message: 'every folder counts as safe for git' };
      }
    }
  },
});
