import { defineRule } from './rule.ts';

const INSTALL =
  /(?:^|[\s;&|("'])(?:npm\s+(?:ci|i|install)|pnpm\s+(?:i|install)|yarn(?:\s+install)?|bun\s+(?:i|install))(?=\s*(?:$|[;&|)"']|--?\w|\|\|))/;
const OFF = /--ignore-scripts(?:=true)?(?=\s|$|["'])/;

export default defineRule({
  id: 'install-scripts',
  title: 'Packages run their scripts while they are installed',
  severity: 'low',
  persona: 'pedantic',
  attacks: ['SUP-04'],
  why: `An install script of any package, however deep, runs at each creation with all that the container has: the agent’s token, the
workspace, the way out.`,
  remedy:
    '`npm ci --ignore-scripts`, then `npm rebuild NAME` for those few that need it; pnpm 10 asks for a list of its own.',
  references: ['https://docs.npmjs.com/cli/commands/npm-ci#ignore-scripts'],
  bad: [
    {
      title: 'at creation',
      files: { 'devcontainer.json': '{ "image": "node", «"postCreateCommand": "npm ci"» }' },
    },
    {
      title: 'among others',
      files: {
        'devcontainer.json':
          '{ "image": "node", "postCreateCommand": { "deps": «"cd web && yarn install --immutable"» } }',
      },
    },
  ],
  good: [
    {
      title: 'without scripts',
      files: {
        'devcontainer.json':
          '{ "image": "node", "postCreateCommand": "npm ci --ignore-scripts && npm install -g pnpm@10.1.0", "postStartCommand": "yarn dev" }',
      },
    },
    {
      title: 'the repository says so',
      files: {
        'devcontainer.json':
          '{ "image": "node", "containerEnv": { "npm_config_ignore_scripts": "true" }, "postCreateCommand": "npm ci" }',
      },
    },
  ],
  *check({ configurations }) {
    for (const { scripts, containers } of configurations) {
      const off = containers.some(({ environment }) =>
        environment.some(({ value }) => /^(?:npm|yarn)_(?:config_ignore|enable)_scripts$/i.test(value.name)),
      );
      for (const { value: script, span } of scripts) {
        if (script.on !== 'container' || script.hook === 'start' || off) continue;
        const line = script.text
          .split('\n')
          .find((text) => INSTALL.test(text) && !OFF.test(text) && !/\s(?:-g|--global)\b/.test(text));
        if (line !== undefined && !/^\s*#/.test(line))
          yield { at: span, confidence: 'medium', message: `${script.hook}: packages run their scripts` };
      }
    }
  },
});
