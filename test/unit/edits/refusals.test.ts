import { describe, expect, it } from 'vitest';
import type { Edit } from '../../../src/core/fix.ts';
import { parseDockerfile } from '../../../src/model/dockerfile.ts';
import { edited } from '../../support/edits.ts';
import { fixed } from '../../support/fixing.ts';

/** The span of the marked text, and the text without the marks. */
function marked(file: string, text: string) {
  const start = text.indexOf('«');
  const end = text.indexOf('»') - 1;
  return { source: text.replace(/[«»]/g, ''), at: { file, start, end } };
}

const append = (file: string, path: readonly [string, ...string[]]): Edit => ({
  kind: 'append',
  file,
  path,
  items: ['ALL'],
});
const DROP = ['services', 'dev', 'cap_drop'] as const;

describe('what would change other places is not edited', () => {
  it.each([
    [
      'an item under an anchor that others use',
      'x-base: &base\n  cap_add: [«NET_ADMIN», B]\nservices:\n  dev:\n    <<: *base\n',
      '&base',
    ],
    ['an item that others use', 'services:\n  a:\n    cap_add: [«&c NET_ADMIN», B]\n  b:\n    cap_add: [*c]\n', '&c'],
    [
      'a key in whose value others use something',
      'services:\n  a:\n    «cap_add: &c [NET_ADMIN]»\n    image: x\n  b:\n    cap_add: *c\n',
      '&c',
    ],
  ])('%s', (_, text, name) => {
    const { source, at } = marked('compose.yaml', text);
    // The anchor itself is no part of a value's span.
    const span = { ...at, start: at.start + (source.startsWith('&c ', at.start) ? 3 : 0) };
    expect(edited('compose.yaml', source, { kind: 'remove', at: span })).toContain(`the anchor ${name}`);
  });

  it.each([
    ['a list that is an alias', 'x: &l [A]\nservices:\n  dev:\n    cap_drop: *l\n', 'the anchor &l says elsewhere'],
    [
      'a list with an anchor in use',
      'services:\n  dev:\n    cap_drop: &l [A]\n  b:\n    cap_drop: *l\n',
      'through the anchor &l',
    ],
    [
      'a service that is merged into others',
      'services:\n  dev: &d\n    image: x\n  b:\n    <<: *d\n',
      'through the anchor &d',
    ],
    [
      'a key that a merge brings',
      'x: &l\n  cap_drop: [A]\nservices:\n  dev:\n    <<: *l\n    image: x\n',
      'comes from a merge key',
    ],
    ['a service that an alias makes', 'x: &l\n  image: x\nservices:\n  dev: *l\n', 'the anchor &l says elsewhere'],
    ['a list that is reset', 'services:\n  dev:\n    cap_drop: !reset []\n', 'is not a list'],
    ['a service of another file', 'services:\n  web:\n    image: x\n', 'services.dev is not in this file'],
    ['a file with a key given twice', 'services:\n  dev:\n    image: x\n    image: y\n', 'not valid YAML'],
    ['a file whose aliases go in a circle', 'services: &s\n  dev: *s\n', 'contains itself'],
    ['a file that is nested too deep', `services: ${'['.repeat(300)}${']'.repeat(300)}`, 'nested deeper'],
  ])('%s', (_, source, reason) => {
    expect(edited('compose.yaml', source, append('compose.yaml', DROP))).toContain(reason);
  });

  it.each([
    ['a file with a key given twice', '{ "runArgs": [], "runArgs": [] }', 'given twice'],
    ['a file with an error', '{ "runArgs": [ }', 'not valid JSON'],
    ['a value that is no list', '{ "runArgs": "x" }', 'runArgs is not a list'],
    ['a top level that is no object', '[]', 'is not an object'],
    ['an empty file', '', 'empty'],
  ])('%s (JSON)', (_, source, reason) => {
    expect(edited('devcontainer.json', source, append('devcontainer.json', ['runArgs']))).toContain(reason);
  });

  it('a finding whose text has gone', () => {
    const at = { file: 'devcontainer.json', start: 2, end: 5 };
    expect(edited('devcontainer.json', '{ "image": "x" }', { kind: 'remove', at })).toBe(
      'what was found is no longer there',
    );
    expect(edited('compose.yaml', 'services: {}\n', { kind: 'remove', at: { ...at, file: 'compose.yaml' } })).toBe(
      'what was found is no longer there',
    );
  });
});

describe('edits of Dockerfiles', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['an instruction', 'FROM a\n# why\n«USER root»\nRUN x\n', 'FROM a\n# why\nRUN x\n'],
    ['one over several lines', 'FROM a\n«RUN a \\\n  # inside\n  && b»\nRUN x\n', 'FROM a\nRUN x\n'],
    ['one with a heredoc', 'FROM a\n«RUN <<EOF\nx\nEOF\n»RUN x\n', 'FROM a\nRUN x\n'],
    ['the last one, without a line break', 'FROM a\r\n«USER root»', 'FROM a'],
    ['with CRLF and a byte order mark', '\ufeffFROM a\r\n«USER root»\r\nRUN x\r\n', '\ufeffFROM a\r\nRUN x\r\n'],
    ['a flag', 'FROM a\nRUN «--mount=type=ssh» --network=none x\n', 'FROM a\nRUN --network=none x\n'],
  ];
  it.each(cases)('take %s out', (_, text, expected) => {
    const { source, at } = marked('Dockerfile', text);
    const result = edited('Dockerfile', source, { kind: 'remove', at });
    expect(typeof result === 'string' ? result : result.text).toBe(expected);
    expect(parseDockerfile('Dockerfile', expected).notChecked).toEqual([]);
  });

  it('change nothing inside an instruction', () => {
    const at = { file: 'Dockerfile', start: 0, end: 4 };
    expect(edited('Dockerfile', 'FROM a\n', { kind: 'replace', at, change: () => 'x' })).toContain(
      'only whole instructions',
    );
  });
});

describe('a fix that does not help', () => {
  it('is taken back where a mount that was hidden appears', async () => {
    const files = {
      'compose.yaml': `services:
  dev:
    image: debian
    volumes:
      - ~/.ssh:/keys
      - /var/run/docker.sock:/keys
`,
    };
    const { files: after, outcomes } = await fixed(files, { rules: ['docker-socket-mount'] });
    expect(after).toEqual(files);
    expect(outcomes.map(({ refused }) => refused)).toEqual([
      'it would lead to another finding: credential-mount (dev gets SSH keys (~/.ssh))',
    ]);
  });

  it('does not keep others from being made', async () => {
    const files = {
      'compose.yaml': `services:
  dev:
    image: debian
    privileged: true
    volumes:
      - ~/.ssh:/keys
      - /var/run/docker.sock:/keys
    ports: ["80:80"]
`,
    };
    const { files: after, outcomes } = await fixed(files, {
      rules: ['docker-socket-mount', 'privileged', 'published-port'],
    });
    expect(after['compose.yaml']).toBe(
      files['compose.yaml'].replace('    privileged: true\n', '').replace('80:80', '127.0.0.1:80:80'),
    );
    expect(outcomes.filter(({ refused }) => refused !== undefined).map(({ rule }) => rule)).toEqual([
      'docker-socket-mount',
    ]);
  });
});
