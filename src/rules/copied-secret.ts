import { defineRule } from './rule.ts';

/** Files that hold a secret by their name; `.env.example` and the like do not. */
const FILE =
  /(?:^|\/)(?:\.env(?:\.(?:local|prod(?:uction)?|dev(?:elopment)?|staging))?|id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.git-credentials|\.npmrc|\.pypirc|\.yarnrc\.yml|credentials(?:\.json)?|service-?account[\w-]*\.json|kubeconfig|\.kube\/config|[\w.-]+\.(?:p12|pfx|kdbx)|(?:[\w-]*\.)*(?=[\w-]*(?:private|secret))[\w-]+\.(?:pem|key))$/;
const FOLDER = /(?:^|\/)\.(?:ssh|aws|gnupg|azure|kube|docker)\/?$/;

export default defineRule({
  id: 'copied-secret',
  title: 'A file with secrets is copied into the image',
  severity: 'high',
  persona: 'regular',
  attacks: ['CRD-09', 'DKR-03'],
  why: `It stays in that layer, also when a later instruction deletes it. Whoever gets the image gets the file: the agent, a registry, a
cache.`,
  remedy: '`RUN --mount=type=secret` for one command; at run time a file of its own that holds as little as possible.',
  references: ['https://docs.docker.com/build/building/secrets/'],
  bad: [
    {
      title: 'a key',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\n«COPY --chown=dev id_ed25519 /home/dev/.ssh/»\n«COPY tls/www.private-1.key /etc/ssl/»\n',
      },
    },
    {
      title: 'settings among others',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\n«COPY ["package.json", ".npmrc", "/app/"]»\n',
      },
    },
    {
      title: 'a folder',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\n«ADD .aws /root/.aws»\n',
      },
    },
  ],
  good: [
    {
      title: 'an example, a public key, another stage’s',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian AS a\nFROM debian\nCOPY .env.example id_rsa.pub ca.pem private-ca.crt.pem credentials.ts /app/\nCOPY --from=a /x/.npmrc /y/\n',
      },
    },
  ],
  *check({ containers }) {
    for (const { build } of containers) {
      for (const { name, text, flags, span } of (build?.chain ?? []).flatMap(({ instructions }) => instructions)) {
        if (!/^(?:COPY|ADD)$/.test(name) || flags.some(({ value }) => value.startsWith('from='))) continue;
        const sources = text
          .replace(/[[\]",]/g, ' ')
          .trim()
          .split(/\s+/)
          .slice(0, -1);
        const secret = sources.find((path) => FILE.test(path) || FOLDER.test(path));
        if (secret === undefined) continue;
        // What a client's settings hold differs; a key is a key.
        const maybe = /(?:^|\/)\.(?:npmrc|yarnrc\.yml|pypirc|env[\w.]*)$/.test(secret);
        yield {
          at: span,
          confidence: maybe ? 'medium' : 'high',
          severity: maybe ? 'medium' : 'high',
          message: `${secret} becomes part of the image`,
        };
      }
    }
  },
});
