import { isSecretName } from '../model/secrets.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'secret-build-argument',
  title: 'The Dockerfile takes a secret as a build argument',
  severity: 'medium',
  persona: 'regular',
  attacks: ['CRD-06', 'DKR-03'],
  why: `Build arguments stay in the image’s history, and what ENV is made of them in the environment of every process. Whoever has the
image, or may describe it, reads the secret.`,
  remedy: '`RUN --mount=type=secret,id=token …` gives the secret to one command and leaves nothing behind.',
  references: ['https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/'],
  bad: [
    {
      title: 'a token',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\n«ARG NPM_TOKEN»\nRUN npm ci\n',
      },
    },
    {
      title: 'passed on to every process',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nARG X\n«ENV GITHUB_TOKEN=${X}»\n',
      },
    },
  ],
  good: [
    {
      title: 'mounted for one command',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\nARG TOKENIZER=fast\nENV TOKEN_FILE=/run/secrets/t\nRUN --mount=type=secret,id=NPM_TOKEN npm ci\n',
      },
    },
    {
      title: 'emptied again',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nENV GITHUB_TOKEN=""\n',
      },
    },
  ],
  *check({ containers }) {
    for (const { build } of containers) {
      for (const { name, text, span } of (build?.chain ?? []).flatMap(({ instructions }) => instructions)) {
        const line = text.trim();
        // A value that is written out is inline-secret's.
        const secret =
          name === 'ARG'
            ? line
                .split(/\s+/)
                .find((word) => /^\w+(?:=["']{2})?$/.test(word) && isSecretName(word.replace(/=[\s\S]*$/, '')))
            : name === 'ENV'
              ? /(?:^|\s)(\w+)[= ]["']?\$\{?\w/.exec(line)?.[1]
              : undefined;
        if (secret !== undefined && isSecretName(secret.replace(/=[\s\S]*$/, ''))) {
          const where = name === 'ARG' ? 'stays in the image’s history' : 'is in every process of the image';
          yield { at: span, confidence: 'high', message: `${secret.replace(/=[\s\S]*$/, '')} ${where}` };
        }
      }
    }
  },
});
