import { describe, expect, it } from 'vitest';
import { askedOf, endpointOf, ID, LISTS, outcome, type SANDBOX, sandboxScope, sent } from '../../support/sandbox.ts';

describe('an image', () => {
  const pull = (
    query: Readonly<Record<string, string>>,
    body?: unknown,
    changed: Partial<typeof SANDBOX> = {},
  ): string => outcome('ImageCreate', askedOf(body, {}, query), sandboxScope(changed));

  it.each([
    [{ fromImage: 'docker.io/library/debian', tag: '12' }, '/images/create?fromImage=debian&tag=12'],
    [{ fromImage: 'debian:12' }, '/images/create?fromImage=debian&tag=12'],
    [{ fromImage: 'debian' }, '/images/create?fromImage=debian&tag=latest'],
    [
      { fromImage: 'debian', tag: `sha256:${'a'.repeat(64)}` },
      `/images/create?fromImage=debian&tag=sha256:${'a'.repeat(64)}`,
    ],
    [
      { fromImage: 'debian', tag: '12', platform: 'linux/arm64' },
      '/images/create?fromImage=debian&tag=12&platform=linux/arm64',
    ],
    [{ fromImage: 'postgres', tag: '16' }, '/images/create?fromImage=postgres&tag=16'],
    [{ fromImage: 'postgres', tag: '17' }, '403 image'],
    [{ fromImage: 'busybox', tag: '1' }, '403 image'],
    [{ fromImage: '127.0.0.1:5000/debian', tag: '12' }, '403 image'],
    [{ fromImage: 'debian:12', tag: '13' }, '400 query'],
    [{ fromImage: '-' }, '400 query'],
    [{}, '400 query'],
  ])('is pulled when it is in the list: %j', (query, expected) => {
    expect(pull(query)).toBe(expected);
  });

  it('is not fetched from an address or imported', () => {
    for (const key of ['fromSrc', 'repo', 'changes', 'message'])
      expect(endpointOf('ImageCreate').query).not.toHaveProperty(key);
    expect(pull({ fromImage: 'debian' }, { fromImage: 'debian' })).toContain('/images/create');
    expect(pull({ fromImage: 'debian' }, { fromSrc: 'http://x' })).toBe('400 body');
  });

  it('from any other registry than Docker Hub has to be named, whatever a star says', () => {
    expect(pull({ fromImage: '127.0.0.1:5000/x', tag: '1' }, undefined, { images: ['*'] })).toBe('403 image');
    expect(pull({ fromImage: 'any/thing', tag: '1' }, undefined, { images: ['*'] })).toContain('/images/create');
  });
});

describe('a network', () => {
  const create = (body: object, changed: Partial<typeof SANDBOX> = {}, lists: object = {}) =>
    ['NetworkCreate', askedOf(body), sandboxScope(changed, { ...LISTS, ...lists })] as const;

  it('is built from what clients send', () => {
    const cli = {
      IPAM: { Driver: 'default', Options: {}, Config: [] },
      ConfigOnly: false,
      ConfigFrom: null,
      Options: {},
    };
    const more = { Scope: '', Ingress: false, EnableIPv6: true, Attachable: true, CheckDuplicate: true };
    expect(sent(...create({ Name: 'n', Driver: 'bridge', Labels: { a: 'b' }, ...cli, ...more }))).toEqual({
      Name: 'shop.sandbox.n',
      CheckDuplicate: true,
      Driver: 'bridge',
      Internal: false,
      Attachable: true,
      EnableIPv6: true,
      Labels: { 'dev.cofferdam.client.a': 'b', 'dev.cofferdam.sandbox': 'shop' },
    });
  });

  it('leads nowhere unless the settings give a network that does', () => {
    expect(sent(...create({ Name: 'n' }, { network: undefined }))).toMatchObject({ Internal: true });
    const inner = { networks: [{ Id: ID.sandboxNetwork, Name: 'shop_fw', Labels: {}, Internal: true }] };
    expect(sent(...create({ Name: 'n' }, {}, inner))).toMatchObject({ Internal: true });
    expect(sent(...create({ Name: 'n', Internal: true }))).toMatchObject({ Internal: true });
  });

  it('has no address of the host if it leads nowhere', () => {
    const Options = { 'com.docker.network.bridge.inhibit_ipv4': 'true' };
    expect(sent(...create({ Name: 'n', Internal: true }))).toMatchObject({ Options });
    expect(sent(...create({ Name: 'n' }, { network: undefined }))).toMatchObject({ Options });
    expect(sent(...create({ Name: 'n' }))).not.toHaveProperty('Options');
    expect(outcome(...create({ Name: 'n', Internal: true, EnableIPv6: true }))).toBe('403 sandbox');
  });

  it.each([
    { Driver: 'macvlan' },
    { Driver: 'host' },
    { Options: { 'com.docker.network.bridge.name': 'docker0' } },
    { IPAM: { Config: [{ Subnet: '10.0.0.0/8' }] } },
    { IPAM: { Driver: 'x' } },
    { ConfigFrom: { Network: 'x' } },
    { ConfigOnly: true },
    { Ingress: true },
    { Scope: 'swarm' },
    { Labels: { 'dev.cofferdam.sandbox': 'bank' } },
  ])('cannot be made with %j', (extra) => {
    expect(outcome(...create({ Name: 'n', ...extra }))).toBe('403 sandbox');
  });

  it.each([{ Name: 'n', options: {} }, { Name: 'n', Added: 1 }, { Name: '../n' }, {}])('is malformed as %j', (body) => {
    expect(outcome(...create(body))).toBe('400 body');
  });

  it('is one of few, with a name that is free', () => {
    expect(outcome(...create({ Name: 'net' }))).toBe('409 ceiling');
    const networks = Array.from({ length: 8 }, (_, index) => ({
      Id: String(index).repeat(64),
      Name: `shop.sandbox.n${index}`,
      Labels: { 'dev.cofferdam.sandbox': 'shop' },
    }));
    expect(outcome(...create({ Name: 'n' }, {}, { networks: networks.slice(1) }))).toContain('/networks/create');
    expect(outcome(...create({ Name: 'n' }, {}, { networks }))).toBe('409 ceiling');
  });

  it('is removed, joined and left only if the client made it and the container', () => {
    const join = { Container: 'db', EndpointConfig: { Aliases: ['x'], IPAMConfig: {}, DriverOpts: {} } };
    expect(outcome('NetworkDelete', askedOf(undefined, { id: 'net' }))).toBe(`/networks/${ID.clientNetwork}`);
    expect(outcome('NetworkConnect', askedOf(join, { id: 'net' }))).toBe(
      `/networks/${ID.clientNetwork}/connect {"Container":"${ID.client}","EndpointConfig":{"Aliases":["db","x"]}}`,
    );
    expect(outcome('NetworkDisconnect', askedOf({ Container: 'db', Force: true }, { id: 'net' }))).toBe(
      `/networks/${ID.clientNetwork}/disconnect {"Container":"${ID.client}","Force":true}`,
    );
    for (const [id, body] of [
      ['NetworkDelete', undefined],
      ['NetworkConnect', join],
      ['NetworkDisconnect', { Container: 'db' }],
    ] as const) {
      expect(outcome(id, askedOf(body, { id: 'shop_default' }))).toBe('403 not-yours');
      expect(outcome(id, askedOf(body, { id: 'bank_default' }))).toBe('404 not-in-scope');
      expect(outcome(id, askedOf(body, { id: 'shop_fw' }))).toBe('404 not-in-scope');
      expect(outcome(id, askedOf(body, { id: 'nothing' }))).toBe('404 not-in-scope');
    }
    for (const id of ['NetworkConnect', 'NetworkDisconnect']) {
      expect(outcome(id, askedOf({ Container: 'shop-web-1' }, { id: 'net' }))).toBe('403 not-yours');
      expect(outcome(id, askedOf({ Container: 'bank-db-1' }, { id: 'net' }))).toBe('404 not-in-scope');
    }
    const sysctl = { Container: 'db', EndpointConfig: { DriverOpts: { 'com.docker.network.endpoint.sysctls': 'x' } } };
    expect(outcome('NetworkConnect', askedOf(sysctl, { id: 'net' }))).toBe('403 sandbox');
  });
});

describe('a volume', () => {
  const create = (body: unknown) => ['VolumeCreate', askedOf(body)] as const;

  it('is built anew', () => {
    expect(sent(...create({ Name: 'v', Driver: 'local', DriverOpts: {}, Labels: { a: 'b' } }))).toEqual({
      Name: 'shop.sandbox.v',
      Driver: 'local',
      Labels: { 'dev.cofferdam.client.a': 'b', 'dev.cofferdam.sandbox': 'shop' },
    });
    expect(sent(...create({}))).toMatchObject({ Name: expect.stringMatching(/^shop\.sandbox\.[0-9a-f]{16}$/) });
  });

  it.each([
    [{ Name: 'v', DriverOpts: { type: 'none', o: 'bind', device: '/' } }, '403 sandbox'],
    [{ Name: 'v', Driver: 'nfs' }, '403 sandbox'],
    [{ Name: 'v', ClusterVolumeSpec: { Group: 'x' } }, '403 sandbox'],
    [{ Name: 'v', driveropts: { type: 'none' } }, '400 body'],
    [{ Name: '/etc' }, '400 body'],
    [{ Name: 'v', Labels: { 'dev.cofferdam.sandbox': 'bank' } }, '403 sandbox'],
  ])('cannot be made as %j', (body, expected) => {
    expect(outcome(...create(body))).toBe(expected);
  });

  it('is one of few; the same one again is none more', () => {
    const Volumes = Array.from({ length: 32 }, (_, index) => ({
      Name: `shop.sandbox.v${index}`,
      Labels: { 'dev.cofferdam.sandbox': 'shop' },
    }));
    const full = sandboxScope({}, { ...LISTS, volumes: { Volumes } });
    expect(outcome('VolumeCreate', askedOf({ Name: 'v' }), full)).toBe('409 ceiling');
    expect(outcome('VolumeCreate', askedOf({ Name: 'v1' }), full)).toContain('shop.sandbox.v1');
  });

  it('is removed only if the client made it', () => {
    const remove = (name: string): string => outcome('VolumeDelete', askedOf(undefined, { name }));
    expect(remove('data')).toBe('/volumes/shop.sandbox.data');
    expect(remove(ID.unnamedVolume)).toBe(`/volumes/${ID.unnamedVolume}`);
    expect(remove('shop_data')).toBe('403 not-yours');
    expect(remove('bank_data')).toBe('404 not-in-scope');
    expect(remove('shop.sandbox.data')).toBe('404 not-in-scope');
  });
});
