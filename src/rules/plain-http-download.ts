import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

const DOWNLOADS = /^(?:curl|wget|aria2c|git|pip[\d.]*|npm|pnpm|yarn|gem|go|uv)$/;
/** Without encryption, to a host that is not this machine, another service or a private network. */
const REMOTE =
  /(?:^|[=\s])http:\/\/(?!localhost|127\.|\[::1\]|0\.0\.0\.0|host\.docker\.internal|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.)[\w-]+(?:\.[\w-]+)+(?=[/:\s]|$)/;

export default defineRule({
  id: 'plain-http-download',
  title: 'Something is downloaded without encryption',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SUP-03'],
  why: `Anybody on the way can put something else in its place, and nothing notices: the file is installed or executed next.`,
  remedy: 'Write `https://`. If the server has no certificate, check the file’s SHA-256.',
  references: ['https://docs.docker.com/reference/dockerfile/#add---checksum'],
  bad: [
    {
      title: 'with curl',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «curl -o /tmp/a.deb http://example.com/a.deb» && dpkg -i /tmp/a.deb\n',
      },
    },
    {
      title: 'with ADD',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\n«ADD http://example.com/a.tgz /opt/»\n',
      },
    },
    {
      title: 'a package index',
      files: {
        'devcontainer.json':
          '{ "image": "python", "postCreateCommand": "«pip install -i http://example.com/simple x»" }',
      },
    },
  ],
  good: [
    {
      title: 'encrypted, or another service',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "postStartCommand": "curl -O https://example.com/a && curl http://localhost:8080/health && curl http://api:3000/ready" }',
      },
    },
    {
      title: 'with a checksum',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nADD --checksum=sha256:abc http://example.com/a.tgz /opt/\n',
      },
    },
  ],
  *check({ configurations, containers }) {
    for (const { program, args, script, at } of commands(configurations)) {
      if (!DOWNLOADS.test(program) || /\bsha\d+sum\b/.test(script.text)) continue;
      if (program === 'git' && !/^(?:clone|submodule|remote|fetch|pull)$/.test(args[0] ?? '')) continue;
      if (args.some((word) => REMOTE.test(word))) {
        yield { at, confidence: 'high', message: `${program} downloads over plain HTTP` };
      }
    }
    for (const { build } of containers) {
      for (const { name, text, flags, span } of (build?.chain ?? []).flatMap(({ instructions }) => instructions)) {
        const checked = flags.some(({ value }) => value.startsWith('checksum='));
        if (name === 'ADD' && !checked && REMOTE.test(text)) {
          yield { at: span, confidence: 'high', message: 'ADD downloads over plain HTTP' };
        }
      }
    }
  },
});
