import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Actions, headersOf, startActionsSidecar, TOKEN } from '../support/actions.ts';
import { exchange } from '../support/raw.ts';

const POLICY = `actions:
  argv:
    describe: does nothing with its words
    run: [/bin/true, "--a={a}", "--b={b}"]
    arguments:
      a: { type: string, pattern: "[^]*", maxLength: 4096 }
      b: { type: string, pattern: "[^]*", maxLength: 4096 }
    perMinute: 60
    concurrency: 20
`;

let actions: Actions;
beforeAll(async () => {
  actions = await startActionsSidecar(POLICY);
});
afterAll(() => actions.stop());

const entries = (): readonly { event: string; detail: Record<string, unknown> }[] =>
  actions.lines().map((line) => JSON.parse(line));

describe('a request that is refused', () => {
  const post = (headers: Record<string, string | undefined>, body = '{"a":"x","b":"x"}') => {
    const all = Object.entries({ ...headersOf(actions.port), ...headers }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    );
    return actions.ask('POST', '/actions/argv', body, Object.fromEntries(all));
  };

  it('is one that would be answered without what is wrong with it', async () => {
    expect((await post({})).status).toBe(200);
  });

  it.each<[string, number, Record<string, string | undefined>]>([
    ['no token', 401, { Authorization: undefined }],
    ['another token', 401, { Authorization: `Bearer ${'b'.repeat(64)}` }],
    ['a part of the token', 401, { Authorization: `Bearer ${TOKEN.slice(1)}` }],
    ['the token twice in one header', 401, { Authorization: `Bearer ${TOKEN}, Bearer ${TOKEN}` }],
    ['another way to say it', 401, { Authorization: `Basic ${TOKEN}` }],
    ['the host of a page that was rebound', 403, { Host: 'rebound.example:7070' }],
    ['the right host, another port', 403, { Host: '127.0.0.1:1' }],
    ['an origin', 403, { Origin: 'http://127.0.0.1' }],
    ['an opaque origin', 403, { Origin: 'null' }],
    ['the marks of a browser', 403, { 'Sec-Fetch-Site': 'same-origin' }],
    ['a form’s type', 415, { 'Content-Type': 'text/plain' }],
    ['no type', 415, { 'Content-Type': undefined }],
  ])('has %s', async (_, status, headers) => {
    expect((await post(headers)).status).toBe(status);
  });

  it.each<[string, number, string]>([
    ['a name twice', 400, '{"a":"x","a":"y","b":"x"}'],
    ['a name twice, one of them written otherwise', 400, '{"a":"x","\\u0061":"y","b":"x"}'],
    ['a list', 400, '[]'],
    ['a value that is an object', 400, '{"a":{},"b":"x"}'],
    ['a value that is null', 400, '{"a":null,"b":"x"}'],
    ['no JSON', 400, '{a: 1}'],
    ['more than JSON', 400, '{"a":"x","b":"x"} x'],
    ['a byte order mark', 400, '\ufeff{"a":"x","b":"x"}'],
    ['an unknown name', 400, '{"a":"x","b":"x","c":"x"}'],
    ['the prototype', 400, '{"a":"x","b":"x","__proto__":"x"}'],
    ['NUL in a text', 400, '{"a":"\\u0000","b":"x"}'],
    ['too much', 413, `{"a":"${'x'.repeat(70_000)}","b":"x"}`],
  ])('has a body with %s', async (_, status, body) => {
    expect((await post({}, body)).status).toBe(status);
  });

  it('has bytes that are no text', async () => {
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request(
        { port: actions.port, method: 'POST', path: '/actions/argv', headers: headersOf(actions.port) },
        (response) => resolve(response.resume().statusCode),
      );
      request.on('error', reject);
      request.end(Buffer.from('7b2261223a22ff222c2262223a2278227d', 'hex'));
    });
    expect(answer).toBe(400);
  });

  it.each<[string, string, number]>([
    ['GET', '/actions/argv', 405],
    ['POST', '/actions/unknown', 404],
    ['POST', '/actions/constructor', 404],
    ['POST', '/actions/argv?a=x', 404],
    ['POST', '/actions/../actions/argv', 404],
    ['POST', '//actions/argv', 404],
    ['OPTIONS', '/actions/argv', 405],
    ['GET', '/openapi.json/', 404],
  ])('asks %s %s', async (method, path, status) => {
    const answer = await actions.ask(method, path, method === 'POST' ? '{"a":"x","b":"x"}' : undefined);
    expect(answer.status).toBe(status);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('calls that are refused for their values', () => {
  it('cannot keep the sidecar from its work by slow patterns', async () => {
    const slow = await startActionsSidecar(`actions:
  slow:
    describe: takes what is slow on purpose
    run: [/bin/true, "--a={a}"]
    arguments: { a: { type: string, pattern: "(a+)+b", maxLength: 4096 } }
`);
    try {
      const answers = await Promise.all(Array.from({ length: 100 }, () => slow.call('slow', { a: 'a'.repeat(4096) })));
      const refused = answers.filter(({ status }) => status === 429);
      // Each of the others took a tenth of a second; ten seconds would have been spent on all.
      expect(answers.filter(({ status }) => status === 400).length).toBeGreaterThan(0);
      expect(refused.length).toBeGreaterThan(50);
      for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    } finally {
      await slow.stop();
    }
  });
});

describe('a caller from another network', () => {
  /** What one who calls from this address is told, token and all; nothing if the connection is cut. */
  const from = (localAddress: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const at = { host: '127.0.0.1', port: actions.port, path: '/actions', localAddress, agent: false };
      const request = http.get({ ...at, headers: headersOf(actions.port) }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', (error) =>
        'code' in error && error.code === 'ECONNRESET' ? resolve(undefined) : reject(error),
      );
    });

  it('is cut off, though it reaches the address and has the token', async () => {
    // Of another interface of this machine: the kernel delivers what comes from there to any address that is its own.
    const other = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
    if (other === undefined) throw new Error('this machine has no address besides those of its loopback');
    expect(await from('127.0.0.2')).toBe(200);
    expect(await from(other)).toBeUndefined();
    await expect
      .poll(entries)
      .toContainEqual(
        expect.objectContaining({ event: 'refused', detail: expect.objectContaining({ code: 'peer', peer: other }) }),
      );
  });
});

describe('bytes that are no proper request', () => {
  const at = () => `tcp://127.0.0.1:${actions.port}`;
  const head = () =>
    `POST /actions/argv HTTP/1.1\r\nHost: 127.0.0.1:${actions.port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;

  it.each<[string, () => string, RegExp]>([
    [
      'two hosts',
      () => `${head().replace('\r\n', '\r\nHost: evil\r\n')}Content-Length: 0\r\n\r\n`,
      /^HTTP\/1.1 40[03]/,
    ],
    ['two lengths', () => `${head()}Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello`, /^HTTP\/1.1 400/],
    [
      'a length and chunks',
      () => `${head()}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1.1 400/,
    ],
    ['a folded header', () => `${head()}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`, /^HTTP\/1.1 400/],
    ['a bare line feed', () => `${head().replaceAll('\r\n', '\n')}\n`, /^HTTP\/1.1 40[03]/],
    ['a header too large', () => `${head()}X: ${'x'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1.1 431/],
    ['an upgrade', () => `${head()}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`, /^$/],
    ['a tunnel', () => 'CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n', /^$/],
    ['another protocol', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^HTTP\/1.1 400/],
    ['no host', () => `GET /health HTTP/1.0\r\n\r\n`, /^HTTP\/1.1 403/],
    ['an expectation', () => `${head()}Expect: nothing\r\nContent-Length: 0\r\n\r\n`, /^HTTP\/1.1 400/],
  ])('are answered with an error or nothing, and the log tells them: %s', async (_, bytes, expected) => {
    const before = entries().length;
    expect(await exchange(at(), bytes())).toMatch(expected);
    await expect.poll(() => entries().length).toBeGreaterThan(before);
    expect(
      new Set(
        entries()
          .slice(before)
          .map(({ event }) => event),
      ),
    ).toEqual(new Set(['refused']));
  });

  it('are in the log where they break off', async () => {
    const before = entries().length;
    const type = 'Content-Type: application/json\r\n';
    const client = net.connect({ host: '127.0.0.1', port: actions.port });
    client.write(`${head()}${type}Content-Length: 100\r\n\r\n{"a":`);
    setTimeout(() => client.destroy(), 200);
    await once(client, 'close');
    await expect
      .poll(() => entries().slice(before))
      .toContainEqual(
        expect.objectContaining({ event: 'failed', detail: expect.objectContaining({ code: 'request' }) }),
      );
  });

  it('are waited for no longer than ten seconds', async () => {
    expect(await exchange(at(), head())).toMatch(/^HTTP\/1.1 408/);
  });

  it('get one answer on a connection', async () => {
    const one = `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${actions.port}\r\n\r\n`;
    expect((await exchange(at(), one + one)).match(/HTTP\/1.1 200/g)).toHaveLength(1);
  });

  it('hold no connection, although their clients keep theirs half open', async () => {
    const clients = Array.from({ length: 256 }, () => {
      const client = net.connect({ host: '127.0.0.1', port: actions.port, allowHalfOpen: true });
      client.on('error', () => {});
      client.resume();
      client.write('no request\r\n\r\n');
      return client;
    });
    await Promise.all(clients.map((client) => once(client, 'end'))); // each has its answer, and its place
    const health = () =>
      actions.ask('GET', '/health').then(
        ({ status }) => status,
        () => 0,
      );
    while ((await health()) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
    for (const client of clients) client.destroy();
  });
});
