import type { Located } from '../core/span.ts';
import { isSecretName, secretShape, secretValue } from '../model/secrets.ts';
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
      title: 'a name that only sounds like one',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "containerEnv": { "TOKENIZERS_PARALLELISM": "false", "MAX_TOKENS": "4096" } }',
      },
    },
  ],
  *check({ configurations }) {
    for (const configuration of configurations) {
      for (const { value: literal, span } of literals(configuration)) {
        const shape = secretShape(literal.value);
        const kind = isSecretName(literal.name) ? secretValue(literal.value) : 'none';
        if (shape !== undefined) {
          yield { at: span, confidence: 'high', secret: true, message: `${literal.name} holds ${shape}` };
        } else if (kind === 'likely') {
          yield {
            at: span,
            confidence: 'medium',
            severity: 'medium',
            secret: true,
            message: `${literal.name} has its value written out`,
          };
        } else if (kind === 'everyday') {
          yield {
            at: span,
            confidence: 'high',
            severity: 'low',
            secret: true,
            message: `${literal.name} has a password that everybody guesses`,
          };
        }
      }
    }
  },
});

/** Variables with a written value, of containers and images. */
function literals({ containers }: Configuration): readonly Located<Literal>[] {
  const found = new Map<string, Located<Literal>>();
  const add = (name: string, value: string, span: Located<Literal>['span']): void => {
    found.set(`${span.file}:${span.start}:${name}`, { value: { name, value }, span });
  };
  for (const { environment, build } of containers) {
    for (const { value, span } of environment) {
      if (value.value !== undefined) add(value.name, value.value, span);
    }
    for (const { instructions } of build?.dockerfile.stages ?? []) {
      for (const { name: kind, text, span } of instructions) {
        if (kind !== 'ENV' && kind !== 'ARG') continue;
        const legacy = kind === 'ENV' ? /^\s*(\w+)\s+([^=\s][^\n]*)$/.exec(text) : null;
        if (legacy) add(legacy[1] ?? '', legacy[2] ?? '', span);
        for (const [, name = '', double, single, plain] of text.matchAll(
          /(\w+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S*))/g,
        )) {
          add(name, double ?? single ?? plain ?? '', span);
        }
      }
    }
  }
  return [...found.values()];
}
