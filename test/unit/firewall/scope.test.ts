import { describe, expect, it } from 'vitest';
import containerTop from '../../../src/sidecars/firewall/endpoints/container-top.ts';
import { isRefusal, parseFilters, printFilters } from '../../../src/sidecars/firewall/filters.ts';
import { buildScope, findContainer, findImage, findNetwork } from '../../../src/sidecars/firewall/scope.ts';
import { rulesOf } from '../../support/rules.ts';

const id = (letter: string): string => letter.repeat(64);
const labels = (project: string, service = 'web') => ({
  'com.docker.compose.project': project,
  'com.docker.compose.service': service,
});
const lists = {
  containers: [
    { Id: id('a'), Names: ['/web'], ImageID: `sha256:${id('1')}`, Image: 'debian', Labels: labels('shop') },
    {
      Id: id('9'),
      Names: ['/worker'],
      ImageID: `sha256:${id('1')}`,
      Image: 'registry:5000/team/app:2',
      Labels: labels('shop', 'worker'),
    },
    {
      Id: id('8'),
      Names: ['/pinned'],
      ImageID: `sha256:${id('1')}`,
      Image: `app@sha256:${id('9')}`,
      Labels: labels('shop', 'pinned'),
    },
    { Id: `b${id('a').slice(1)}`, Names: [`/${id('a').slice(0, 12)}`], ImageID: '', Labels: labels('shop') },
    { Id: id('c'), Names: ['/db'], ImageID: `sha256:${id('2')}`, Labels: labels('bank', 'db') },
    { Id: id('d'), Names: ['/cache'], ImageID: '', Labels: labels('bank', 'cache') },
    { Id: `d${id('e').slice(1)}`, Names: ['/plain'], ImageID: '', Labels: null },
    { Id: 'short', Names: ['/broken'], Labels: labels('shop') },
  ],
  networks: [
    { Id: id('a'), Name: 'one', Labels: labels('shop') },
    { Id: id('b'), Name: 'same', Labels: labels('shop') },
    { Id: id('c'), Name: 'same', Labels: labels('shop') },
  ],
  images: [
    {
      Id: `sha256:${id('1')}`,
      RepoTags: ['debian:latest', 'registry:5000/team/app:2', 'neighbour/secret:1'],
      RepoDigests: [`app@sha256:${id('9')}`, `neighbour/secret@sha256:${id('9')}`],
    },
    { Id: `sha256:${id('2')}`, RepoTags: ['postgres:16'] },
  ],
};
const visible = rulesOf({ kind: 'project', project: 'shop', services: ['bank/cache'] });
const scope = buildScope(visible, lists);
const NOTHING = new Uint8Array();

describe('the scope', () => {
  it('is the project’s containers and the declared services, by their labels', () => {
    expect(scope.containers.map(({ names }) => names[0])).toEqual([
      'web',
      'worker',
      'pinned',
      id('a').slice(0, 12),
      'cache',
    ]);
  });

  it.each([
    ['web', { id: id('a') }],
    [id('a'), { id: id('a') }],
    ['aaaa', { id: id('a') }],
    [id('a').slice(0, 12), { id: `b${id('a').slice(1)}` }], // a name wins over the start of an id, as in the engine
    ['cache', { id: id('d') }],
    ['db', 'none'],
    [id('c'), 'none'],
    ['c', 'none'],
    ['plain', 'none'],
    ['d', { id: id('d') }], // a neighbour's id that starts alike makes no difference
    ['broken', 'none'],
    ['Web', 'none'],
    ['', 'several'],
  ])('finds %j as %j', (reference, found) => {
    expect(findContainer(scope, reference)).toEqual(found);
  });

  it.each([
    ['debian', 'found'],
    ['debian:latest', 'found'],
    ['docker.io/library/debian', 'found'],
    ['registry:5000/team/app:2', 'found'],
    [`app@sha256:${id('9')}`, 'found'],
    ['1111', 'found'],
    [`sha256:${id('1')}`, 'found'],
    ['postgres:16', 'none'],
    [`sha256:${id('2')}`, 'none'],
    ['2222', 'none'],
    ['debian:12', 'none'],
    ['neighbour/secret:1', 'none'],
    [`neighbour/secret@sha256:${id('9')}`, 'none'],
  ])('knows the image %s: %s', (reference, expected) => {
    const found = findImage(scope, reference);
    expect(typeof found === 'string' ? found : 'found').toBe(expected);
  });

  it('leaves out the editor’s container of a split box, in lists, by name and in events', () => {
    const both = ['agent', 'editor'].map((role, index) => ({
      Id: id(String(index)),
      Names: [`/shop-${role}-1`],
      ImageID: `sha256:${id('2')}`,
      Image: 'postgres:16',
      Labels: { ...labels('shop', role), 'dev.cofferdam.role': role },
    }));
    const seen = buildScope(visible, { containers: both });
    expect(both.map(({ Labels, Names }) => seen.sees(Labels, Names[0] ?? ''))).toEqual([true, false]);
    expect(both.map(({ Id }) => findContainer(seen, Id))).toEqual([{ id: id('0') }, 'none']);
    expect(findContainer(seen, 'shop-editor-1')).toBe('none');
    expect(seen.hasContainer(id('1'))).toBe(false);
    const [, editor] = both;
    const images = buildScope(visible, { containers: [editor], images: lists.images }).images;
    expect(images).toEqual([]);
    // Who runs the firewall for all projects asked for all.
    const all = buildScope(rulesOf({ kind: 'all' }), { containers: both });
    expect(findContainer(all, 'shop-editor-1')).toEqual({ id: id('1') });
  });

  it('does not choose between networks of one name', () => {
    expect(findNetwork(scope, 'one')).toEqual({ id: id('a') });
    expect(findNetwork(scope, 'same')).toBe('several');
  });

  it('does not open the networks and volumes that a declared service of another project uses', () => {
    const uses = (project: string, service: string, letter: string) => ({
      Id: id(letter),
      Names: [`/${service}`],
      Labels: labels(project, service),
      NetworkSettings: { Networks: { n: { NetworkID: id(letter) } } },
      Mounts: [{ Type: 'volume', Name: service }],
    });
    const { networks, volumes } = buildScope(visible, {
      containers: [uses('shop', 'web', 'a'), uses('bank', 'cache', 'b')],
      networks: ['a', 'b'].map((letter) => ({ Id: id(letter), Name: letter, Labels: null })),
      volumes: { Volumes: [{ Name: 'web' }, { Name: 'cache' }] },
    });
    expect(networks.map(({ name }) => name)).toEqual(['a']);
    expect([...volumes]).toEqual(['web']);
  });

  it('passes no option of the caller on to ps', () => {
    expect(
      containerTop.decide({ params: { id: 'web' }, query: { ps_args: 'eww' }, body: NOTHING }, scope),
    ).toMatchObject({
      status: 403,
    });
    expect(containerTop.decide({ params: { id: 'web' }, query: {}, body: NOTHING }, scope)).toEqual({
      allow: true,
      send: { path: `/containers/${id('a')}/top`, query: { ps_args: '-eo pid,user,stime,time,comm' } },
    });
  });

  it('is refused when a list of the engine is not one', () => {
    expect(() => buildScope(visible, { containers: { message: 'no' } })).toThrow();
    expect(() => buildScope(visible, { containers: [], networks: 'x' })).toThrow();
  });

  it('is empty for what was not asked', () => {
    expect(buildScope(rulesOf({ kind: 'all' }), {})).toMatchObject({ containers: [], networks: [], images: [] });
  });
});

describe('filters', () => {
  it.each(['{"label":{"com.docker.compose.project=shop":true}}', '{"label":["com.docker.compose.project=shop"]}'])(
    'are read in both spellings and sent in one: %s',
    (text) => {
      const filters = parseFilters(text, ['label']);
      if (isRefusal(filters)) throw new Error(filters.hint);
      expect(printFilters(filters)).toBe('{"label":{"com.docker.compose.project=shop":true}}');
    },
  );

  it.each([
    ['{"before":["db"]}', 'a filter that tells whether a name exists'],
    ['{"label":["token=guess"]}', 'a label that is not shown'],
    ['{"__proto__":["x"]}', 'an inherited name'],
    ['[]', 'a list'],
    ['null', 'nothing'],
    ['{"name":"web"}', 'a plain text'],
    ['{"name":[1]}', 'a number'],
    ['{"name":{"web":false}}', 'a false value'],
    [`{"name":["${'x'.repeat(257)}"]}`, 'a long value'],
    [`{"name":[${'"x",'.repeat(64)}"x"]}`, 'many values'],
    ['{"name":["a"]} {}', 'more after the end'],
  ])('are refused: %s is %s', (text) => {
    expect(parseFilters(text, ['label', 'name'])).toMatchObject({ allow: false, status: 400 });
  });
});
