import type { Configuration } from '../model/workspace.ts';
import { defineRule } from './rule.ts';
import { settingsOf } from './support/settings.ts';

const instructionsOf = (configuration: Configuration) =>
  configuration.containers
    .filter(({ role }) => role === 'agent')
    .flatMap(({ build }) => (build?.chain ?? []).flatMap(({ instructions }) => instructions));

const environmentHas = (configuration: Configuration, pattern: RegExp): boolean =>
  configuration.containers.some(
    ({ role, environment }) => role === 'agent' && environment.some(({ value }) => pattern.test(value.name)),
  );

/** What each setting promises, and whether something else keeps that promise. */
const PROMISES: Readonly<Record<string, readonly [string, (configuration: Configuration) => boolean]>> = {
  'dev.containers.copyGitConfig': [
    'the host’s .gitconfig is copied all the same',
    (configuration) =>
      environmentHas(configuration, /^GIT_CONFIG_GLOBAL$/) ||
      instructionsOf(configuration).some(({ name, text }) => name === 'COPY' && /\.gitconfig\s*$/.test(text)),
  ],
  'dev.containers.dockerCredentialHelper': [
    'registry logins of the host are handed in all the same',
    (configuration) => environmentHas(configuration, /^DOCKER_CONFIG$/),
  ],
  'dev.containers.gitCredentialHelperConfigLocation': ['git gets the host’s passwords all the same', () => false],
};

export default defineRule({
  id: 'ineffective-setting',
  title: 'A protection is set where the editor does not read it',
  severity: 'medium',
  persona: 'regular',
  attacks: ['CRD-10', 'CRD-04', 'CRD-05'],
  why: `The Dev Containers extension runs on the host and reads these from the user’s settings, before there is a container. In
devcontainer.json or in the workspace they look like a lock and are none.`,
  remedy:
    'Set it in the user’s settings, and make the container safe without it: a DOCKER_CONFIG and a .gitconfig that belong to root.',
  references: ['https://github.com/microsoft/vscode-remote-release/issues/9815'],
  bad: [
    {
      title: 'in devcontainer.json',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "settings": { «"dev.containers.dockerCredentialHelper": false», «"dev.containers.copyGitConfig": false» } } } }',
      },
    },
    {
      title: 'in the workspace',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian" }',
        '.vscode/settings.json': '{ «"dev.containers.gitCredentialHelperConfigLocation": "none"» }',
      },
    },
  ],
  good: [
    {
      title: 'something else keeps the promise',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "build": { "dockerfile": "Dockerfile" }, "containerEnv": { "DOCKER_CONFIG": "/etc/empty" }, "customizations": { "vscode": { "settings": { "dev.containers.dockerCredentialHelper": false, "dev.containers.copyGitConfig": false, "git.terminalAuthentication": false } } } }',
        '.devcontainer/Dockerfile': 'FROM debian\nCOPY gitconfig /home/dev/.gitconfig\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const configuration of configurations) {
      for (const { key, value, at } of settingsOf(configuration)) {
        const promise = PROMISES[key];
        if (!promise || !/^(?:false|none)$/.test(value)) continue;
        const [what, kept] = promise;
        if (!kept(configuration))
          yield { at, confidence: 'medium', message: `read from the user’s settings only: ${what}` };
      }
    }
  },
});
