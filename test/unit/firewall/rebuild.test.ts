import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Asked, Endpoint } from '../../../src/sidecars/firewall/endpoint.ts';
import { ENDPOINTS } from '../../../src/sidecars/firewall/endpoints/index.ts';
import { parseExactJson, printJson } from '../../../src/sidecars/firewall/json.ts';
import { buildScope, type Visible } from '../../../src/sidecars/firewall/scope.ts';
import { isRebuilt, rebuilt } from '../../support/rebuilt.ts';
import { rulesOf } from '../../support/rules.ts';

const OWN = 'a'.repeat(64);
const FOREIGN = 'f'.repeat(64);
const NET = 'e'.repeat(64);
const IMAGE = `sha256:${'1'.repeat(64)}`;
const FOREIGN_IMAGE = `sha256:${'2'.repeat(64)}`;
const LABELS = {
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': 'web',
  'com.docker.compose.project.working_dir': '/home/canary',
  'com.docker.compose.project.config_files': '/home/canary/compose.yaml',
  'org.example.token': 'canary',
};
const FOREIGN_LABELS = { 'com.docker.compose.project': 'bank', 'com.docker.compose.service': 'db', secret: 'canary' };

const container = {
  Id: OWN,
  Names: ['/shop-web-1'],
  Image: 'shop-web',
  ImageID: IMAGE,
  Command: 'serve --password canary',
  Labels: LABELS,
  State: 'running',
  Status: 'Up 2 hours',
  Mounts: [{ Type: 'bind', Source: '/home/canary', Destination: '/app', RW: true }],
  NetworkSettings: { Networks: { shop_default: { NetworkID: NET, IPAddress: '10.0.0.2' } } },
};
const foreign = {
  ...container,
  Id: FOREIGN,
  Names: ['/canary-db'],
  ImageID: FOREIGN_IMAGE,
  Labels: FOREIGN_LABELS,
  NetworkSettings: { Networks: {} },
  Mounts: [],
};
const inspected = {
  Id: OWN,
  Name: '/shop-web-1',
  Path: 'serve',
  Args: ['--password', 'canary'],
  LogPath: '/var/lib/docker/canary',
  HostsPath: '/var/lib/docker/canary',
  GraphDriver: { Data: { UpperDir: '/canary' } },
  State: {
    Status: 'running',
    Pid: 4711,
    Error: 'mount /canary',
    Health: { Status: 'healthy', Log: [{ Output: 'canary' }] },
  },
  Config: {
    Tty: true,
    Env: ['TOKEN=canary', 'PATH=/canary', 'EMPTY'],
    Cmd: ['serve', 'canary'],
    Entrypoint: ['/entry', 'canary'],
    Healthcheck: { Test: ['CMD', 'canary'] },
    Labels: LABELS,
  },
  HostConfig: {
    Binds: ['/canary:/app'],
    NetworkMode: 'shop_default',
    LogConfig: { Type: 'json-file', Config: { tag: 'canary' } },
  },
  Mounts: container.Mounts,
  NetworkSettings: { SandboxKey: '/canary', Networks: container.NetworkSettings.Networks },
};
const image = { Id: IMAGE, RepoTags: ['shop-web:latest'], Size: 5, Labels: { token: 'canary' } };
const foreignImage = { ...image, Id: FOREIGN_IMAGE, RepoTags: ['canary:latest'] };
const network = {
  Name: 'shop_default',
  Id: NET,
  Labels: LABELS,
  Options: { parent: 'canary' },
  Containers: { [OWN]: { Name: 'shop-web-1', IPv4Address: '10.0.0.2/24' }, [FOREIGN]: { Name: 'canary-db' } },
};
const foreignNetwork = { ...network, Id: FOREIGN, Name: 'canary_default', Labels: FOREIGN_LABELS };
const volume = {
  Name: 'shop_data',
  Mountpoint: '/canary',
  Labels: LABELS,
  Options: { o: 'password=canary' },
  Driver: 'local',
};
const foreignVolume = { ...volume, Name: 'canary_data', Labels: FOREIGN_LABELS };
const lists = {
  containers: [container, foreign],
  networks: [network, foreignNetwork],
  volumes: { Volumes: [volume, foreignVolume] },
  images: [image, foreignImage],
};
const info = {
  ID: 'canary',
  Name: 'canary',
  DockerRootDir: '/canary',
  HttpProxy: 'http://u:canary@p',
  NCPU: 4,
  Labels: ['canary'],
};
const event = (Type: string, ID: string, Attributes: object, Action = 'start'): object => ({
  Type,
  Action,
  Actor: { ID, Attributes },
  status: Action,
});

/** What an engine would answer, with a canary wherever a secret or a neighbour is, and what must still be there. */
const ANSWERS: Readonly<Record<string, readonly (readonly [answer: unknown, kept: RegExp | undefined])[]>> = {
  SystemVersion: [
    [{ Version: '28', ApiVersion: '1.51', KernelVersion: 'canary', Components: [{ Details: 'canary' }] }, /1\.51/],
  ],
  SystemInfo: [[info, /"NCPU":4.*"Containers":1,/]],
  ContainerList: [[[container, foreign], /shop-web-1.*"Command":"serve …"/]],
  ContainerInspect: [
    [inspected, /"Tty":true,"Env":\["TOKEN=\[redacted by cofferdam\]","PATH=\[redacted/],
    // Whoever does not see that there is a health check takes the container for healthy.
    [inspected, /"Healthcheck":\{"Test":\["CMD","\[redacted by cofferdam\]"\]\}/],
  ],
  ContainerCreate: [[{ Id: OWN, Warnings: ['canary'] }, /"Warnings":\[\]/]],
  ContainerExec: [[{ Id: OWN, secret: 'canary' }, /"Id"/]],
  ContainerWait: [[{ StatusCode: 3, Error: { Message: 'mount /canary' } }, /"StatusCode":3/]],
  ExecInspect: [[{ ID: OWN, ExitCode: 3, Pid: 4711, secret: 'canary' }, /"ExitCode":3/]],
  ImageCreate: [
    [{ status: 'Pulling', id: '16', progressDetail: { current: 1, total: 2, secret: 'canary' } }, /"total":2/],
    [{ error: 'dial canary: manifest unknown', errorDetail: { message: 'canary' } }, /has no such image/],
  ],
  NetworkCreate: [[{ Id: NET, Warning: 'canary' }, /"Id"/]],
  VolumeCreate: [[volume, /shop_data/]],
  ContainerTop: [[{ Titles: ['PID'], Processes: [['1']], Environment: 'canary' }, /PID/]],
  ContainerStats: [[{ name: '/shop-web-1', memory_stats: { usage: 5 }, secret: 'canary' }, /"usage":5/]],
  ImageList: [[[image, foreignImage], /shop-web:latest/]],
  ImageInspect: [[{ ...image, Config: inspected.Config, GraphDriver: { Data: 'canary' } }, /shop-web:latest/]],
  ImageSearch: [[[{ name: 'debian', star_count: 5, secret: 'canary' }], /debian/]],
  NetworkList: [[[network, foreignNetwork], /shop_default.*10\.0\.0\.2/]],
  NetworkInspect: [[network, /shop_default.*10\.0\.0\.2/]],
  VolumeList: [[lists.volumes, /shop_data/]],
  VolumeInspect: [[volume, /shop_data/]],
  SystemDataUsage: [
    [
      {
        LayersSize: 99,
        Images: lists.images,
        Containers: lists.containers,
        Volumes: [volume, foreignVolume],
        BuildCache: ['canary'],
      },
      /"LayersSize":5.*shop-web:latest.*shop-web-1.*shop_data/,
    ],
  ],
  SystemEvents: [
    [
      event('container', OWN, { name: 'shop-web-1', execID: 'canary', token: 'canary' }, 'exec_create: canary'),
      /"exec_create"/,
    ],
    [event('container', 'b'.repeat(64), { ...LABELS, name: 'new' }), /new/],
    [event('container', FOREIGN, { ...FOREIGN_LABELS, name: 'canary' }), undefined],
    [event('network', NET, { name: 'shop_default', container: OWN }), /shop_default/],
    [event('network', NET, { name: 'canary', container: FOREIGN }), undefined],
    [event('network', FOREIGN, { name: 'canary' }), undefined],
    [event('volume', 'shop_data', { driver: 'local' }), /shop_data/],
    [event('volume', 'canary_data', { driver: 'local' }), undefined],
    [event('image', IMAGE, { name: 'canary' }), undefined],
    [event('daemon', 'canary', {}), undefined],
    [{ Type: 'new-kind', Actor: { ID: 'canary' } }, undefined],
  ],
};

const asked: Asked = { params: { id: OWN, name: 'x' }, query: {}, body: new Uint8Array() };
const project: Visible = { kind: 'project', project: 'shop', services: [] };

function rebuild({ reply }: Endpoint, answer: unknown, visible: Visible = project): string | undefined {
  return rebuilt(reply, answer, buildScope(rulesOf(visible), lists), asked);
}

const cases = ENDPOINTS.flatMap((endpoint) =>
  (ANSWERS[endpoint.id] ?? []).map(([answer, kept]) => ({ id: endpoint.id, endpoint, answer, kept })),
);

describe('an answer that is built anew', () => {
  it('is tried for every endpoint that has one', () => {
    const rebuilding = ENDPOINTS.filter(({ id, reply }) => isRebuilt(reply) && id !== 'PluginInspect');
    expect(rebuilding.map(({ id }) => id).sort()).toEqual(Object.keys(ANSWERS).sort());
  });

  it.each(cases)('of $id holds what is wanted and nothing else', ({ endpoint, answer, kept }) => {
    expect(JSON.stringify(answer)).toContain('canary'.slice(0, kept ? 0 : 6));
    const printed = rebuild(endpoint, answer);
    expect(printed ?? '').not.toContain('canary');
    if (kept) expect(printed).toMatch(kept);
    else expect(printed).toBeUndefined();
  });

  it('never holds a field that nobody named, wherever the engine adds one', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.nat(), fc.jsonValue(), ({ endpoint, answer }, where, value) => {
        const poisoned = poison(structuredClone(answer), where, { Added: ['canary', { deep: 'canary', value }] });
        try {
          expect(rebuild(endpoint, poisoned) ?? '').not.toContain('canary');
        } catch (error) {
          if (!(error instanceof Error && error.name === 'Unexpected')) throw error;
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it.each(['ContainerList', 'NetworkList', 'VolumeList', 'ImageList'])(
    'of %s holds the neighbour’s when all is in scope (so the scope is what hides it)',
    (id) => {
      const endpoint = ENDPOINTS.find((candidate) => candidate.id === id);
      if (!endpoint) throw new Error(id);
      expect(rebuild(endpoint, ANSWERS[id]?.[0]?.[0], { kind: 'all' })).toContain('canary');
    },
  );

  it.each(['ContainerList', 'ImageList', 'NetworkList'])('of %s is refused when it is no list', (id) => {
    const endpoint = ENDPOINTS.find((candidate) => candidate.id === id);
    if (!endpoint) throw new Error(id);
    for (const answer of [{}, 'text', null, 1]) expect(() => rebuild(endpoint, answer)).toThrow();
  });
});

describe('values of environments and arguments', () => {
  const find = (id: string): Endpoint => {
    const endpoint = ENDPOINTS.find((candidate) => candidate.id === id);
    if (!endpoint) throw new Error(id);
    return endpoint;
  };
  const rules = (visible: Visible, reveals: boolean) => {
    const plain = rulesOf(visible);
    return { ...plain, access: { ...plain.access, reveals } };
  };
  const print = (id: string, answer: unknown, visible: Visible, reveals: boolean): string => {
    return rebuilt(find(id).reply, answer, buildScope(rules(visible, reveals), lists), asked) ?? '';
  };
  const labelled = (labels: object) => ({ ...inspected, Config: { ...inspected.Config, Labels: labels } });
  const AGENT = { 'com.docker.compose.project': 'shop', 'dev.cofferdam.role': 'agent' };

  it('are shown where the settings say so, and nothing of the host with them', () => {
    const shown = print('ContainerInspect', inspected, project, true);
    expect(shown).toContain('"Env":["TOKEN=canary","PATH=/canary","EMPTY"],"Cmd":["serve","canary"]');
    expect(shown).not.toMatch(/Binds|SandboxKey|working_dir|org\.example\.token/);
    expect(print('ContainerList', [container], project, true)).toContain(`"Command":"${container.Command}"`);
    expect(print('ImageInspect', { ...image, Config: inspected.Config }, project, true)).toContain('TOKEN=canary');
  });

  it('are shown of the agent’s own container, which can read them anyway', () => {
    expect(print('ContainerInspect', labelled(AGENT), project, false)).toContain('TOKEN=canary');
    expect(print('ContainerList', [{ ...container, Labels: AGENT }], project, false)).toContain(container.Command);
  });

  it.each<[string, object, Visible]>([
    ['another role', { ...AGENT, 'dev.cofferdam.role': 'firewall' }, project],
    ['no role', LABELS, project],
    [
      'a declared service of another project, even an agent',
      { ...AGENT, 'com.docker.compose.project': 'bank' },
      project,
    ],
    ['an agent among those of all projects', AGENT, { kind: 'all' }],
  ])('are redacted of %s', (_, labels, visible) => {
    expect(print('ContainerInspect', labelled(labels), visible, false)).not.toContain('TOKEN=canary');
  });

  it('are what `docker top` may ask for only where the settings say so', () => {
    const top = (ps_args: string, reveals: boolean) => {
      const scope = buildScope(rules(project, reveals), lists);
      return find('ContainerTop').decide({ ...asked, query: { ps_args } }, scope);
    };
    expect(top('eww', false)).toMatchObject({ allow: false, status: 403 });
    expect(top('eww', true)).toMatchObject({ allow: true, send: { query: { ps_args: 'eww' } } });
    expect(top('-e; id', true)).toMatchObject({ allow: false, status: 400 });
  });
});

describe('large numbers', () => {
  it.each(['9223372036854775807', '18446744073709551615', '1795560379480847636', '-9223372036854775808'])(
    'keep every digit: %s',
    (digits) => {
      expect(printJson(parseExactJson(`{"a":[${digits},"${digits}",1.5,12]}`))).toBe(
        `{"a":[${digits},"${digits}",1.5,12]}`,
      );
    },
  );

  it('are looked for once in a text that never ends', () => {
    const text = `[1234567890123456,"${'\\"'.repeat(500_000)}`;
    expect(() => parseExactJson(text)).toThrow(SyntaxError);
  });

  it('leave every other document as it is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!text.includes('\\u0000'));
        expect(printJson(parseExactJson(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});

/** Puts a field into one of the objects of a document. */
function poison(document: unknown, where: number, extra: object): unknown {
  const objects: object[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) objects.push(value);
    Object.values(value).forEach(walk);
  };
  walk(document);
  const chosen = objects[where % Math.max(objects.length, 1)];
  if (chosen) Object.assign(chosen, extra);
  return document;
}
