import { removal } from '../edits/offer.ts';
import { isSecretName, secretValue } from '../model/secrets.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'host-env-passthrough',
  title: 'A secret of the host’s environment is passed in',
  severity: 'high',
  persona: 'regular',
  attacks: ['CRD-06', 'CRD-07'],
  why: `Every process in the container reads it from its environment, and from that of others through /proc; as a build argument it stays
in the image’s history. It is the same secret that the host uses for everything else.`,
  remedy: 'Give the box a token of its own that can do little and can be revoked, kept in the agent’s own folder.',
  fixes:
    'Takes the variable out. Always unsafe: what logs in with it stops working, and so may a build that has it as an argument.',
  references: ['https://containers.dev/implementors/json_reference/#variables-in-devcontainerjson'],
  bad: [
    {
      title: 'in devcontainer.json',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "remoteEnv": { «"GH_TOKEN": "${localEnv:GITHUB_TOKEN}"», «"AWS_BEARER_TOKEN_BEDROCK": "${localEnv:AWS_BEARER_TOKEN_BEDROCK}"» } }',
      },
    },
    {
      title: 'in compose, by its name alone',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    environment:\n      - «ANTHROPIC_API_KEY»\n      - TZ\n',
      },
    },
    {
      title: 'in a list, with a default or with an error where it is missing',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    environment:\n      - «A_TOKEN=${A_TOKEN}»\n      - «B_TOKEN=$B_TOKEN»\n      - «C_TOKEN=${C_TOKEN:-}»\n      - «D_TOKEN=${D_TOKEN:?}»\n      - TZ=${TZ:-UTC}\n',
      },
    },
    {
      title: 'in a map likewise',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    environment:\n      «A_TOKEN: $A_TOKEN»\n      «KEY: "${API_KEY-}"»\n',
      },
    },
    {
      title: 'in a file of variables',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: debian\n    env_file: dev.env\n',
        'dev.env': "«A_TOKEN=$A_TOKEN»\nB_TOKEN='$B_TOKEN'\n",
      },
    },
    {
      title: 'in a file that is nowhere to be seen, or outside of the repository, where it need not be',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    env_file: [«own.env», { path: «../private/dev.env», required: false }]\n',
      },
    },
    {
      title: 'as a build argument',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    build:\n      context: .\n      args:\n        «NPM_TOKEN: ${NPM_TOKEN}»\n',
        Dockerfile: 'FROM scratch\n',
      },
    },
    {
      title: 'as a secret of compose',
      files: {
        'devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    secrets: [«token»]\nsecrets:\n  token: { environment: GH_TOKEN }\n',
      },
    },
    {
      title: 'as one in a list',
      files: {
        'compose.yaml': 'services:\n  dev:\n    build:\n      context: .\n      args: [«"NPM_TOKEN=${NPM_TOKEN}"»]\n',
        Dockerfile: 'FROM scratch\n',
      },
    },
    {
      title: 'by docker run',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"-e", "AWS_SECRET_ACCESS_KEY"»] }' },
    },
  ],
  good: [
    {
      title: 'a file that may be missing',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    env_file: [{ path: made-for-this.env, required: false }]\n',
      },
    },
    {
      title: 'no secret',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "containerEnv": { "TZ": "${localEnv:TZ}", "USER_NAME": "${localEnv:USER}" } }',
      },
    },
    {
      title: 'a dollar that compose leaves alone, and a password for everybody where the host has none',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    environment:\n      - A_TOKEN=$${A_TOKEN}\n      - POSTGRES_PASSWORD=${POSTGRES_PASSWORD:-postgres}\n',
      },
    },
    {
      title: 'unset',
      files: { 'devcontainer.json': '{ "image": "debian", "remoteEnv": { "GITHUB_TOKEN": null, "NPM_TOKEN": "" } }' },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      const { name, role, environment, absentEnvFiles } = container;
      for (const { value, span } of role === 'agent' ? absentEnvFiles : []) {
        const message = `${name} gets every variable of ${value.path}, which `;
        yield value.outside
          ? { at: span, confidence: 'medium', severity: 'medium', message: `${message}lies outside of the repository` }
          : // Something may make it when the container starts, of nothing secret.
            { at: span, confidence: 'low', severity: 'low', persona: 'pedantic', message: `${message}is not here` };
      }
      for (const { value: variable, span } of environment) {
        if (role !== 'agent' && variable.kind !== 'build') continue;
        if (variable.hostVariables.length === 0) continue;
        // Who writes such a default has a database in mind that holds nothing; inline-secret tells that.
        if (variable.value !== undefined && secretValue(variable.value) === 'everyday') continue;
        const secret = [...variable.hostVariables, variable.name].find(isSecretName);
        if (secret === undefined) continue;
        const how = variable.kind === 'build' ? 'is built with' : 'gets';
        yield {
          at: span,
          confidence: 'high',
          message: `${name} ${how} the host’s ${secret}`,
          ...removal(container, span, `Takes ${variable.name} out`, 'what logs in with it needs a token of its own'),
        };
      }
    }
  },
});
