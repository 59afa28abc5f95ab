import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineAnswers, unique } from '../support/live.ts';
import { type OldEngine, oldEngine, oldEngineRuns } from '../support/old-engine.ts';
import { exchange } from '../support/raw.ts';
import { type Sidecar, startSidecar } from '../support/sidecar.ts';

interface Target {
  readonly own: string;
  /** A container of another project that prints its secret and has it in a file and its environment. */
  readonly neighbour: string;
  /** A stopped container that the client may see and, at level sandboxed, made. */
  readonly victim: string;
  /** A name that nothing has yet. */
  readonly fresh: string;
}

interface Trap {
  readonly title: string;
  /** Takes a container of the client’s own. */
  readonly victim?: true;
  readonly bytes: (target: Target) => string;
  /** What a client would have got by it: a piece of the answer, or something that the engine then has. */
  readonly gain: (target: Target) => { readonly answer: RegExp } | { readonly at: string; readonly holds: RegExp };
}

const IMAGE = 'debian:bookworm-slim';
const CANARY = unique('canary');
/** In the arguments of the neighbour’s process; its name and label hold only the canary. */
const SECRET = new RegExp(`TOKEN=${CANARY}`);
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n`;
const post = (path: string, body: string, type = 'application/json'): string =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: docker',
    'Connection: close',
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');

/** A body of `create` that mounts a folder of the host. */
const creates = (title: string, more: string, holds: RegExp, tail = ''): Trap => ({
  title,
  bytes: ({ fresh }) =>
    post(`/v1.41/containers/create?name=${fresh}`, `{"Image":"${IMAGE}","Cmd":["true"],${more}}${tail}`),
  gain: ({ fresh }) => ({ at: `/containers/${fresh}/json`, holds }),
});
const BOUND = /"Binds":\["\/etc:\/h"\]/;
const reads = (title: string, path: (target: Target) => string, answer: RegExp): Trap => ({
  title,
  bytes: (target) => get(path(target)),
  gain: () => ({ answer }),
});
/** The second request is the one that counts; it is hidden in what one of two parsers takes for a body. */
const hides = (title: string, head: (hidden: string) => string): Trap => ({
  title,
  bytes: ({ neighbour }) => head(get(`/containers/${neighbour}/json`)),
  gain: () => ({ answer: SECRET }),
});
const labelled = (project: string): string =>
  encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project}`] }));

/** All of them work on 20.10; most of them no longer do on current engines. */
const TRAPS: readonly Trap[] = [
  creates('host settings at the top level', '"Binds":["/etc:/h"]', BOUND),
  creates('more power at the top level', '"Privileged":true', /"Privileged":true/),
  creates('host settings in lower case', '"hostconfig":{"binds":["/etc:/h"]}', BOUND),
  creates('a letter that folds to s', '"HostConfig":{"Bindſ":["/etc:/h"]}', BOUND),
  creates('an escaped letter that folds to s', '"Ho\\u017ftConfig":{"Bind\\u017f":["/etc:/h"]}', BOUND),
  creates('a key that is given twice', '"HostConfig":{"Binds":[]},"HostConfig":{"Binds":["/etc:/h"]}', BOUND),
  creates('a second key in another case', '"HostConfig":{"Binds":[]},"HOSTCONFIG":{"Binds":["/etc:/h"]}', BOUND),
  creates('a second document after the first', '"HostConfig":{}', /"NetworkMode":"default"/, '{"x":1}'),
  creates(
    'a volume that is a folder of the host',
    '"HostConfig":{"Mounts":[{"Type":"volume","Target":"/h","VolumeOptions":{"DriverConfig":{"Name":"local","Options":{"type":"none","o":"bind","device":"/etc"}}}}]}',
    /"device":"\/etc"/,
  ),
  {
    title: 'host settings at a start of API 1.23',
    victim: true,
    bytes: ({ victim }) => post(`/v1.23/containers/${victim}/start`, '{"Binds":["/etc:/h"],"NetworkMode":"none"}'),
    gain: ({ victim }) => ({ at: `/containers/${victim}/json`, holds: BOUND }),
  },
  {
    title: 'a copy of a file by API 1.20',
    bytes: ({ neighbour }) => post(`/v1.20/containers/${neighbour}/copy`, '{"Resource":"/root/.pgpass"}'),
    gain: () => ({ answer: new RegExp(`FILE=${CANARY}`) }),
  },
  {
    title: 'a form that beats the query of a tag',
    bytes: ({ fresh }) =>
      post(`/images/${IMAGE}/tag?repo=fine&tag=1`, `repo=evil/${fresh}&tag=9`, 'application/x-www-form-urlencoded'),
    gain: ({ fresh }) => ({ at: '/images/json', holds: new RegExp(`evil/${fresh}:9`) }),
  },
  {
    title: 'a form that beats the query of a name',
    victim: true,
    bytes: ({ victim, fresh }) =>
      post(`/containers/${victim}/rename?name=fine`, `name=${fresh}`, 'application/x-www-form-urlencoded'),
    gain: ({ fresh }) => ({ at: '/containers/json?all=1', holds: new RegExp(`"/${fresh}"`) }),
  },
  reads('an encoded slash', () => '/containers%2fjson?all=1', SECRET),
  reads('an encoded slash after a name', ({ neighbour }) => `/containers/${neighbour}%2fjson`, SECRET),
  reads('an encoded letter', () => '/%63ontainers/json?all=1', SECRET),
  reads('a dot after the version', () => '/v1.41./containers/json?all=1', SECRET),
  reads('zeros in the version', () => '/v0001.0041/containers/json?all=1', SECRET),
  reads('a version from before scopes', ({ neighbour }) => `/v1.12/containers/${neighbour}/json`, SECRET),
  reads(
    'a filter that is given twice, ours last',
    ({ own }) => `/containers/json?all=1&filters=${labelled(CANARY)}&filters=${labelled(own)}`,
    SECRET,
  ),
  reads(
    'a filter in the old form',
    () =>
      `/containers/json?all=1&filters=${encodeURIComponent(`{"label":{"com.docker.compose.project=${CANARY}":true}}`)}`,
    SECRET,
  ),
  hides('a length and chunks', (hidden) => {
    const chunked = `0\r\n\r\n${hidden}`;
    return `GET /_ping HTTP/1.1\r\nHost: docker\r\nContent-Length: ${chunked.length}\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`;
  }),
  hides(
    'a length in a folded line',
    (hidden) => `GET /_ping HTTP/1.1\r\nHost: docker\r\nX: 1\r\n Content-Length: ${hidden.length}\r\n\r\n${hidden}`,
  ),
  hides('lines that end with LF', (hidden) => hidden.replaceAll('\r\n', '\n')),
  hides(
    'an upgrade that is none',
    (hidden) => `GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n${hidden}`,
  ),
  hides('an address instead of a path', (hidden) => hidden.replace('GET /', 'GET http://docker/')),
];

const LEVELS: Readonly<Record<string, readonly string[]>> = { read: [], sandboxed: ['--image', 'debian:*'] };

describe.skipIf(!engineAnswers() || !oldEngineRuns())('in front of a 20.10 engine, the firewall', () => {
  const [own, neighbour] = [unique('own'), unique(`neighbour-${CANARY}`)];
  let engine: OldEngine;

  beforeAll(async () => {
    engine = await oldEngine();
    await engine.run(
      neighbour,
      CANARY,
      `echo FILE=${CANARY} > /root/.pgpass; echo ready; sleep infinity # TOKEN=${CANARY}`,
    );
    while (!(await engine.ask('GET', `/containers/${neighbour}/logs?stdout=1`)).includes('ready')) await wait(20);
  });
  afterAll(() => engine?.stop());

  describe.each(Object.entries(LEVELS))('at level %s', (level, flags) => {
    let firewall: Sidecar;
    let address = '';

    beforeAll(async () => {
      const places = ['--listen', 'tcp://127.0.0.1:0', '--upstream', `unix://${engine.socket}`];
      firewall = await startSidecar('docker-proxy', ...places, '--scope', `project=${own}`, '--level', level, ...flags);
      address = /"listen":"(tcp:[^"]+)"/.exec(firewall.lines()[0] ?? '')?.[1] ?? '';
    });
    afterAll(() => firewall?.stop());

    /** A container of the client's own, which it may start again. */
    async function makeThrough(place: string, name: string): Promise<void> {
      const body = JSON.stringify({ Image: IMAGE, Cmd: ['true'] });
      expect(await exchange(place, post(`/v1.41/containers/create?name=${name}`, body))).toMatch(/^HTTP\/1\.1 201 /);
      expect(await exchange(place, post(`/v1.41/containers/${name}/start`, ''))).toMatch(/^HTTP\/1\.1 204 /);
    }

    it('answers what is in the project', async () => {
      expect(await exchange(address, get('/v1.41/containers/json?all=1'))).toMatch(/^HTTP\/1\.1 200 /);
    });

    it.each(TRAPS)('gives nobody $title', async ({ victim, bytes, gain }) => {
      const attempt = async (place: string, prefix: string): Promise<{ answer: string; gained: boolean }> => {
        const target = { own, neighbour, victim: unique('victim'), fresh: unique('fresh') };
        const stored = { ...target, victim: `${prefix}${target.victim}`, fresh: `${prefix}${target.fresh}` };
        if (victim && prefix !== '') await makeThrough(place, target.victim);
        else if (victim) await engine.run(target.victim, own, 'true');
        if (victim) await engine.ask('POST', `/containers/${stored.victim}/wait`);
        const answer = await exchange(place, bytes(target));
        const wanted = gain(stored);
        if ('answer' in wanted) return { answer, gained: wanted.answer.test(answer) };
        const there = await engine.ask('GET', wanted.at).catch(String);
        return { answer, gained: wanted.holds.test(there) };
      };
      const refused = await attempt(address, level === 'sandboxed' ? `${own}.sandbox.` : '');
      expect(refused).toMatchObject({ gained: false, answer: expect.stringMatching(/^HTTP\/1\.1 (?:4\d\d|200) /) });
      expect(await attempt(`unix://${engine.socket}`, '')).toMatchObject({ gained: true });
    });
  });
});
