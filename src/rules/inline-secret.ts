import type { Problem } from '../core/finding.ts';
import type { Located, Span } from '../core/span.ts';
import { type Secret, textSecrets, valueSecret } from '../model/secrets.ts';
import type { Configuration } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

interface Literal {
  readonly name: string;
  readonly value: string;
}

export default defineRule({
  id: 'inline-secret',
  title: 'A secret is written into the configuration',
  severity: 'high',
  persona: 'regular',
  attacks: ['CRD-09', 'SHR-01', 'DKR-03'],
  why: `It is in every clone and in the history, in image layers, and in the environment of every process; whoever may describe a
container reads it there.`,
  remedy: 'Revoke it if it was real. Keep secrets out of the repository: a file that git ignores, or a secret store.',
  references: ['https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/'],
  bad: [
    {
      title: 'a token, whatever its variable is called',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "containerEnv": { «"X": "ghp_0123456789abcdefghijABCDEFGHIJ012345"» } }',
      },
    },
    {
      title: 'a password in the image',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\n«ENV REGISTRY_PASSWORD=hunter2-9f3k»\n',
      },
    },
    {
      title: 'an everyday password of a database',
      files: {
        'compose.yaml': 'services:\n  db:\n    image: debian\n    environment:\n      - «POSTGRES_PASSWORD=postgres»\n',
      },
    },
    {
      title: 'in a URL, and under shorter names',
      files: {
        'compose.yaml':
          'services:\n  db:\n    image: debian\n    environment:\n      «DATABASE_URL: postgres://app:k3v-9QzT@db/app»\n      «DB_PASS: k3v-9QzT»\n      «SECRET_KEY_BASE: 1f0c8a7e2b»\n      ROOT_URL: http://app:${PASSWORD}@db\n',
      },
    },
    {
      title: 'in commands',
      files: {
        'devcontainer.json':
          '{ "build": { "dockerfile": "Dockerfile" }, "postCreateCommand": "git clone https://«ghp_0123456789abcdefghijABCDEFGHIJ012345»@github.com/a/b && «docker login -u a -p k3v-9QzT» && sh setup.sh" }',
        Dockerfile: 'FROM debian\nRUN «NPM_TOKEN=k3v-9QzT» npm ci && PASSWORD=$P API_KEY=$(cat k) true\n',
        'setup.sh': 'export «GH_TOKEN=k3v-9QzT»\necho "$GH_TOKEN"\n',
      },
    },
    {
      title: 'in a setting of the editor',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "settings": { «"x.token": "ghp_0123456789abcdefghijABCDEFGHIJ012345"» } } } }',
      },
    },
    {
      title: 'in an option of a Feature',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "features": { "ghcr.io/devcontainers/features/desktop-lite:1": { «"password": "k3v-9QzT"», "webPort": "6080" } } }',
      },
    },
    {
      title: 'as a login’s, of a system or of a server, and as a script’s default',
      files: {
        'devcontainer.json':
          '{ "build": { "dockerfile": "Dockerfile" }, "postStartCommand": "«curl -s -u admin:k3v-9QzT» http://ci/ && sh sync.sh" }',
        Dockerfile: 'FROM debian\nRUN useradd dev && «echo "dev:k3v-9QzT" | chpasswd» && echo "x:$P" | chpasswd\n',
        'sync.sh': 'CI_PASSWORD="«${CI_PASSWORD:-k3v-9QzT}»"; TOKEN=${TOKEN:-unset}; curl -u "a:$P" http://ci/\n',
      },
    },
    {
      title: 'as the default of a variable',
      files: {
        'compose.yaml':
          'services:\n  db:\n    image: debian\n    environment:\n      «POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-postgres}»\n',
      },
    },
  ],
  good: [
    {
      title: 'taken from elsewhere',
      files: {
        'compose.yaml':
          'services:\n  db:\n    image: debian\n    environment:\n      POSTGRES_PASSWORD: ${DB_PASSWORD}\n      API_KEY_FILE: /run/secrets/key\n      API_TOKEN: <your token>\n',
      },
    },
    {
      title: 'switches, public keys, the folder’s name, a password that the shell has',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "containerEnv": { "ALLOW_EMPTY_PASSWORD": "yes", "SECRET": "${localWorkspaceFolderBasename}", "NEXT_PUBLIC_API_KEY": "pk_test_abc", "API_KEY": "pk_test_abc", "TOKEN_URL": "https://example.com" }, "postCreateCommand": "docker login -u a -p $P && TOKEN=$T PASS= make" }',
      },
    },
    {
      title: 'a name that only sounds like one',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "containerEnv": { "TOKENIZERS_PARALLELISM": "false", "MAX_TOKENS": "4096" } }',
      },
    },
  ],
  *check({ configurations }) {
    for (const configuration of configurations) {
      for (const { value, span } of literals(configuration)) {
        const secret = valueSecret(value.name, value.value);
        if (secret) yield told(secret, span);
      }
      for (const { value, span } of configuration.settings) {
        const secret = valueSecret(value.key.replace(/^.*\./, ''), value.value);
        if (secret?.kind === 'shape') yield told(secret, span);
      }
      for (const { value: script, span } of configuration.scripts) {
        const { text, start } = script;
        for (const secret of textSecrets(text)) {
          const at =
            start === undefined ? span : { file: span.file, start: start + secret.start, end: start + secret.end };
          yield told(secret, at);
        }
      }
    }
  },
});

function told({ what, kind }: Secret, at: Span): Problem {
  const confidence = kind === 'likely' ? 'medium' : 'high';
  const severity = kind === 'shape' ? 'high' : kind === 'likely' ? 'medium' : 'low';
  return { at, confidence, severity, secret: true, message: what };
}

/** Variables with a written value, of containers and images. */
function literals({ containers }: Configuration): readonly Located<Literal>[] {
  const found = new Map<string, Located<Literal>>();
  const add = (name: string, value: string, span: Located<Literal>['span']): void => {
    found.set(`${span.file}:${span.start}:${name}`, { value: { name, value }, span });
  };
  for (const { environment, build, features } of containers) {
    for (const { value: feature } of features) {
      for (const { value, span } of feature.options) add(value.key, value.value, span);
    }
    for (const { value, span } of environment) {
      if (value.value !== undefined) add(value.name, value.value, span);
    }
    for (const { instructions } of build?.dockerfile.stages ?? []) {
      for (const { name: kind, text, span } of instructions) {
        if (kind !== 'ENV' && kind !== 'ARG') continue;
        const legacy = kind === 'ENV' ? /^\s*(\w+)\s+([^=\s][^\n]*)$/.exec(text) : null;
        if (legacy) add(legacy[1] ?? '', legacy[2] ?? '', span);
        for (const [, name = '', double, single, plain] of text.matchAll(
          /(?<!\w)(\w+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S*))/g,
        )) {
          add(name, double ?? single ?? plain ?? '', span);
        }
      }
    }
  }
  return [...found.values()];
}
