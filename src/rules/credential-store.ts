import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

export default defineRule({
  id: 'credential-store',
  title: 'git keeps passwords in a plain file',
  severity: 'medium',
  persona: 'regular',
  attacks: ['CRD-03', 'CRD-09'],
  why: `\`credential.helper store\` writes each password and token that is typed once to ~/.git-credentials, for every process of that user
to read, and for the next container where the home folder is kept.`,
  remedy: 'Leave it out, or use `cache` with a short time-out and a token that can do little.',
  references: ['https://git-scm.com/docs/git-credential-store'],
  bad: [
    {
      title: 'at creation',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "postCreateCommand": "«git config --global credential.helper store»" }',
      },
    },
    {
      title: 'with a file named',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «git config --system credential.helper "store --file /creds"»\n',
      },
    },
  ],
  good: [
    {
      title: 'for a while, in memory',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "postCreateCommand": "git config --global credential.helper \'cache --timeout=600\'" }',
      },
    },
  ],
  *check({ configurations }) {
    for (const { program, args, at } of commands(configurations)) {
      const line = args.join(' ');
      if (program === 'git' && /\bcredential\./i.test(line) && /\.helper[ =]["']?store\b/i.test(line)) {
        yield { at, confidence: 'high', message: 'git writes passwords to ~/.git-credentials' };
      }
    }
  },
});
