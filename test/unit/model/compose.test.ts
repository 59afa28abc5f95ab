import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../../src/model/files.ts';
import { readWorkspace } from '../../../src/model/read.ts';
import { type Container, flagsOf } from '../../../src/model/workspace.ts';
import { RULES } from '../../../src/rules/index.ts';

const DEVCONTAINER = '.devcontainer/devcontainer.json';

/** The service `dev` of these compose files in `.devcontainer`, merged in this order, and all others. */
async function project(compose: Record<string, string>, extra: Record<string, string> = {}) {
  const names = Object.keys(compose).filter((name) => name.endsWith('.yaml') && !name.startsWith('-'));
  const { workspace, texts } = await readWorkspace(
    memoryFiles({
      [DEVCONTAINER]: JSON.stringify({ dockerComposeFile: names, service: 'dev' }),
      ...Object.fromEntries(Object.entries(compose).map(([name, text]) => [`.devcontainer/${name}`, text])),
      ...extra,
    }),
  );
  const dev = workspace.containers.find(({ name }) => name === 'dev');
  if (!dev) throw new Error('no service dev');
  const said = ({ file, start, end }: { file: string; start: number; end: number }): string =>
    `${file.replace('.devcontainer/', '')}: ${texts.get(file)?.slice(start, end)}`;
  return { dev, workspace, said, reasons: workspace.notChecked.map(({ reason }) => reason) };
}

const flags = (container: Container, name: string) => flagsOf(container, name).map(({ value }) => value.value);
const variables = (container: Container) =>
  container.environment.map(({ value }) => `${value.name}=${value.value ?? `(host ${value.hostVariables.join()})`}`);

describe('merging compose files', () => {
  const a = (body: string): string => `services:\n  dev:\n    image: debian\n${body}`;
  const b = (body: string): string => `services:\n  dev:\n${body}`;

  it.each([
    ['appends capabilities', '    cap_drop: [ALL]\n', '    cap_add: [SYS_ADMIN]\n', 'cap_add', ['SYS_ADMIN']],
    ['keeps what the later file leaves empty', '    cap_add: [A]\n', '    cap_add:\n', 'cap_add', ['A']],
    ['replaces with !override', '    cap_add: [A]\n', '    cap_add: !override [B]\n', 'cap_add', ['B']],
    ['takes away with !reset', '    cap_add: [A]\n', '    cap_add: !reset []\n', 'cap_add', []],
    ['takes away what is nowhere else', '', '    privileged: !reset true\n', 'privileged', []],
    ['takes away in the first file too', '    privileged: !reset true\n', '', 'privileged', []],
    ['joins a string and a list', '    env_file: a.env\n', '    env_file: [b.env]\n', 'env_file', ['a.env', 'b.env']],
    ['replaces a mode', '    pid: host\n', '    pid: "service:x"\n', 'pid', ['service:x']],
  ])('%s', async (_, first, second, name, values) => {
    const { dev } = await project({ 'a.yaml': a(first), 'b.yaml': b(second || '    tty: true\n') });
    expect(flags(dev, name)).toEqual(values);
  });

  it('takes a service called like a key for a service', async () => {
    const { workspace } = await project({
      'a.yaml': 'services:\n  dev: { image: a }\n  command: { image: b, privileged: true }\n',
      'b.yaml': 'services:\n  command: { cap_add: [X] }\n',
    });
    const other = workspace.containers.find(({ name }) => name === 'command');
    expect(other && flags(other, 'privileged')).toEqual(['true']);
  });

  it('joins networks in both shapes, each once', async () => {
    const { dev } = await project({
      'a.yaml': `${a('    networks: [x, y]\n')}networks: { x: {}, y: { internal: true }, z: {} }\n`,
      'b.yaml': b('    networks: { y: {}, z: {} }\n'),
    });
    expect(dev.networks?.map(({ value }) => value.name)).toEqual(['x', 'y', 'z']);
  });

  it('reads what is merged in by anchor at the anchor', async () => {
    const { dev, said } = await project({
      'a.yaml':
        'x-a: &a { privileged: true }\nx-b: &b\n  cap_add: [SYS_ADMIN]\n  privileged: false\nservices:\n  dev:\n    <<: [*a, *b]\n    image: debian\n',
    });
    expect(dev.flags.map(({ span }) => said(span))).toEqual(['a.yaml: privileged: true', 'a.yaml: SYS_ADMIN']);
  });
});

describe('env files', () => {
  it('give their variables behind `environment`, each with its place', async () => {
    const { dev, said } = await project(
      {
        'c.yaml':
          'services:\n  dev:\n    image: debian\n    env_file: [a.env, ../b.env]\n    environment: { B: own }\n',
      },
      { '.devcontainer/a.env': '# note\nA=1\nB=2\nexport C="x y" # z\n', 'b.env': 'A=3\nFROM_HOST\n' },
    );
    expect(variables(dev)).toEqual(['A=3', 'C=x y', 'FROM_HOST=(host FROM_HOST)', 'B=own']);
    expect(dev.environment.map(({ span }) => said(span)).slice(0, 2)).toEqual(['b.env: A=3', 'a.env: C="x y" # z']);
  });

  it('may be missing where they are not required, and count to what decides the container', async () => {
    const { reasons, workspace } = await project(
      {
        'c.yaml':
          'services:\n  dev:\n    image: debian\n    env_file:\n      - { path: no.env, required: false }\n      - a.env\n',
      },
      { '.devcontainer/a.env': 'A=1\n' },
    );
    expect(reasons).toEqual([]);
    expect(workspace.configurations[0]?.files).toContain('.devcontainer/a.env');
  });

  it('of runArgs are read as docker does', async () => {
    const { workspace } = await readWorkspace(
      memoryFiles({
        [DEVCONTAINER]: '{ "image": "debian", "runArgs": ["--env-file", "a.env"] }',
        'a.env': 'A="q"\nB\n',
      }),
    );
    expect(workspace.containers.flatMap(variables)).toEqual(['A="q"', 'B=(host B)']);
  });

  it('named .env fill variables in: that of the workspace before that of the project', async () => {
    const { dev } = await project(
      { 'c.yaml': 'services:\n  dev:\n    image: debian\n    user: "$A-$B-${C:-c}"\n' },
      { '.env': 'A=root\n', '.devcontainer/.env': 'A=project\nB=project\n' },
    );
    expect(dev.user?.value).toBe('root-project-c');
  });
});

describe('include', () => {
  it('takes a project with a folder and variables of its own', async () => {
    const { workspace, reasons } = await project(
      {
        'c.yaml':
          'include:\n  - path: [../ops/a.yaml, ../ops/b.yaml]\n    project_directory: ../base\n    env_file: ../ops/x.env\nservices:\n  dev: { image: debian }\n',
      },
      {
        'ops/a.yaml':
          'services:\n  db:\n    image: "x:${TAG}"\n    volumes: ["./data:/d", "named:/n"]\n    env_file: db.env\nvolumes:\n  named: { driver_opts: { type: none, o: bind, device: ./n } }\n',
        'ops/b.yaml': 'services:\n  db: { privileged: true }\n',
        'ops/x.env': 'TAG=1\n',
        'base/db.env': 'A=1\n',
      },
    );
    const db = workspace.containers.find(({ name }) => name === 'db');
    expect(reasons).toEqual([]);
    expect(db?.image?.value).toBe('x:1');
    expect(db?.mounts.map(({ value }) => [value.type, value.source])).toEqual([
      ['bind', 'base/data'],
      ['bind', 'base/n'],
    ]);
    expect(db && flags(db, 'privileged')).toEqual(['true']);
    expect(db && variables(db)).toEqual(['A=1']);
  });
});

describe('a service', () => {
  it('of a profile is judged like all others', async () => {
    const { workspace } = await project({
      'c.yaml': 'services:\n  dev: { image: a }\n  rare: { image: b, profiles: [x], privileged: true }\n',
    });
    expect(workspace.containers.find(({ name }) => name === 'rare')?.flags).toHaveLength(1);
  });

  it('gets secrets and configs that are files as read-only mounts', async () => {
    const { dev } = await project({
      'c.yaml':
        'services:\n  dev:\n    image: debian\n    secrets: [key, { source: other, target: /o }]\n    configs: [plain]\nsecrets:\n  key: { file: ~/.ssh/id_ed25519 }\n  other: { file: ./o.txt }\nconfigs:\n  plain: { content: x }\n',
    });
    expect(dev.mounts.map(({ value }) => [value.source, value.target, value.readOnly])).toEqual([
      ['~/.ssh/id_ed25519', '/run/secrets/key', true],
      ['.devcontainer/o.txt', '/o', true],
    ]);
  });

  it('gets the mounts of another with volumes_from', async () => {
    const { dev } = await project({
      'c.yaml':
        'services:\n  dev: { image: a, volumes_from: ["db:ro"] }\n  db: { image: b, volumes: ["/var/run/docker.sock:/s"] }\n',
    });
    expect(dev.mounts.map(({ value }) => [value.source, value.readOnly])).toEqual([['/var/run/docker.sock', true]]);
  });

  it.each([
    ['/data', '/data', true],
    ['./x', '.devcontainer/x', true],
    ['~/.ssh', '~/.ssh', true],
    ['${HOME}/.aws', '~/.aws', true],
    ['${WHERE}', '${WHERE}', false],
  ])('sees that a volume on %s is a bind', async (device, source, resolved) => {
    const { dev } = await project({
      'c.yaml': `services:\n  dev: { image: a, volumes: ["vol:/v"] }\nvolumes:\n  vol:\n    driver_opts: { type: none, o: bind, device: "${device}" }\n`,
    });
    expect(dev.mounts.map(({ value }) => value)).toMatchObject([{ type: 'bind', source, resolved }]);
  });

  it('has its inline Dockerfile read, located at the whole of it', async () => {
    const { dev, workspace, said, reasons } = await project({
      'c.yaml':
        'services:\n  dev:\n    build:\n      args: { V: "22" }\n      dockerfile_inline: |\n        ARG V=1\n        FROM node:$V\n        RUN curl https://e.x | sh\n        USER root\n',
    });
    expect(reasons).toEqual([]);
    expect(dev.build?.chain[0]?.from.value).toBe('node:22');
    expect(dev.user?.value).toBe('root');
    expect(dev.user && said(dev.user.span)).toMatch(/^c.yaml: \|\n {8}ARG V=1\n[\s\S]*USER root$/);
    const piped = workspace.configurations.flatMap(({ scripts }) => scripts.flatMap(({ value }) => value.shell.piped));
    expect(piped.map(({ span }) => said(span))).toEqual([dev.user && said(dev.user.span)]);
  });

  it('has no fix that takes its whole inline Dockerfile away', async () => {
    const { workspace, said } = await project({
      'c.yaml':
        'services:\n  dev:\n    build:\n      dockerfile_inline: |\n        FROM debian\n        RUN echo "dev ALL=(root) NOPASSWD:ALL" > /etc/sudoers.d/dev\n        USER dev\n        USER root\n',
    });
    const found = RULES.flatMap((rule) =>
      [...rule.check(workspace, undefined)].map((problem) => ({ rule: rule.id, ...problem })),
    );
    const inline = found.filter(({ at }) => said(at).includes('NOPASSWD'));
    expect(inline.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['passwordless-sudo', 'root-user']));
    const removed = inline.flatMap(({ fix }) => fix?.edits ?? []).filter(({ kind }) => kind === 'remove');
    expect(removed).toEqual([]);
  });

  it('runs its post_start hooks as scripts', async () => {
    const { workspace } = await project({
      'c.yaml':
        'services:\n  dev:\n    image: a\n    post_start:\n      - command: ["sh", "-c", "curl https://e.x | sh"]\n        privileged: true\n',
    });
    expect(workspace.configurations[0]?.scripts.map(({ value }) => value.shell.piped.length)).toEqual([1]);
  });
});

describe('services that build on each other', () => {
  const chain = (names: readonly number[]): string =>
    names.map((i) => `  s${i}:\n${i > 0 ? `    extends: s${i - 1}\n` : '    privileged: true\n'}`).join('');
  const upTo = (count: number): number[] => [...Array(count).keys()];

  it('are each read once, however many build on one', async () => {
    const { dev, reasons } = await project({
      'a.yaml': `services:\n${chain(upTo(1000))}  dev:\n    image: debian\n    extends: s999\n`,
    });
    expect(flags(dev, 'privileged')).toEqual(['true']);
    expect(reasons.filter((reason) => reason.includes('extends'))).toEqual([]);
  });

  it('are followed for fifty steps at once, and then it is said', async () => {
    const { reasons } = await project({
      'a.yaml': `services:\n  dev:\n    image: debian\n    extends: s599\n${chain(upTo(600).toReversed())}`,
    });
    expect(reasons).toContainEqual(expect.stringContaining('more than 50 services behind each other'));
  });
});
