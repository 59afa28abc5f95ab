import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeContainer, wrongIn } from '../../../src/sidecars/firewall/sandbox/judge.ts';
import { askedOf, endpointOf, ID, SANDBOX, sandboxScope } from '../../support/sandbox.ts';

const scope = sandboxScope();
const MARK = { 'dev.cofferdam.sandbox': 'shop' };

/** How a current engine shows a container that was made here. */
const inspected = (changed: object = {}, host: object = {}) => ({
  Id: ID.client,
  Config: {
    Labels: { 'dev.cofferdam.sandbox': 'shop', 'dev.cofferdam.client.com.docker.compose.project': 'x', a: '' },
  },
  AppArmorProfile: 'docker-default',
  Mounts: [
    { Type: 'volume', Name: 'shop.sandbox.data', Driver: 'local', Destination: '/d' },
    { Type: 'volume', Name: ID.unnamedVolume, Driver: 'local', Destination: '/dev/shm' },
    { Type: 'tmpfs', Source: '', Destination: '/t' },
  ],
  HostConfig: {
    ...{ Binds: null, NetworkMode: ID.sandboxNetwork, Privileged: false, PidMode: '', UTSMode: '', UsernsMode: '' },
    ...{ CapDrop: ['ALL'], CapAdd: ['CAP_CHOWN', 'CAP_SETUID'], SecurityOpt: ['no-new-privileges:true'] },
    ...{ IpcMode: 'private', CgroupnsMode: 'private', Runtime: 'runc', CgroupParent: '', Devices: null },
    ...{ Memory: SANDBOX.memory, MemorySwap: SANDBOX.memory, NanoCpus: 1e9, PidsLimit: 100 },
    ...{
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      MaskedPaths: ['/proc/kcore'],
      ReadonlyPaths: ['/proc/bus'],
    },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
    PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
    Mounts: [
      { Type: 'volume', Source: 'shop.sandbox.data', Target: '/d', VolumeOptions: { DriverConfig: { Name: 'local' } } },
    ],
    ...host,
  },
  ...changed,
});

describe('a container that is looked at before it runs', () => {
  it('may run when the engine has it as it was made', () => {
    expect(judgeContainer(inspected(), scope)).toBeUndefined();
    // Kernels that cannot limit swap; engines that print the network's name.
    expect(judgeContainer(inspected({}, { MemorySwap: -1, NetworkMode: 'shop_fw' }), scope)).toBeUndefined();
    expect(judgeContainer(inspected({}, { NetworkMode: 'none' }), scope)).toBeUndefined();
  });

  it.each<[string, object]>([
    ['Privileged', { Privileged: true }],
    ['Binds', { Binds: ['/:/h'] }],
    ['CapAdd', { CapAdd: ['CAP_SYS_ADMIN'] }],
    ['CapAdd', { CapAdd: ['ALL'] }],
    ['CapDrop', { CapDrop: null }],
    ['SecurityOpt', { SecurityOpt: null }],
    ['SecurityOpt', { SecurityOpt: ['no-new-privileges:true', 'seccomp=unconfined'] }],
    ['Devices', { Devices: [{ PathOnHost: '/dev/mem' }] }],
    ['DeviceRequests', { DeviceRequests: [{ Count: -1 }] }],
    ['DeviceCgroupRules', { DeviceCgroupRules: ['a *:* rwm'] }],
    ['PidMode', { PidMode: 'host' }],
    ['IpcMode', { IpcMode: 'host' }],
    ['IpcMode', { IpcMode: 'shareable' }],
    ['UTSMode', { UTSMode: 'host' }],
    ['UsernsMode', { UsernsMode: 'host' }],
    ['CgroupnsMode', { CgroupnsMode: 'host' }],
    ['Cgroup', { Cgroup: 'container:x' }],
    ['CgroupParent', { CgroupParent: '/x' }],
    ['NetworkMode', { NetworkMode: 'host' }],
    ['NetworkMode', { NetworkMode: 'bridge' }],
    ['NetworkMode', { NetworkMode: `container:${ID.neighbour}` }],
    ['NetworkMode', { NetworkMode: ID.neighbourNetwork }],
    ['NetworkMode', { NetworkMode: ID.ownNetwork }],
    ['Memory', { Memory: 0 }],
    ['Memory', { Memory: SANDBOX.memory + 1, MemorySwap: SANDBOX.memory + 1 }],
    ['MemorySwap', { MemorySwap: 2 * SANDBOX.memory }],
    ['NanoCpus', { NanoCpus: 0 }],
    ['PidsLimit', { PidsLimit: null }],
    ['PidsLimit', { PidsLimit: -1 }],
    ['RestartPolicy', { RestartPolicy: { Name: 'always' } }],
    ['LogConfig', { LogConfig: { Type: 'syslog', Config: {} } }],
    ['LogConfig', { LogConfig: { Type: 'json-file', Config: {} } }],
    ['Mounts', { Mounts: [{ Type: 'bind', Source: '/', Target: '/h' }] }],
    ['Mounts', { Mounts: [{ Type: 'volume', Source: 'bank_data', Target: '/h' }] }],
    [
      'Mounts',
      { Mounts: [{ Type: 'volume', Target: '/h', VolumeOptions: { DriverConfig: { Options: { device: '/' } } } }] },
    ],
    ['PortBindings', { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '80' }] } }],
    ['PublishAllPorts', { PublishAllPorts: true }],
    ['VolumesFrom', { VolumesFrom: ['x'] }],
    ['Links', { Links: ['x'] }],
    ['Sysctls', { Sysctls: { x: '1' } }],
    ['Annotations', { Annotations: { x: '1' } }],
    ['GroupAdd', { GroupAdd: ['0'] }],
    ['ExtraHosts', { ExtraHosts: ['x:host-gateway'] }],
    ['Ulimits', { Ulimits: [{ Name: 'nproc' }] }],
    ['MaskedPaths', { MaskedPaths: [] }],
    ['MaskedPaths', { ReadonlyPaths: null }],
  ])('may not run with another %s: %j', (field, host) => {
    expect(judgeContainer(inspected({}, host), scope)).toMatchObject({
      status: 403,
      code: 'altered',
      hint: expect.stringContaining(`(${field})`),
    });
  });

  it.each<[string, object]>([
    ...['/proc/x', '/proc', '/sys/fs', '/dev', '/dev/shm/x', '/x/../proc', '/', 'proc', ''].map(
      (Destination): [string, object] => [
        `a volume over ${Destination}`,
        { Mounts: [{ Type: 'volume', Name: 'shop.sandbox.data', Driver: 'local', Destination }] },
      ],
    ),
    ['a label of compose', { Config: { Labels: { ...MARK, 'com.docker.compose.project': 'bank' } } }],
    ['a label of ours', { Config: { Labels: { ...MARK, 'dev.cofferdam.role': 'x' } } }],
    ['a folder of the host', { Mounts: [{ Type: 'bind', Source: '/', Destination: '/h' }] }],
    ['a neighbour’s volume', { Mounts: [{ Type: 'volume', Name: 'bank_data', Driver: 'local', Destination: '/h' }] }],
    ['another driver', { Mounts: [{ Type: 'volume', Name: 'shop.sandbox.data', Driver: 'nfs', Destination: '/h' }] }],
    ['no AppArmor', { AppArmorProfile: 'unconfined' }],
    ['another owner', { Config: { Labels: { 'dev.cofferdam.sandbox': 'bank' } } }],
    ['no label', { Config: { Labels: {} } }],
    ['no configuration', { HostConfig: null }],
  ])('may not run with %s', (_, changed) => {
    expect(judgeContainer(inspected(changed), scope)).toMatchObject({ status: 403, code: 'altered' });
  });

  it.each([ID.own, ID.neighbour, ID.spoof, 'x', undefined])('is not another one (%s)', (Id) => {
    expect(judgeContainer(inspected({ Id }), scope)).toMatchObject({ status: 403, code: 'sandbox' });
  });

  it.each(['ContainerExec', 'ContainerAttach', 'ContainerStart', 'ContainerRestart'])('is looked at by %s', (id) => {
    const { check } = endpointOf(id);
    const path = check?.path({ path: `/containers/${ID.client}/${'x'}`, query: {} }, askedOf(undefined));
    expect(path).toBe(`/containers/${ID.client}/json`);
    expect(check?.judge(inspected({}, { Privileged: true }), scope, askedOf(undefined))).toMatchObject({
      code: 'altered',
    });
    expect(check?.judge(inspected(), scope, askedOf(undefined))).toBeUndefined();
  });

  it('may be started as others made it, where the settings open that', () => {
    const asked = askedOf(undefined);
    expect(endpointOf('ContainerStart').check?.judge(inspected({ Id: ID.own }), scope, asked)).toBeUndefined();
    expect(endpointOf('ContainerExec').check?.judge(inspected({ Id: ID.own }), scope, asked)).toBeDefined();
  });
});

/** Values that do something, and values that do not, for every field that a body can have. */
const value = fc.oneof(
  fc.constantFrom<unknown>(null, '', 0, false, [], {}, true, -1, 1, 'host', 'none', 'default', 'net', 'private', 'ALL'),
  fc.constantFrom<unknown>(['ALL'], ['CHOWN'], ['SYS_ADMIN'], ['/:/h'], ['data:/d'], ['data:/d:ro'], ['x']),
  fc.constantFrom<unknown>(
    { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
    { Name: 'on-failure' },
    { Name: 'always' },
  ),
  fc.constantFrom<unknown>([{ Type: 'bind', Source: '/', Target: '/h' }], [{ Type: 'volume', Target: '/h' }]),
  fc.constantFrom<unknown>({ Type: 'json-file' }, { '/t': 'size=1m' }, 10 * 1024 ** 2, SANDBOX.memory * 2, 5e8),
  fc.jsonValue(),
);
const HOST_FIELDS = [
  ...['Privileged', 'Binds', 'Mounts', 'Tmpfs', 'CapAdd', 'CapDrop', 'SecurityOpt', 'Memory', 'MemorySwap', 'NanoCpus'],
  ...[
    'PidsLimit',
    'NetworkMode',
    'PortBindings',
    'PublishAllPorts',
    'RestartPolicy',
    'LogConfig',
    'PidMode',
    'IpcMode',
  ],
  ...[
    'Devices',
    'Runtime',
    'ShmSize',
    'Ulimits',
    'Init',
    'AutoRemove',
    'VolumesFrom',
    'CgroupnsMode',
    'Added',
    'binds',
  ],
];
const body = fc.record({
  Image: fc.constantFrom('debian:12', 'postgres:16', 'busybox', '*'),
  Labels: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
  Cmd: fc.oneof(fc.constant(null), fc.array(fc.string(), { maxLength: 3 })),
  HostConfig: fc.dictionary(fc.constantFrom(...HOST_FIELDS), value, { maxKeys: 4 }),
});

/** Keys that our own serialiser writes; those of maps are left out. */
const OURS = new Set([
  ...['Image', 'Hostname', 'Domainname', 'User', 'AttachStdin', 'AttachStdout', 'AttachStderr', 'Tty', 'OpenStdin'],
  ...['StdinOnce', 'ExposedPorts', 'Env', 'Cmd', 'Entrypoint', 'WorkingDir', 'Healthcheck', 'Labels', 'HostConfig'],
  ...['NetworkingConfig', 'Memory', 'MemorySwap', 'NanoCpus', 'PidsLimit', 'CapDrop', 'CapAdd', 'SecurityOpt'],
  ...['CgroupnsMode', 'IpcMode', 'LogConfig', 'RestartPolicy', 'AutoRemove', 'ReadonlyRootfs', 'Init', 'ShmSize'],
  ...['ConsoleSize', 'Ulimits', 'Tmpfs', 'PortBindings', 'NetworkMode', 'Mounts', 'MemoryReservation', 'StopSignal'],
]);

describe('whatever a client asks for', () => {
  it('what is sent is as the judge wants it, and holds no key of the client’s', () => {
    let made = 0;
    const { decide } = endpointOf('ContainerCreate');
    fc.assert(
      fc.property(body, (asked) => {
        const decision = decide(askedOf(asked, {}, { name: 'app' }), scope);
        if (!decision.allow) return;
        made += 1;
        const built: unknown = JSON.parse(decision.send.body ?? '');
        const host = keyOf(built, 'HostConfig');
        expect(wrongIn(host, SANDBOX, scope)).toBeUndefined();
        const keys = [...Object.keys(Object(built)), ...Object.keys(Object(host))];
        expect(keys.filter((key) => !OURS.has(key))).toEqual([]);
        expect(keyOf(built, 'Labels')).toHaveProperty(['dev.cofferdam.sandbox'], 'shop');
        const labels = Object.keys(Object(keyOf(built, 'Labels')));
        expect(labels.filter((label) => !/^dev\.cofferdam\.(?:client\..|sandbox$)/.test(label))).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
    expect(made).toBeGreaterThan(100);
  });
});

const keyOf = (record: unknown, key: string): unknown =>
  new Map<string, unknown>(Object.entries(Object(record))).get(key);

describe('the look that comes first', () => {
  const asked = askedOf(undefined, { id: 'mine' });

  it.each(['ContainerStart', 'ContainerRestart', 'ContainerAttach', 'ContainerExec'])(
    '%s is refused for a container that is not as it was made',
    (id) => {
      const { check } = endpointOf(id);
      expect(check?.judge(inspected(), scope, asked)).toBeUndefined();
      expect(check?.judge(inspected({}, { Privileged: true }), scope, asked)).toMatchObject({ code: 'altered' });
    },
  );

  it.each(['ExecStart', 'ExecResize', 'ExecInspect'])(
    '%s is refused for a command in somebody else’s container',
    (id) => {
      const { check } = endpointOf(id);
      expect(check?.judge({ ContainerID: 'f'.repeat(64) }, scope, asked)).toMatchObject({ status: 404 });
    },
  );
});
