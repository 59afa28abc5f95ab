import { defineRule } from './rule.ts';

export default defineRule({
  id: 'unchecked-add',
  title: 'ADD takes a file from an address without a checksum',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SUP-03'],
  why: `The image gets what the server sends on that day. A file that was swapped there is part of every image from then on, with nothing
in the repository that changed.`,
  remedy: '`ADD --checksum=sha256:… URL DEST`; for git addresses name the commit.',
  references: ['https://docs.docker.com/reference/dockerfile/#add---checksum'],
  bad: [
    {
      title: 'a file',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\n«ADD https://example.com/tool /usr/local/bin/tool»\n',
      },
    },
    {
      title: 'a repository’s newest commit',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\n«ADD https://example.com/team/tool.git#main /src»\n',
      },
    },
  ],
  good: [
    {
      title: 'with a checksum, of a commit, or from the context',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\nADD --checksum=sha256:0123 https://example.com/a /a\nADD https://example.com/t.git#0123456789abcdef0123456789abcdef01234567 /t\nADD https.tar /b\n',
      },
    },
  ],
  *check({ containers }) {
    for (const { build } of containers) {
      for (const { name, text, flags, span } of (build?.chain ?? []).flatMap(({ instructions }) => instructions)) {
        if (name !== 'ADD' || flags.some(({ value }) => value.startsWith('checksum='))) continue;
        const address = /(?:^|[\s"])((?:https?:\/\/|git@)[^\s"]+)/.exec(text)?.[1];
        if (address === undefined || /\.git#[0-9a-f]{40}\b/.test(address)) continue;
        yield { at: span, confidence: 'high', message: 'nothing checks what the server sends' };
      }
    }
  },
});
