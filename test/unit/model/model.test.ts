import fc from 'fast-check';
import { type ParseError, parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../../src/model/files.ts';
import { parseJsonc } from '../../../src/model/jsonc.ts';
import { readWorkspace } from '../../../src/model/read.ts';
import type { Tree } from '../../../src/model/tree.ts';
import { flagsOf } from '../../../src/model/workspace.ts';

const read = async (files: Record<string, string>) => (await readWorkspace(memoryFiles(files))).workspace;
const reasons = async (files: Record<string, string>) => (await read(files)).notChecked.map(({ reason }) => reason);

/** The agent's mounts of a compose service with these volumes, next to a devcontainer.json. */
async function mounts(volumes: string, extra: Record<string, string> = {}) {
  const { containers, notChecked } = await read({
    '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
    '.devcontainer/compose.yaml': `services:\n  dev:\n    image: debian\n    volumes:\n${volumes}`,
    ...extra,
  });
  return { mounts: containers[0]?.mounts.map(({ value }) => value) ?? [], notChecked };
}

describe('the workspace model', () => {
  it('goes on with the others where one is larger than the engine can hold', async () => {
    const files = memoryFiles({ '.devcontainer/devcontainer.json': '{}', '.devcontainer.json': '{ "image": "b" }' });
    const full: typeof files = {
      ...files,
      read: (path) => {
        if (path === '.devcontainer/devcontainer.json') throw new RangeError('Invalid string length');
        return files.read(path);
      },
    };
    const { workspace } = await readWorkspace(full);
    expect(workspace.configurations.map(({ file }) => file)).toEqual(['.devcontainer.json']);
    expect(workspace.notChecked).toEqual([
      {
        file: '.devcontainer/devcontainer.json',
        reason: 'what it describes is too large to be read (Invalid string length)',
      },
    ]);
  });

  it('finds every dev container, in the order in which tools look', async () => {
    const { configurations } = await read({
      '.devcontainer/devcontainer.json': '{ "image": "a" }',
      '.devcontainer.json': '{ "image": "b" }',
      '.devcontainer/gpu/devcontainer.json': '{ "image": "c" }',
      'compose.yaml': 'services: { not: { image: the-dev-container } }',
    });
    expect(configurations.map(({ file }) => file)).toEqual([
      '.devcontainer/devcontainer.json',
      '.devcontainer/gpu/devcontainer.json',
      '.devcontainer.json',
    ]);
  });

  it('looks into sub-folders where the top has none, and not into dependencies', async () => {
    const { configurations } = await read({
      'apps/web/.devcontainer/devcontainer.json': '{ "image": "a" }',
      'node_modules/x/.devcontainer/devcontainer.json': '{ "image": "b" }',
    });
    expect(configurations.map(({ file, root }) => [file, root])).toEqual([
      ['apps/web/.devcontainer/devcontainer.json', 'apps/web'],
    ]);
  });

  it('looks into sub-folders also where the top has a dev container', async () => {
    const { configurations, notChecked } = await read({
      '.devcontainer/devcontainer.json': '{ "image": "a" }',
      'packages/a/.devcontainer/devcontainer.json': '{ "image": "b", "privileged": true }',
      'packages/a/deep/er/.devcontainer.json': '{ "image": "c" }',
      'vendor/x/.devcontainer/devcontainer.json': '{ "image": "d" }',
    });
    expect(configurations.map(({ file }) => file)).toEqual([
      '.devcontainer/devcontainer.json',
      'packages/a/.devcontainer/devcontainer.json',
      'packages/a/deep/er/.devcontainer.json',
    ]);
    expect(notChecked).toEqual([]);
  });

  it('names what lies too deep to be looked for', async () => {
    const deep = Array.from({ length: 30 }, (_, index) => `d${index}`).join('/');
    expect(await reasons({ '.devcontainer.json': '{ "image": "a" }', [`${deep}/x`]: '' })).toEqual([
      expect.stringContaining('folders deep'),
    ]);
  });

  it('names what is left out where there are too many folders', async () => {
    const many = Object.fromEntries(Array.from({ length: 20_001 }, (_, index) => [`d${index}/x`, '']));
    const top = ['.devcontainer.json', ...Object.keys(many).map((path) => path.replace(/x$/, ''))];
    const { workspace } = await readWorkspace({
      read: (path) => (path === '.devcontainer.json' ? { kind: 'text', text: '{ "image": "a" }' } : { kind: 'absent' }),
      list: (folder) => (folder === '' ? top : []),
      isLink: () => false,
    });
    expect(workspace.notChecked.map(({ reason }) => reason)).toEqual([expect.stringContaining('left out')]);
  });

  it('says so where there is nothing to check', async () => {
    expect(await reasons({ 'README.md': '' })).toEqual([expect.stringContaining('no dev container here')]);
  });

  it('reads a mount in every spelling', async () => {
    const { mounts: found } = await mounts(
      [
        '      - ..:/a:cached',
        '      - ~/x:/b:ro,z',
        '      - name:/c',
        '      - /d',
        '      - type: bind',
        '        source: ../.git',
        '        target: /e',
        '        read_only: true',
        '      - { type: tmpfs, target: /f }',
        '      - C:\\data:/g',
      ].join('\n'),
    );
    expect(found.map(({ source, target, readOnly, type }) => [type, source, target, readOnly])).toEqual([
      ['bind', '.', '/a', false],
      ['bind', '~/x', '/b', true],
      ['volume', 'name', '/c', false],
      ['volume', '', '/d', false],
      ['bind', '.git', '/e', true],
      ['tmpfs', '', '/f', false],
      ['bind', 'C:/data', '/g', false],
    ]);
  });

  it('sees through a named volume that binds a folder', async () => {
    const { mounts: found } = await mounts(
      '      - sock:/s\nvolumes:\n  sock:\n    driver_opts: { type: none, o: bind, device: /var/run }',
    );
    expect(found).toMatchObject([{ type: 'bind', source: '/var/run' }]);
  });

  it('fills variables in from .env and defaults, and lists what only the host knows', async () => {
    const { mounts: found, notChecked } = await mounts(
      '      - ${A}/x:/a\n      - ${B:-${C:-./c}}:/b\n      - ${HOME}/.ssh:/c\n      - ${UNKNOWN}:/d\n      - $LOOSE:/f\n      - $$X:/e',
      { '.devcontainer/.env': 'export A="/from/env" # comment\nA_B=1\n' },
    );
    expect(found.map(({ source, resolved }) => [source, resolved])).toEqual([
      ['/from/env/x', true],
      ['.devcontainer/c', true],
      ['~/.ssh', true],
      ['${UNKNOWN}', false],
      ['$LOOSE', false],
      ['$X', true],
    ]);
    expect(notChecked.map(({ reason }) => reason)).toEqual([
      'the mount’s source ${UNKNOWN} is known to the host only',
      'the mount’s source $LOOSE is known to the host only',
    ]);
  });

  it('merges compose files as compose does', async () => {
    const { containers } = await read({
      '.devcontainer/devcontainer.json': '{ "dockerComposeFile": ["a.yaml", "b.yaml"], "service": "dev" }',
      '.devcontainer/a.yaml':
        'x-common: &common\n  cap_drop: [ALL]\nservices:\n  dev:\n    <<: *common\n    image: one\n    user: root\n    command: [a]\n    environment: [A=1, B=1]\n    volumes: ["./a:/t"]\n    privileged: true\n',
      '.devcontainer/b.yaml':
        'services:\n  dev:\n    image: two\n    user: !reset null\n    cap_drop: [NET_RAW]\n    environment: { B: "2" }\n    volumes: ["./b:/t:ro"]\n    privileged: !override false\n',
    });
    const [dev] = containers;
    expect(dev?.image?.value).toBe('two');
    expect(dev?.user).toBeUndefined();
    expect(dev && flagsOf(dev, 'cap_drop').map(({ value }) => value.value)).toEqual(['ALL', 'NET_RAW']);
    expect(dev && flagsOf(dev, 'privileged')).toEqual([]);
    expect(dev?.environment.map(({ value }) => `${value.name}=${value.value}`)).toEqual(['A=1', 'B=2']);
    expect(dev?.mounts.map(({ value }) => value.source)).toEqual(['.devcontainer/b']);
  });

  it('follows extends and include, each seen from its own folder', async () => {
    const { containers, notChecked } = await read({
      '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
      '.devcontainer/compose.yaml':
        'include: [../ops/extra.yaml]\nservices:\n  dev:\n    extends: { file: ../ops/base.yaml, service: base }\n',
      'ops/base.yaml': 'services:\n  base:\n    image: debian\n    privileged: true\n    volumes: ["./data:/data"]\n',
      'ops/extra.yaml': 'services:\n  db:\n    image: postgres:17\n    volumes: ["./db:/db"]\n',
    });
    expect(notChecked).toEqual([]);
    const by = new Map(containers.map((container) => [container.name, container]));
    expect(by.get('dev')?.mounts.map(({ value }) => value.source)).toEqual(['ops/data']);
    expect(by.get('db')?.mounts.map(({ value }) => value.source)).toEqual(['ops/db']);
    expect(by.get('dev')?.flags.map(({ span }) => span.file)).toEqual(['ops/base.yaml']);
  });

  it('takes the last of a doubled key, and says that there are two', async () => {
    const { containers, notChecked } = await read({
      'devcontainer.json': '{ "image": "a", "privileged": false, "privileged": true }',
    });
    expect(containers[0]?.flags.map(({ value }) => value.name)).toEqual(['privileged']);
    expect(notChecked.map(({ reason }) => reason)).toEqual([expect.stringContaining('given twice')]);
  });

  it('places facts right behind a byte order mark and with Windows line ends', async () => {
    const text = '\ufeff{\r\n  // comment\r\n  "image": "a",\r\n  "privileged": true,\r\n}\r\n';
    const { containers } = await read({ 'devcontainer.json': text });
    const span = containers[0]?.flags[0]?.span;
    expect(span && text.slice(span.start, span.end)).toBe('"privileged": true');
  });

  it('reads what a Feature in the repository adds', async () => {
    const { containers, notChecked } = await read({
      '.devcontainer/devcontainer.json': '{ "image": "a", "features": { "./local": {}, "example.com/x/y:1": {} } }',
      '.devcontainer/local/devcontainer-feature.json':
        '{ "id": "local", "privileged": true, "mounts": [{ "source": "/var/run/docker.sock", "target": "/d", "type": "bind" }] }',
    });
    expect(containers[0]?.flags.map(({ value }) => value.name)).toEqual(['privileged']);
    expect(containers[0]?.mounts.map(({ value }) => value.source)).toContain('/var/run/docker.sock');
    expect(notChecked.map(({ reason }) => reason)).toEqual([expect.stringContaining('example.com/x/y:1')]);
  });

  it('knows the Features of old, which had no registry', async () => {
    const { containers, notChecked } = await read({
      'devcontainer.json': '{ "image": "a", "features": { "docker-in-docker": "latest", "docker-from-docker": {} } }',
    });
    expect(containers[0]?.flags.map(({ value }) => value.name)).toContain('privileged');
    expect(containers[0]?.mounts.map(({ value }) => value.source)).toContain('/var/run/docker.sock');
    expect(notChecked).toEqual([]);
  });

  it.each([
    ['no brace at the end', '{ "image": "x", "privileged": true, "init": true'],
    ['no comma', '{ "image": "x" "privileged": true\n"init": true }'],
    ['a key without a value', '{ "image": "x", "privileged": true, "init": }'],
    ['two of everything', '{ "image": "x", "privileged": false, "privileged": true } { "privileged": false }'],
  ])('reads of JSON with %s what the tools read nevertheless', async (_, text) => {
    const { containers, notChecked } = await read({ 'devcontainer.json': text });
    expect(containers[0]?.flags.map(({ value }) => value)).toContainEqual({ name: 'privileged', value: 'true' });
    expect(notChecked[0]?.reason).toMatch(/^not valid JSON: .*; checked is what the tools read nevertheless$/);
  });

  it('reads broken JSON as the parser of the devcontainer CLI does', () => {
    const plain = (tree: Tree | undefined): unknown =>
      tree === undefined
        ? undefined
        : tree.kind === 'map'
          ? Object.fromEntries(tree.entries.map(({ key, value }) => [key, plain(value)]))
          : tree.kind === 'list'
            ? tree.items.map(plain)
            : tree.value;
    const whole = JSON.stringify(
      { image: 'x', mounts: ['a', { type: 'bind', n: [1, null] }], features: { f: {} }, z: true },
      null,
      1,
    );
    let broken = 0;
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.nat(6),
        fc.constantFrom('', ',', '}', '<<<<<<< HEAD\n', '"'),
        (at, length, put) => {
          const text = whole.slice(0, at) + put + whole.slice(at + length);
          const errors: ParseError[] = [];
          const theirs: unknown = parse(text, errors);
          const { tree, notChecked } = parseJsonc('devcontainer.json', text);
          if (text.trim() === '') return;
          if (errors.length > 0) broken++;
          expect(plain(tree)).toEqual(theirs);
          if (errors.length === 0) expect(notChecked).toEqual([]);
        },
      ),
      { numRuns: 2_000 },
    );
    expect(broken).toBeGreaterThan(500);
  });

  it('says nothing about YAML that does not parse but that', async () => {
    const { containers, notChecked } = await read({
      'compose.yaml': 'services:\n  a: { image: x, privileged: true }\n  b: [}\n',
    });
    expect(containers).toEqual([]);
    expect(notChecked[0]?.reason).toMatch(/^not valid/);
  });

  it('ignores runArgs where compose makes the container', async () => {
    const { containers } = await read({
      '.devcontainer/devcontainer.json':
        '{ "dockerComposeFile": "compose.yaml", "service": "dev", "runArgs": ["--privileged"] }',
      '.devcontainer/compose.yaml': 'services:\n  dev:\n    image: debian\n',
    });
    expect(containers[0]?.flags).toEqual([]);
  });

  it.each([
    ['says so of an image that nobody knows', '', true],
    ['but not where a user is named', ', "remoteUser": "dev"', false],
  ])('whether the agent is root: %s', async (_, more, unknown) => {
    const { notChecked } = await read({ 'devcontainer.json': `{ "image": "example.com/a/b:1"${more} }` });
    expect(notChecked.map(({ reason }) => reason.includes('whether it works as root is not known'))).toEqual([unknown]);
  });

  it('knows who of several services is the agent, and who holds the engine for it', async () => {
    const { containers } = await read({
      '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
      '.devcontainer/compose.yaml':
        'services:\n  dev: { image: a }\n  proxy:\n    image: docker-socket-proxy\n    volumes: ["${SOCK}:/var/run/docker.sock"]\n  db: { image: c }\n  updates: { image: e, volumes: ["/run/docker.sock:/run/docker.sock"] }\n  relay: { image: e, expose: [2375], volumes: ["/run/docker.sock:/s"] }\n  twin: { image: d, volumes: ["..:/w", "/run/docker.sock:/s"] }\n',
    });
    expect(containers.map(({ name, role }) => [name, role])).toEqual([
      ['dev', 'agent'],
      ['proxy', 'sidecar'],
      ['db', 'service'],
      // It holds the engine for itself.
      ['updates', 'service'],
      ['relay', 'sidecar'],
      // It has the engine and the workspace for itself: as dangerous as the agent's own container, and no proxy.
      ['twin', 'service'],
    ]);
  });

  it.each([
    ['a missing Dockerfile', { 'devcontainer.json': '{ "build": { "dockerfile": "nope" } }' }, 'does not exist'],
    [
      'a missing compose file',
      { 'devcontainer.json': '{ "dockerComposeFile": "nope.yml", "service": "x" }' },
      'does not exist',
    ],
    [
      'a service that is not there',
      {
        'devcontainer.json': '{ "dockerComposeFile": "c.yml", "service": "x" }',
        'c.yml': 'services: { y: { image: a } }',
      },
      'have no service x',
    ],
    [
      'a file above the root',
      { 'devcontainer.json': '{ "dockerComposeFile": "../c.yml", "service": "x" }' },
      'outside of the audited folder',
    ],
    ['nothing to run', { 'devcontainer.json': '{}' }, 'names no image'],
    ['not an object', { 'devcontainer.json': '[1]' }, 'not an object'],
    ['an empty file', { 'devcontainer.json': '' }, 'empty file'],
    ['broken JSON', { 'devcontainer.json': '{ "image": ' }, 'not valid JSON'],
    ['nothing but broken JSON', { 'devcontainer.json': '}' }, 'not valid JSON'],
    ['deep JSON', { 'devcontainer.json': `{ "a": ${'['.repeat(30_000)} }` }, 'nested deeper'],
    ['broken YAML', { 'compose.yaml': 'services: [}' }, 'not valid YAML'],
    [
      'YAML with a doubled key',
      { 'compose.yaml': 'services:\n  a: { image: x }\n  a: { image: y }\n' },
      'not valid YAML',
    ],
    ['a bomb of aliases', { 'compose.yaml': bomb() }, 'after expanding aliases'],
    ['an alias of itself', { 'compose.yaml': 'services: &a\n  x: *a\n' }, 'contains itself'],
    ['an unknown alias', { 'compose.yaml': 'services: *nope\n' }, 'has no anchor'],
    ['deep YAML', { 'compose.yaml': `a: ${'['.repeat(30_000)}` }, 'nested deeper'],
    ['a merge of text', { 'compose.yaml': 'services:\n  <<: text\n' }, 'needs a map'],
    ['no services', { 'compose.yaml': 'version: "3"\n' }, 'no services'],
    ['a list for a compose file', { 'compose.yaml': '- a\n' }, 'not a compose file'],
    ['include in a circle', { 'compose.yaml': 'include: [compose.yaml]\nservices: { a: { image: x } }\n' }, 'circle'],
    ['extends in a circle', { 'compose.yaml': 'services:\n  a: { extends: b }\n  b: { extends: a }\n' }, 'circle'],
    [
      'extends of nothing',
      { 'compose.yaml': 'services:\n  a: { extends: { file: x.yaml, service: b } }\n' },
      'extends of a',
    ],
    [
      'a remote context',
      { 'compose.yaml': 'services:\n  a: { build: "https://example.com/x.git" }\n' },
      'not in the audited folder',
    ],
    ['an empty Dockerfile', { 'devcontainer.json': '{ "build": { "dockerfile": "D" } }', D: '# nothing\n' }, 'no FROM'],
    [
      'an inline Dockerfile without FROM',
      { 'compose.yaml': 'services:\n  a:\n    build: { dockerfile_inline: "RUN a" }\n' },
      'no FROM',
    ],
    [
      'an env file that is not there',
      { 'compose.yaml': 'services:\n  a: { image: x, env_file: a.env }\n' },
      'a.env: does not exist',
    ],
    [
      'an env file that only the host knows',
      { 'compose.yaml': 'services:\n  a: { image: x, env_file: ["${WHERE}/a.env"] }\n' },
      'which file ${WHERE}/a.env is',
    ],
    [
      'mounts of a container outside of the project',
      { 'compose.yaml': 'services:\n  a: { image: x, volumes_from: ["container:b"] }\n' },
      'volumes_from container:b',
    ],
    [
      'the network of a container outside of the project',
      { 'compose.yaml': 'services:\n  a: { image: x, network_mode: "container:b" }\n' },
      'that of container:b',
    ],
    [
      'the same by docker run',
      { 'devcontainer.json': '{ "image": "x", "runArgs": ["--network", "container:b"] }' },
      'that of container:b',
    ],
  ])('lists %s as not checked', async (_, files, reason) => {
    expect((await reasons(files)).join('\n')).toContain(reason);
  });
});

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 10; i++)
    lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`);
  return `${lines.join('\n')}\nservices: { x: { image: y } }\n`;
}
