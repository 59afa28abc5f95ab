import { defineRule } from './rule.ts';
import { type Command, commands } from './support/commands.ts';

const GLOBAL = /^(?:-g|--global|--location=global)$/;

/** The packages that a command fetches by name and keeps in no lock file. */
function fetched({ program, args }: Command): readonly string[] {
  const [verb = '', second = ''] = args.filter((word) => !word.startsWith('-'));
  const rest = withoutOptions(args);
  if (program === 'npm' && /^(?:i|in|install|add)$/.test(verb))
    return args.some((word) => GLOBAL.test(word)) ? rest.slice(1) : [];
  if (program === 'pnpm' && verb === 'add') return args.some((word) => GLOBAL.test(word)) ? rest.slice(1) : [];
  if (program === 'bun' && verb === 'add') return args.some((word) => GLOBAL.test(word)) ? rest.slice(1) : [];
  if (program === 'yarn' && verb === 'global' && second === 'add') return rest.slice(2);
  if (/^(?:pnpm|yarn)$/.test(program) && verb === 'dlx') return rest.slice(1, 2);
  // Without -y, npx asks before it fetches, and takes the project's own package where there is one.
  if (program === 'npx' && args.some((word) => /^(?:-y|--yes)$/.test(word))) return rest.slice(0, 1);
  if (program === 'bunx') return rest.slice(0, 1);
  if (program === 'uvx') return rest.slice(0, 1);
  if (program === 'pipx' && /^(?:install|run)$/.test(verb)) return rest.slice(1);
  if (program === 'go' && verb === 'install') return rest.slice(1);
  return [];
}

/** Words that are neither options nor the values of the options that take one. */
function withoutOptions(args: readonly string[]): readonly string[] {
  return args.filter(
    (word, index) =>
      !word.startsWith('-') &&
      !/^--?(?:prefix|registry|cache|loglevel|p|package|python|from|with|tags|ldflags)$/.test(args[index - 1] ?? ''),
  );
}

/** Names a release that can change: none, or a tag instead of a number. */
function moves(spec: string): boolean {
  if (!/^@?[a-z0-9][\w.@/~^>=<+[\]-]*$/i.test(spec) || /^(?:https?:|git|file:|\.)/.test(spec)) return false;
  if (/\.(?:tgz|tar\.gz|whl)$/.test(spec)) return false;
  const version = /==([\s\S]+)$/.exec(spec)?.[1] ?? /^.+?@([^@/]+)$/.exec(spec)?.[1];
  return version === undefined ? !/[=<>~]/.test(spec) : !/\d/.test(version);
}

export default defineRule({
  id: 'unpinned-package',
  title: 'A tool is installed in whatever version is newest',
  severity: 'low',
  persona: 'regular',
  attacks: ['SUP-05', 'SUP-04'],
  why: `A version that was published an hour ago, by whoever holds the maintainer’s password, is what the next build gets. Tools that
are installed for all users run with everything that the container has.`,
  remedy:
    'Write the version: `npm install -g @anthropic-ai/claude-code@2.1.3`. Let a bot raise it, some days after its release.',
  references: ['https://docs.npmjs.com/cli/commands/npm-install', 'https://pnpm.io/settings#minimumreleaseage'],
  bad: [
    {
      title: 'an agent in the image',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM node\nRUN «npm install -g @anthropic-ai/claude-code@latest»\n',
      },
    },
    {
      title: 'at creation, without a version',
      files: { 'devcontainer.json': '{ "image": "node", "postCreateCommand": "«sudo npm i --global pnpm»" }' },
    },
    {
      title: 'fetched and run',
      files: {
        'devcontainer.json':
          '{ "image": "node", "postStartCommand": "«npx -y some-server» && «uvx some-tool» && «go install example.com/x@latest»" }',
      },
    },
  ],
  good: [
    {
      title: 'with versions',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM node\nRUN npm install -g --prefix /opt/x pnpm@10.1.0 @openai/codex@0.50.0 && pipx install ruff==0.6.1 && go install example.com/x@v1.2.3 && npm install -g "pnpm@${PNPM}"\n',
      },
    },
    {
      title: 'what the lock file has',
      files: { 'devcontainer.json': '{ "image": "node", "postCreateCommand": "npm ci && npx prettier --check ." }' },
    },
  ],
  *check({ configurations }) {
    for (const command of commands(configurations)) {
      const packages = [...new Set(fetched(command).filter(moves))];
      if (packages.length === 0) continue;
      yield { at: command.at, confidence: 'high', message: `${packages.join(', ')}: whatever version is newest then` };
    }
  },
});
