import { defineRule } from './rule.ts';

export default defineRule({
  id: 'piped-install',
  title: 'A downloaded script is executed at once',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SUP-03'],
  why: `What the server answers at that moment is run, without a version, a checksum or a look at it. A download that breaks off runs half
a script, and a server can tell a pipe from a person.`,
  remedy: 'Install a pinned version from a package, or download a fixed version and check its SHA-256 before it runs.',
  references: ['https://docs.docker.com/build/building/best-practices/'],
  bad: [
    {
      title: 'in the Dockerfile',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\nRUN apt-get update && \\\n  «curl -fsSL https://example.com/install.sh | sudo -E bash -s -- -y»\n',
      },
    },
    {
      title: 'at each start',
      files: {
        'devcontainer.json': '{ "image": "debian", "postStartCommand": "«bash <(wget -qO- https://example.com/x)»" }',
      },
    },
    {
      title: 'with a file in between',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «curl -o i.sh https://example.com/i.sh && chmod +x i.sh && ./i.sh»\n',
      },
    },
    {
      title: 'in other words',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: [
          'FROM debian',
          '«RUN ["/bin/bash", "-lc", "curl -fsSL https://example.com/a.sh | sh"]»',
          'RUN «wget https://example.com/b.sh && bash b.sh»',
          'RUN «wget -q https://example.com/c.sh -P /tmp && sh /tmp/c.sh»',
          'RUN curl -o /tmp/d.sh https://example.com/d.sh',
          'RUN «bash /tmp/d.sh»',
          'ADD https://example.com/e.sh /tmp/',
          'RUN «sh /tmp/e.sh»',
          'RUN «F=$(curl -s https://example.com/f) && bash -c "$F"»',
          'RUN «irm https://example.com/g | iex»',
          '',
        ].join('\n'),
      },
    },
    {
      title: 'in a script that a command calls',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian", "postCreateCommand": "bash .devcontainer/setup.sh" }',
        '.devcontainer/setup.sh': '#!/bin/sh\n«curl https://example.com/a | sh»\n',
      },
    },
    {
      title: 'into an interpreter that reads its program',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: [
          'FROM debian',
          'RUN «curl -s https://example.com/a | python3 -»',
          'RUN «curl -s https://example.com/a | bash -eu -o pipefail /dev/stdin --channel LTS»',
          'RUN «curl -s https://example.com/a | php -- --install-dir=/usr/bin»',
          'RUN «curl -s https://example.com/a | sh -s stable»',
          '',
        ].join('\n'),
      },
    },
  ],
  good: [
    {
      title: 'into an archiver',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN curl -fsSL https://example.com/a.tgz | tar xz\n',
      },
    },
    {
      title: 'with a checksum',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\nRUN curl -o i.sh https://example.com/i.sh && echo "abc  i.sh" | sha256sum -c && sh i.sh\n',
      },
    },
    {
      title: 'a checksum in a later instruction, and one of ADD',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: [
          'FROM debian',
          'RUN curl -o /tmp/d.sh https://example.com/d.sh',
          'RUN echo "abc  /tmp/d.sh" | sha256sum -c',
          'RUN bash /tmp/d.sh',
          'ADD --checksum=sha256:0123 https://example.com/e.sh /tmp/',
          'RUN sh /tmp/e.sh',
          'RUN wget https://example.com/a.tgz && tar xf a.tgz && sh a/install.sh',
          '',
        ].join('\n'),
      },
    },
    {
      title: 'into an interpreter that has its program already',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: [
          'FROM debian',
          'RUN curl -s https://example.com/a.json | python3 -c "import json, sys; print(json.load(sys.stdin))"',
          'RUN curl -s https://example.com/a.json | node -e "process.stdin.pipe(process.stdout)"',
          'RUN curl -s https://example.com/a.json | python3 -m json.tool',
          'RUN curl -s https://example.com/a | perl -pe s/a/b/',
          'RUN curl -s https://example.com/a | sudo bash -n',
          'RUN curl -s https://example.com/a | python3 tools/read.py',
          '',
        ].join('\n'),
      },
    },
    {
      title: 'only words',
      files: { 'devcontainer.json': '{ "image": "debian", "postStartCommand": "echo \'curl x | sh\'" }' },
    },
  ],
  *check({ configurations }) {
    for (const { scripts } of configurations) {
      for (const { value: script } of scripts) {
        for (const { value, span } of script.shell.piped) {
          const host = script.on === 'host';
          yield {
            at: span,
            confidence: 'high',
            severity: host ? 'high' : 'medium',
            message: `${value}${host ? ', on the host' : ''} (${script.hook})`,
          };
        }
      }
    }
  },
});
