import { describe, expect, it } from 'vitest';
import { askedOf, endpointOf, ID, LISTS, outcome, SANDBOX, sandboxScope, sent } from '../../support/sandbox.ts';

const NAME = { name: 'app' };
const create = (body: unknown, query: Readonly<Record<string, string>> = NAME) => askedOf(body, {}, query);
const host = (HostConfig: object): object => ({ Image: 'debian:12', HostConfig });
const outcomeOf = (body: unknown): string => outcome('ContainerCreate', create(body)).replace(/^\/.*/s, 'sent');

/** What the docker CLI (28.5) sends for `docker run debian:12 true`. */
const CLI = {
  Hostname: '',
  Domainname: '',
  User: '',
  AttachStdin: false,
  AttachStdout: true,
  AttachStderr: true,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Env: null,
  Cmd: ['true'],
  Image: 'debian:12',
  Volumes: {},
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
  Labels: {},
  HostConfig: {
    ...{ Binds: null, ContainerIDFile: '', LogConfig: { Type: '', Config: {} }, NetworkMode: 'default' },
    ...{ PortBindings: {}, RestartPolicy: { Name: 'no', MaximumRetryCount: 0 }, AutoRemove: true, VolumeDriver: '' },
    ...{ VolumesFrom: null, ConsoleSize: [0, 0], CapAdd: null, CapDrop: null, CgroupnsMode: '', Dns: [] },
    ...{ DnsOptions: [], DnsSearch: [], ExtraHosts: null, GroupAdd: null, IpcMode: '', Cgroup: '', Links: null },
    ...{ OomScoreAdj: 0, PidMode: '', Privileged: false, PublishAllPorts: false, ReadonlyRootfs: false },
    ...{ SecurityOpt: null, UTSMode: '', UsernsMode: '', ShmSize: 0, Isolation: '', CpuShares: 0, Memory: 0 },
    ...{ NanoCpus: 0, CgroupParent: '', BlkioWeight: 0, BlkioWeightDevice: [], BlkioDeviceReadBps: [] },
    ...{ BlkioDeviceWriteBps: [], BlkioDeviceReadIOps: [], BlkioDeviceWriteIOps: [], CpuPeriod: 0, CpuQuota: 0 },
    ...{ CpuRealtimePeriod: 0, CpuRealtimeRuntime: 0, CpusetCpus: '', CpusetMems: '', Devices: [] },
    ...{ DeviceCgroupRules: null, DeviceRequests: null, MemoryReservation: 0, MemorySwap: 0, MemorySwappiness: -1 },
    ...{ OomKillDisable: false, PidsLimit: 0, Ulimits: [], CpuCount: 0, CpuPercent: 0, IOMaximumIOps: 0 },
    ...{ IOMaximumBandwidth: 0, MaskedPaths: null, ReadonlyPaths: null },
  },
  NetworkingConfig: {
    EndpointsConfig: {
      default: {
        ...{ IPAMConfig: null, Links: null, Aliases: null, MacAddress: '', DriverOpts: null, GwPriority: 0 },
        ...{ NetworkID: '', EndpointID: '', Gateway: '', IPAddress: '', IPPrefixLen: 0, IPv6Gateway: '' },
        ...{ GlobalIPv6Address: '', GlobalIPv6PrefixLen: 0, DNSNames: null },
      },
    },
  },
};

describe('a container that the client makes', () => {
  it('is built from what the docker CLI sends, with what is forced', () => {
    expect(outcome('ContainerCreate', create(CLI))).toMatch(/^\/containers\/create\?name=shop\.sandbox\.app /);
    expect(sent('ContainerCreate', create(CLI))).toEqual({
      Image: 'debian:12',
      Hostname: '',
      Domainname: '',
      User: '',
      AttachStdin: false,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      Env: null,
      Cmd: ['true'],
      Entrypoint: null,
      WorkingDir: '',
      Labels: { 'dev.cofferdam.sandbox': 'shop' },
      HostConfig: {
        Memory: SANDBOX.memory,
        MemorySwap: SANDBOX.memory,
        NanoCpus: 1e9,
        PidsLimit: 100,
        CapDrop: ['ALL'],
        CapAdd: [
          ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETPCAP', 'SETUID'],
        ],
        SecurityOpt: ['no-new-privileges:true'],
        CgroupnsMode: 'private',
        IpcMode: 'private',
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
        RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
        AutoRemove: true,
        ReadonlyRootfs: false,
        ConsoleSize: [0, 0],
        NetworkMode: ID.sandboxNetwork,
        Mounts: [],
      },
      NetworkingConfig: { EndpointsConfig: { [ID.sandboxNetwork]: { Aliases: ['app'] } } },
    });
  });

  it('gets a name of the client’s own when it asks for none', () => {
    expect(outcome('ContainerCreate', create({ Image: 'debian:12' }, {}))).toMatch(
      /\?name=shop\.sandbox\.[0-9a-f]{16} /,
    );
  });

  it('cannot take a name that the client sees already', () => {
    expect(outcome('ContainerCreate', create(CLI, { name: 'db' }))).toBe('409 taken');
    expect(outcome('ContainerCreate', create(CLI, { name: 'shop-web-1' }))).toBe('409 taken');
    expect(outcome('ContainerCreate', create(CLI, { name: 'aaaa' }))).toContain('name=shop.sandbox.aaaa '); // how an id starts
    // Neither does a neighbour's name show that it is taken, nor does ours take it.
    expect(outcome('ContainerCreate', create(CLI, { name: 'bank-db-1' }))).toContain('name=shop.sandbox.bank-db-1 ');
  });

  it('is not made when there are as many as the settings allow', () => {
    expect(outcome('ContainerCreate', create(CLI), sandboxScope({ containers: 1 }))).toBe('409 ceiling');
  });

  it('is not made where the settings name no images', () => {
    expect(outcome('ContainerCreate', create(CLI), sandboxScope({ images: [] }))).toBe('403 sandbox');
  });

  it('is not made from another image than those in the list, and its absence is not what is said', () => {
    const nothing = { ...LISTS, images: [] };
    expect(outcome('ContainerCreate', create({ Image: 'other/app:1' }), sandboxScope({}, nothing))).toBe('403 sandbox');
  });

  const withImage = (images: readonly string[], entry: object) =>
    outcome(
      'ContainerCreate',
      create({ Image: 'other/app:1' }),
      sandboxScope({ images }, { ...LISTS, images: [{ Id: ID.image, RepoTags: ['other/app:1'], ...entry }] }),
    ).replace(/^\/.*/s, 'sent');

  it('is not made from an image that nobody pulled, unless the settings name it', () => {
    const elsewhere = { RepoDigests: [`corp.example.com/other/app@sha256:${'a'.repeat(64)}`] };
    const pulled = { RepoDigests: [`other/app@sha256:${'a'.repeat(64)}`] };
    for (const pattern of ['*', 'other/*']) {
      expect(withImage([pattern], {})).toBe('404 not-in-scope');
      expect(withImage([pattern], elsewhere)).toBe('404 not-in-scope');
      expect(withImage([pattern], pulled)).toBe('sent');
    }
    expect(withImage(['other/app:1'], {})).toBe('sent');
    expect(withImage(['other/app:*'], elsewhere)).toBe('sent');
    const used = { ...LISTS, images: [{ Id: ID.image, RepoTags: ['debian:12'] }] };
    expect(outcome('ContainerCreate', create(CLI), sandboxScope({ images: ['*'] }, used))).toBe('403 sandbox');
  });

  it('is not made from an image that has labels of compose or ours, which would be its own', () => {
    const open = ['other/app:1'];
    expect(withImage(open, { Labels: { 'com.docker.compose.project': 'bank' } })).toBe('403 sandbox');
    expect(withImage(open, { Labels: { 'dev.cofferdam.role': 'x' } })).toBe('403 sandbox');
    expect(withImage(open, { Labels: { 'org.opencontainers.image.title': 'x' } })).toBe('sent');
  });

  it.each<[string, object, object]>([
    ['fewer bytes', { Memory: 8 * 1024 ** 2 }, { Memory: 8 * 1024 ** 2, MemorySwap: 8 * 1024 ** 2 }],
    ['fewer CPUs', { NanoCpus: 5e8 }, { NanoCpus: 5e8 }],
    ['fewer processes', { PidsLimit: 9 }, { PidsLimit: 9 }],
    ['fewer capabilities', { CapDrop: ['all'] }, { CapDrop: ['ALL'], CapAdd: [] }],
    ['some capabilities', { CapDrop: ['ALL'], CapAdd: ['CAP_CHOWN'] }, { CapAdd: ['CHOWN'] }],
    ['an init', { Init: true }, { Init: true }],
    [
      'more open files',
      { Ulimits: [{ Name: 'nofile', Soft: 9, Hard: 9 }] },
      { Ulimits: [{ Name: 'nofile', Soft: 9, Hard: 9 }] },
    ],
    [
      'restarts',
      { RestartPolicy: { Name: 'on-failure' } },
      { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 10 } },
    ],
    ['no network', { NetworkMode: 'none' }, { NetworkMode: 'none' }],
    ['its own network', { NetworkMode: 'net' }, { NetworkMode: ID.clientNetwork }],
    ['memory as a folder', { Tmpfs: { '/t': 'rw,size=1m' } }, { Tmpfs: { '/t': 'rw,size=1048576' } }],
    ['memory without a size', { Tmpfs: { '/t/': '' } }, { Tmpfs: { '/t': `size=${SANDBOX.memory}` } }],
    [
      'a port on any address',
      { PortBindings: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] } },
      { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] } },
    ],
    [
      'a port of the engine’s choice',
      { PortBindings: { '80/tcp': [{ HostPort: '0' }] } },
      { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
    ],
  ])('can have %s', (_, asked, expected) => {
    expect(sent('ContainerCreate', create(host(asked)))).toMatchObject({ HostConfig: expected });
  });

  it.each<[string, object, string | undefined, boolean]>([
    ['a new volume, named in short', { Binds: ['new:/d:rw'] }, 'shop.sandbox.new', false],
    ['a volume of the client’s', { Binds: ['data:/d:ro'] }, 'shop.sandbox.data', true],
    ['the unnamed volume of a container before', { Binds: [`${ID.unnamedVolume}:/d`] }, ID.unnamedVolume, false],
    ['a neighbour’s volume, so another', { Binds: ['bank_data:/d'] }, 'shop.sandbox.bank_data', false],
    ['the project’s own volume, so another', { Binds: ['shop_data:/d'] }, 'shop.sandbox.shop_data', false],
    [
      'a neighbour’s unnamed volume, so another',
      { Binds: [`${'9'.repeat(64)}:/d`] },
      `shop.sandbox.${'9'.repeat(64)}`,
      false,
    ],
    ['a volume in long form', { Mounts: [{ Type: 'volume', Source: 'new', Target: '/d' }] }, 'shop.sandbox.new', false],
    ['a volume without a name', { Mounts: [{ Type: 'volume', Target: '/d', VolumeOptions: {} }] }, undefined, false],
  ])('can mount %s', (_, asked, source, readOnly) => {
    expect(sent('ContainerCreate', create(host(asked)))).toMatchObject({
      HostConfig: {
        Mounts: [
          {
            Type: 'volume',
            ...(source === undefined ? {} : { Source: source }),
            Target: '/d',
            ReadOnly: readOnly,
            VolumeOptions: { Labels: { 'dev.cofferdam.sandbox': 'shop' }, DriverConfig: { Name: 'local' } },
          },
        ],
      },
    });
  });

  it('cannot make more volumes than there may be', () => {
    const many = Array.from({ length: 31 }, (_, index) => `v${index}:/d${index}`);
    expect(outcomeOf(host({ Binds: many.slice(0, 30) }))).toBe('sent');
    expect(outcomeOf(host({ Binds: many }))).toBe('409 ceiling');
  });

  it('keeps the labels of the client where the host’s tools do not look', () => {
    const labels = { 'com.docker.compose.project': 'bank', 'traefik.enable': 'true' };
    expect(sent('ContainerCreate', create({ Image: 'debian:12', Labels: labels }))).toMatchObject({
      Labels: {
        'dev.cofferdam.client.com.docker.compose.project': 'bank',
        'dev.cofferdam.client.traefik.enable': 'true',
        'dev.cofferdam.sandbox': 'shop',
      },
    });
  });

  it('has its own name and its aliases on each network', () => {
    const EndpointsConfig = { net: { Aliases: ['x', 'app'] }, default: {} };
    const body = { ...host({ NetworkMode: 'net' }), NetworkingConfig: { EndpointsConfig } };
    expect(sent('ContainerCreate', create(body))).toMatchObject({
      NetworkingConfig: {
        EndpointsConfig: { [ID.clientNetwork]: { Aliases: ['app', 'x'] }, [ID.sandboxNetwork]: { Aliases: ['app'] } },
      },
    });
  });

  it('has no network where the settings name none', () => {
    const scope = sandboxScope({ network: undefined });
    expect(sent('ContainerCreate', create(CLI), scope)).toMatchObject({
      HostConfig: { NetworkMode: 'none' },
      NetworkingConfig: { EndpointsConfig: {} },
    });
  });

  it('is not made when the network of the settings is gone', () => {
    expect(outcome('ContainerCreate', create(CLI), sandboxScope({ network: 'gone' }))).toBe('409 ceiling');
  });

  it('has no aliases on the engine’s default network, which takes none', () => {
    const networks = [{ Id: ID.sandboxNetwork, Name: 'bridge', Labels: {} }];
    const scope = sandboxScope({ network: 'bridge' }, { ...LISTS, networks });
    expect(sent('ContainerCreate', create(CLI), scope)).toMatchObject({
      NetworkingConfig: { EndpointsConfig: { [ID.sandboxNetwork]: { Aliases: [] } } },
    });
  });

  it('publishes nothing where the settings name no address', () => {
    const body = host({ PortBindings: { '80/tcp': [{ HostPort: '8080' }] } });
    expect(outcome('ContainerCreate', create(body), sandboxScope({ publish: undefined }))).toBe('403 sandbox');
  });

  it('answers for a missing image as the engine does, so that clients pull it', () => {
    const absent = endpointOf('ContainerCreate').absent?.(create({ Image: 'docker.io/library/debian' }));
    expect(absent).toBe('No such image: debian:latest');
  });
});
