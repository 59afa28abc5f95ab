import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labels } from '../../../src/sidecars/firewall/redact.ts';
import { isClientLabel, shownName, storedLabels, storedName } from '../../../src/sidecars/firewall/sandbox/names.ts';
import { buildScope } from '../../../src/sidecars/firewall/scope.ts';
import { rebuilt } from '../../support/rebuilt.ts';
import { rulesOf } from '../../support/rules.ts';
import { askedOf, endpointOf, ID, LISTS, outcome, SANDBOX, sandboxRules, sandboxScope } from '../../support/sandbox.ts';

const scope = sandboxScope();

/** What the client gets for an answer of the engine. */
function shown(id: string, answer: unknown, filters?: object): unknown {
  const { reply } = endpointOf(id);
  const query = filters === undefined ? {} : { filters: JSON.stringify(filters) };
  const text = rebuilt(reply, answer, scope, askedOf(undefined, {}, query));
  return text === undefined ? undefined : JSON.parse(text);
}

const MARK = { 'dev.cofferdam.sandbox': 'shop' };
const PROJECT = 'com.docker.compose.project';
const CLIENT_LABELS = { ...MARK, [`dev.cofferdam.client.${PROJECT}`]: 'mine', 'dev.cofferdam.client.team': 'x' };

describe('the names of what a client makes', () => {
  it('come back as they were given, and are never another’s', () => {
    const owner = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/);
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,40}$/);
    fc.assert(
      fc.property(owner, owner, name, name, (one, other, mine, theirs) => {
        expect(shownName({ owner: one }, storedName({ owner: one }, mine))).toBe(mine);
        if (one !== other) expect(storedName({ owner: one }, mine)).not.toBe(storedName({ owner: other }, theirs));
      }),
    );
    expect(storedName({ owner: '*' }, 'x')).not.toBe(storedName({ owner: 'all' }, 'x'));
  });

  it('stay as they are where they are not the client’s', () => {
    for (const name of ['shop-web-1', 'shop.sandbox.', 'xshop.sandbox.db', 'bank.sandbox.db']) {
      expect(shownName(SANDBOX, name)).toBe(name);
    }
    expect(shownName(undefined, 'shop.sandbox.db')).toBe('shop.sandbox.db');
  });

  it('are the client’s in every answer', () => {
    const network = {
      Name: 'shop.sandbox.net',
      Id: ID.clientNetwork,
      Labels: MARK,
      Containers: { [ID.client]: { Name: 'shop.sandbox.db' } },
    };
    const volume = { Name: 'shop.sandbox.data', Driver: 'local', Labels: MARK };
    const container = {
      Id: ID.client,
      Name: '/shop.sandbox.db',
      Names: ['/shop.sandbox.db'],
      HostConfig: { NetworkMode: ID.clientNetwork },
      Config: { Labels: MARK, Env: ['A=b'] },
      Labels: MARK,
      Mounts: [{ Type: 'volume', Name: 'shop.sandbox.data', Source: '/var/lib/x' }],
      NetworkSettings: {
        Networks: {
          'shop.sandbox.net': { NetworkID: ID.clientNetwork, Aliases: ['db'], DNSNames: ['shop.sandbox.db'] },
        },
      },
    };
    const event = { Type: 'container', Actor: { ID: ID.client, Attributes: { name: 'shop.sandbox.db', ...MARK } } };
    const stats = { name: '/shop.sandbox.db', id: ID.client };
    const answers: readonly (readonly [string, unknown])[] = [
      ['ContainerList', [container]],
      ['ContainerInspect', container],
      ['ContainerStats', stats],
      ['NetworkList', [network]],
      ['NetworkInspect', network],
      ['VolumeList', { Volumes: [volume] }],
      ['VolumeInspect', volume],
      ['SystemEvents', event],
      ['SystemEvents', { Type: 'volume', Actor: { ID: 'shop.sandbox.data', Attributes: { driver: 'local' } } }],
      ['SystemDataUsage', { Containers: [container], Volumes: [volume], Images: [] }],
    ];
    for (const [id, answer] of answers) {
      const text = JSON.stringify(shown(id, answer));
      expect(text).toMatch(/"\/?(?:db|net|data)"/);
      expect(text).not.toContain('sandbox');
      expect(text).not.toContain('/var/lib');
    }
    expect(shown('ContainerInspect', container)).toMatchObject({
      HostConfig: { NetworkMode: 'net' },
      Config: { Env: ['A=b'] },
    });
  });

  it('resolve before the project’s own, and only as the client knows them', () => {
    const to = (id: string, params: Readonly<Record<string, string>>): string =>
      outcome(id, askedOf(undefined, params));
    expect(to('ContainerInspect', { id: 'db' })).toBe(`/containers/${ID.client}/json`);
    expect(to('ContainerInspect', { id: 'shop.sandbox.db' })).toBe('404 not-in-scope');
    expect(to('NetworkInspect', { id: 'net' })).toBe(`/networks/${ID.clientNetwork}`);
    expect(to('VolumeInspect', { name: 'data' })).toBe('/volumes/shop.sandbox.data');
    expect(to('VolumeInspect', { name: 'shop.sandbox.data' })).toBe('404 not-in-scope');
    expect(to('VolumeInspect', { name: 'shop_data' })).toBe('/volumes/shop_data');
    expect(to('VolumeInspect', { name: 'bank_data' })).toBe('404 not-in-scope');
  });
});

describe('the labels of what a client makes', () => {
  const label = fc.stringMatching(/^[\x21-\x7e]{1,30}$/).filter(isClientLabel);

  it('come back as they were given', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(label, fc.string()), { maxLength: 5 }), (given) => {
        const own = Object.fromEntries(given.filter(([, value]) => !value.startsWith('\u0000')));
        const stored = storedLabels(SANDBOX, Object.entries(own));
        expect(labels(sandboxRules())(stored)).toEqual(own);
        expect(Object.keys(stored).every((name) => name.startsWith('dev.cofferdam.'))).toBe(true);
      }),
    );
  });

  it('are shown only to the client that gave them', () => {
    const stored = storedLabels({ owner: 'bank' }, [['secret', 'canary']]);
    expect(labels(sandboxRules())(stored)).toEqual({});
    expect(labels(rulesOf({ kind: 'all' }))(stored)).toEqual({});
  });

  it('do not hide what the engine says in an event', () => {
    const Attributes = {
      ...MARK,
      name: 'shop.sandbox.db',
      image: 'debian:12',
      'dev.cofferdam.client.image': 'x',
      'dev.cofferdam.client.name': 'y',
    };
    expect(shown('SystemEvents', { Type: 'container', Actor: { ID: ID.client, Attributes } })).toMatchObject({
      Actor: { Attributes: { name: 'db', image: 'debian:12' } },
    });
  });

  it.each<[string, readonly object[]]>([
    ['ContainerList', LISTS.containers],
    ['NetworkList', LISTS.networks],
  ])('are what %s filters by', (id, list) => {
    const labelled = list.map((entry) => ({
      ...entry,
      ...(Object.values(entry).includes(ID.client) || Object.values(entry).includes(ID.clientNetwork)
        ? { Labels: CLIENT_LABELS }
        : {}),
    }));
    const found = (wanted: readonly string[]): number => [shown(id, labelled, { label: wanted })].flat().length;
    expect(found([`${PROJECT}=mine`])).toBe(1);
    expect(found([`${PROJECT}=mine`, 'team'])).toBe(1);
    expect(found(['team=x'])).toBe(1);
    expect(found(['team=y'])).toBe(0);
    expect(found([`${PROJECT}=shop`])).toBe(1); // the project's own
    expect(found([PROJECT])).toBe(2);
    expect(found(['absent'])).toBe(0);
  });

  it('filter events and volumes too', () => {
    const event = {
      Type: 'container',
      Actor: { ID: ID.client, Attributes: { name: 'shop.sandbox.db', ...CLIENT_LABELS } },
    };
    expect(shown('SystemEvents', event, { label: ['team=x'] })).toBeDefined();
    expect(shown('SystemEvents', event, { label: ['team=y'] })).toBeUndefined();
    const volumes = {
      Volumes: [
        { Name: 'shop.sandbox.data', Labels: CLIENT_LABELS },
        { Name: 'shop_data', Labels: {} },
      ],
    };
    expect(shown('VolumeList', volumes, { label: ['team'] })).toMatchObject({ Volumes: [{ Name: 'data' }] });
  });

  it.each(['ContainerList', 'NetworkList', 'VolumeList', 'SystemEvents'])(
    'are never asked of the engine by %s',
    (id) => {
      const asked = askedOf(undefined, {}, { filters: JSON.stringify({ label: ['team=x'] }) });
      expect(outcome(id, asked)).not.toContain('team');
      const read = buildScope({ ...sandboxRules(), sandbox: undefined }, LISTS);
      expect(outcome(id, asked, read)).toBe('400 filters');
    },
  );

  it('names are asked for in both forms', () => {
    const asked = (filters: object) =>
      outcome('ContainerList', askedOf(undefined, {}, { filters: JSON.stringify(filters) }));
    expect(asked({ name: ['^/db$'] })).toContain(JSON.stringify({ '^/db$': true, '^/?shop\\.sandbox\\.db$': true }));
    expect(asked({ name: ['db'] })).toContain('"name":{"db":true}');
    expect(asked({ volume: ['data'] })).toContain('"volume":{"data":true,"shop.sandbox.data":true}');
  });
});

describe('what the client made', () => {
  it('is known by label and name together', () => {
    expect(scope.containers.filter(({ sandbox }) => sandbox).map(({ id }) => id)).toEqual([ID.client]);
    expect(scope.networks.filter(({ sandbox }) => sandbox).map(({ id }) => id)).toEqual([ID.clientNetwork]);
    expect([...scope.clientVolumes]).toEqual([
      ['data', 'shop.sandbox.data'],
      [ID.unnamedVolume, ID.unnamedVolume],
    ]);
    const named = { ...LISTS.containers[0], Labels: {} };
    expect(sandboxScope({}, { containers: [named] }).containers).toEqual([]);
  });

  it('can be made from images that nothing here runs yet, if the settings name them', () => {
    const image = (Id: string, ...RepoTags: string[]) => ({ Id, RepoTags });
    const images = [image('sha256:1', 'debian:12', 'bank/secret:1'), image('sha256:2', 'bank/private:1')];
    const { images: seen, namesImage } = sandboxScope({}, { images });
    expect(seen).toEqual([{ id: 'sha256:1', names: ['debian:12'], marked: false }]);
    expect(namesImage('sha256:1', 'bank/secret:1')).toBe(false);
  });
});
