import { insideRoot, resolveFrom } from '../model/files.ts';
import { writable } from '../model/protection.ts';
import type { Configuration, Script } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

/** Programs that run code of the folder that they are started in. */
const RUNS_WORKSPACE =
  /^(?:npm|pnpm|yarn|npx|bun|bunx|deno|make|just|task|rake|gradle|gradlew|mvn|mvnw|cargo|bundle|composer|tox|nox|poetry|invoke|mise|direnv)$/;
const INTERPRETER = /^(?:(?:ba|z|da|k|a)?sh|python[\d.]*|node|perl|ruby|php|pwsh|source|\.)$/;

/** Files of the workspace that a host command executes, and the tools that execute others. */
function executed(script: Script, root: string): { files: readonly string[]; tools: readonly string[] } {
  const files = new Set<string>();
  const tools = new Set<string>();
  for (const { value: words } of script.shell.commands) {
    const [program = '', ...rest] = words;
    const name = program.replace(/^.*[\\/]/, '');
    if (RUNS_WORKSPACE.test(name)) tools.add(name);
    const file = INTERPRETER.test(name) ? rest.find((word) => !word.startsWith('-')) : program;
    const path = file?.replace(/^\$\{localWorkspaceFolder\}\//, './');
    if (path === undefined || !/^[\w.][\w./ -]*$/.test(path) || (file === program && !path.includes('/'))) continue;
    const resolved = resolveFrom(root === '.' ? '' : root, path);
    if (insideRoot(resolved)) files.add(resolved);
  }
  return { files: [...files], tools: [...tools] };
}

export default defineRule({
  id: 'host-command',
  title: 'A command runs on the host that the agent can change',
  severity: 'critical',
  persona: 'regular',
  attacks: ['TAM-01', 'TAM-13'],
  why: `initializeCommand runs on the host, as the user, at every start and reopen. If the agent can write the configuration, or a script
that the command runs, it decides what that is.`,
  remedy:
    'Drop the command, or keep it and its scripts in .devcontainer and mount that folder read-only over the workspace.',
  references: ['https://containers.dev/implementors/json_reference/#lifecycle-scripts'],
  bad: [
    {
      title: 'the configuration is writable',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", «"initializeCommand": "docker network create dev || true"» }',
      },
    },
    {
      title: 'its script is writable',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "dockerComposeFile": "compose.yaml", "service": "dev", «"initializeCommand": ["bash", "scripts/init.sh"]» }',
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: ["..:/app", "../.devcontainer:/app/.devcontainer:ro"]\n',
      },
    },
    {
      title: 'it runs the project’s own code',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "dockerComposeFile": "compose.yaml", "service": "dev", "initializeCommand": { "deps": «"npm ci"» } }',
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: ["..:/app", "../.devcontainer:/app/.devcontainer:ro"]\n',
      },
    },
  ],
  good: [
    {
      title: 'a protected script',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "dockerComposeFile": "compose.yaml", "service": "dev", "initializeCommand": ["sh", ".devcontainer/initialize.sh"] }',
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: ["..:/app", "../.devcontainer:/app/.devcontainer:ro"]\n',
      },
    },
    {
      title: 'a command inside',
      files: { '.devcontainer/devcontainer.json': '{ "image": "debian", "postCreateCommand": "npm ci" }' },
    },
  ],
  *check({ configurations }) {
    for (const configuration of configurations) {
      const mine = new Set<string>();
      for (const { value: script, span } of configuration.scripts) {
        if (script.hook !== 'initializeCommand' || span.file !== configuration.file || mine.has(`${span.start}`))
          continue;
        mine.add(`${span.start}`);
        const reason = why(configuration, script);
        if (reason !== undefined)
          yield { at: span, confidence: 'high', message: `this runs on the host, and the agent ${reason}` };
      }
    }
  },
});

function why({ file, root, containers }: Configuration, script: Script): string | undefined {
  const agents = containers.filter(({ role }) => role === 'agent');
  const can = (path: string): boolean => agents.some((agent) => writable(agent, path) !== undefined);
  if (can(file)) return `writes ${file}, where it is said`;
  const { files, tools } = executed(script, root);
  const script_ = files.find(can);
  if (script_ !== undefined) return `writes ${script_}`;
  const [tool] = tools;
  return tool !== undefined && can(root === '.' ? 'package.json' : `${root}/package.json`)
    ? `writes the files that ${tool} runs`
    : undefined;
}
