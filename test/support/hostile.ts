export const IMAGE = 'debian:bookworm-slim';

/** What a hostile request can name. */
export interface Names {
  /** A container of another project. */
  readonly foreign: string;
  readonly image: string;
  readonly id: string;
}

/** A body that asks for a container with these. */
export const host = (HostConfig: object): string => JSON.stringify({ Image: IMAGE, Cmd: ['true'], HostConfig });

/** Bodies that give a container the host, or somebody else's things. The engine itself makes each of them. */
export const HOSTILE: readonly (readonly [title: string, body: (names: Names) => string])[] = [
  ['privileged', () => host({ Privileged: true })],
  ['with the host’s files', () => host({ Binds: ['/:/host'] })],
  ['with the host’s files, in long form', () => host({ Mounts: [{ Type: 'bind', Source: '/', Target: '/host' }] })],
  ['with the engine’s socket', () => host({ Binds: ['/var/run/docker.sock:/s'] })],
  ['with the host’s processes', () => host({ PidMode: 'host' })],
  ['with the host’s network', () => host({ NetworkMode: 'host' })],
  ['with the host’s memory', () => host({ IpcMode: 'host' })],
  ['with the host’s name', () => host({ UTSMode: 'host' })],
  ['in a foreign container’s network', ({ foreign }) => host({ NetworkMode: `container:${foreign}` })],
  ['with a foreign container’s mounts', ({ foreign }) => host({ VolumesFrom: [foreign] })],
  [
    'with a device',
    () => host({ Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/x', CgroupPermissions: 'rwm' }] }),
  ],
  ['with all devices', () => host({ DeviceCgroupRules: ['a *:* rwm'] })],
  ['with a capability', () => host({ CapAdd: ['SYS_ADMIN'] })],
  ['with all capabilities', () => host({ CapAdd: ['ALL'] })],
  ['without seccomp', () => host({ SecurityOpt: ['seccomp=unconfined'] })],
  ['with the kernel’s paths', () => host({ MaskedPaths: ['/x'], ReadonlyPaths: ['/x'] })],
  ['with a setting of the kernel', () => host({ Sysctls: { 'net.ipv4.ip_forward': '1' } })],
  [
    'with a volume that binds',
    () =>
      host({
        Mounts: [
          {
            Type: 'volume',
            Target: '/h',
            VolumeOptions: { DriverConfig: { Name: 'local', Options: { type: 'none', o: 'bind', device: '/' } } },
          },
        ],
      }),
  ],
  [
    'with another log',
    () => host({ LogConfig: { Type: 'syslog', Config: { 'syslog-address': 'udp://127.0.0.1:9' } } }),
  ],
  ['that always restarts', () => host({ RestartPolicy: { Name: 'always' } })],
  ['with a port on all addresses', () => host({ PublishAllPorts: true })],
  ['with more memory than there may be', () => host({ Memory: 2 ** 31 })],
  ['in another group of processes', () => host({ CgroupParent: '/other' })],
  ['with the name of the host', () => host({ ExtraHosts: ['host:host-gateway'] })],
  ['privileged, in small letters', () => `{"Image":"${IMAGE}","hostconfig":{"privileged":true}}`],
  ['with files, in folded letters', () => `{"Image":"${IMAGE}","Ho\u017ftConfig":{"Bind\\u017f":["/:/host"]}}`],
  ['privileged, the second time', () => `{"Image":"${IMAGE}","HostConfig":{},"HostConfig":{"Privileged":true}}`],
  ['privileged, in both spellings', () => `{"Image":"${IMAGE}","HostConfig":{},"hostConfig":{"Privileged":true}}`],
  ['with a field that it does not know', () => `{"Image":"${IMAGE}","Added":true}`],
  ['labelled as somebody else’s', () => JSON.stringify({ Image: IMAGE, Labels: { 'dev.cofferdam.sandbox': 'other' } })],
  ['from an image that is not in the list', ({ image }) => JSON.stringify({ Image: image })],
  ['from an image by its id', ({ id }) => JSON.stringify({ Image: id })],
];
