import { resolveFrom } from '../model/files.ts';
import { writable } from '../model/protection.ts';
import { defineRule } from './rule.ts';
import { type Command, commands } from './support/commands.ts';

/** What a command makes of the repository's hooks; undefined if nothing. */
function installs({ program, args }: Command): string | undefined {
  const line = args.join(' ');
  if (program === 'git' && args[0] === 'config' && /\bcore\.hookspath\s+\S/i.test(line) && !/--unset/.test(line))
    return /--(?:global|system)/.test(line) ? undefined : 'points core.hooksPath at files of the workspace';
  const [name = '', ...rest] = /^(?:npx|bunx)$/.test(program)
    ? args.filter((word) => !word.startsWith('-'))
    : [program, ...args];
  const action = rest.find((word) => !word.startsWith('-'));
  if (name === 'pre-commit' && action === 'install')
    return 'installs a hook that runs what .pre-commit-config.yaml says';
  if (name === 'lefthook' && action === 'install') return 'installs hooks that run what lefthook.yml says';
  if (name === 'husky' && action !== 'uninstall') return 'makes git run the files in .husky';
  return undefined;
}

export default defineRule({
  id: 'git-hook-install',
  title: 'A command sets up git hooks that the host will run',
  severity: 'medium',
  persona: 'regular',
  attacks: ['TAM-07', 'TAM-13'],
  why: `The repository is the same folder inside and outside. A hook that was set up in the container runs at the next commit on the
host too, and the file that it runs is one that the agent writes.`,
  remedy:
    'Set hooks up on neither side by itself: run the same checks in CI, or in the container only, with `git -c core.hooksPath=…` or a global setting there.',
  references: ['https://git-scm.com/docs/githooks'],
  bad: [
    {
      title: 'pre-commit',
      files: {
        'devcontainer.json':
          '{ "image": "python", "postCreateCommand": "pip install pre-commit && «pre-commit install»" }',
      },
    },
    {
      title: 'by hand',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "postStartCommand": { "hooks": "«git config core.hooksPath .githooks»" } }',
      },
    },
    {
      title: 'husky',
      files: { 'devcontainer.json': '{ "image": "node", "postCreateCommand": "npm ci && «npx husky install»" }' },
    },
  ],
  good: [
    {
      title: 'in the container’s own settings',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "postCreateCommand": "git config --global core.hooksPath /etc/hooks && pre-commit run --all-files" }',
      },
    },
    {
      title: 'the repository’s metadata is read-only',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "dockerComposeFile": "c.yaml", "service": "dev", "postCreateCommand": "pre-commit install" }',
        '.devcontainer/c.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: ["..:/app", "../.git:/app/.git:ro"]\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const command of commands(configurations)) {
      const { script, configuration, at } = command;
      if (script.on === 'build') continue;
      const what = installs(command);
      const hooks = resolveFrom(configuration.root, '.git/hooks');
      const open = configuration.containers.some(
        (container) => container.role === 'agent' && writable(container, hooks) !== undefined,
      );
      if (what !== undefined && (open || script.on === 'host')) {
        yield { at, confidence: 'high', message: `${script.hook} ${what}` };
      }
    }
  },
});
