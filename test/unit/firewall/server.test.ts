import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Audit } from '../../../src/sidecars/audit.ts';
import { type Firewall, startFirewall } from '../../../src/sidecars/firewall/server.ts';
import { exchange, type Recorder, type Respond, recorder } from '../../support/raw.ts';
import { settingsOf } from '../../support/rules.ts';

const ID = 'c'.repeat(64);
const LIST = JSON.stringify([
  { Id: ID, Names: ['/web'], ImageID: 'sha256:1', Labels: { 'com.docker.compose.project': 'shop' } },
]);

/** Answers the firewall's own question for containers; everything else with `rest`. */
const engine =
  (rest: Respond): Respond =>
  (request, response) => {
    if (request.url === '/containers/json?all=1') response.end(LIST);
    else rest(request, response);
  };

/** Waits for a condition. */
async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the server', () => {
  let upstream: Recorder | undefined;
  let firewall: Firewall | undefined;
  let told: { event: string; detail: Parameters<Audit>[1] }[] = [];

  async function start(respond: Respond): Promise<string> {
    upstream = await recorder(respond);
    firewall = await startFirewall(settingsOf(upstream.socket), (event, detail) => told.push({ event, detail }));
    return firewall.address;
  }
  const targets = (): string[] => upstream?.seen.map(({ target }) => target) ?? [];

  beforeEach(() => {
    told = [];
  });
  afterEach(async () => {
    await firewall?.close();
    await upstream?.close();
  });

  const get = (path: string, ...headers: string[]): string =>
    [`GET ${path} HTTP/1.1`, 'Host: docker', ...headers, '', ''].join('\r\n');

  describe('lets no part of a strange request reach the engine', () => {
    it.each([
      ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
      ['a TLS hello', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'],
      ['a request after an empty line', `\r\n${get('/swarm')}`],
      ['bare line feeds', 'GET /_ping HTTP/1.1\nHost: docker\n\nGET /swarm HTTP/1.1\nHost: docker\n\n\r\n\r\n'],
      ['length and coding together', get('/_ping', 'Content-Length: 5', 'Transfer-Encoding: chunked') + get('/swarm')],
      ['a coded body that hides a request', `${get('/_ping', 'Transfer-Encoding: chunked')}0\r\n\r\n${get('/swarm')}`],
      ['a body that hides a request', `${get('/_ping', 'Content-Length: 40')}${get('/swarm')}`],
      [
        'HTTP/1.0 with a coded body',
        `GET /_ping HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${get('/swarm')}`,
      ],
      ['an upgrade, then another request', get('/_ping', 'Connection: Upgrade', 'Upgrade: tcp') + get('/swarm')],
      [
        'an upgrade to HTTP/2',
        get('/_ping', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: A'),
      ],
      ['absolute form', `GET http://docker/_ping HTTP/1.1\r\nHost: docker\r\n\r\n${get('/swarm')}`],
      ['CONNECT', 'CONNECT docker:2375 HTTP/1.1\r\nHost: docker\r\n\r\nGET /swarm HTTP/1.1\r\n\r\n'],
      ['a folded header', get('/_ping', 'X: 1', ' Content-Length: 40') + get('/swarm')],
      ['an encoded path', get('/containers%2fjson')],
      ['17 KiB of headers', get('/_ping', `X: ${'x'.repeat(17 * 1024)}`)],
      ['1 MiB of headers without an end', `GET /_ping HTTP/1.1\r\nX: ${'x'.repeat(1024 * 1024)}`],
      ['65 headers', get('/_ping', ...Array.from({ length: 65 }, (_, index) => `X-${index}: 1`))],
    ])('%s', async (_, bytes) => {
      const address = await start((_request, response) => response.end('OK'));
      const answer = await exchange(address, Buffer.from(bytes, 'latin1'));
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(answer).toContain('Connection: close');
      expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
      expect(targets()).toEqual([]);
      expect(told.map(({ event }) => event)).toEqual(['started', 'refused']);
    });
  });

  it('answers two requests sent at once one after the other, each on its own merits', async () => {
    const address = await start((_request, response) => response.end('OK'));
    const answer = await exchange(address, get('/_ping') + get('/swarm') + get('/_ping', 'Connection: close'));
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 403', 'HTTP/1.1 200']);
    expect(targets()).toEqual(['GET /_ping', 'GET /_ping']);
  });

  it('passes no header of the caller on', async () => {
    const address = await start((_request, response) => response.end('OK'));
    await exchange(
      address,
      get('/_ping', 'X-Registry-Auth: secret', 'Connection: close', 'Accept: text/x', 'Cookie: a'),
    );
    expect(upstream?.seen.map(({ headers }) => headers)).toEqual([{ host: 'docker' }]);
  });

  it('sends the id in place of the name, so that the engine can’t find another one by it', async () => {
    const address = await start(engine((_request, response) => response.end('{}')));
    await exchange(address, get('/v1.51/containers/web/json', 'Connection: close'));
    expect(targets()).toEqual(['GET /containers/json?all=1', `GET /v1.51/containers/${ID}/json`]);
  });

  it('asks the engine nothing more about a container that is not visible, and says what it would say of none', async () => {
    const address = await start(engine((_request, response) => response.end('{}')));
    const answer = await exchange(address, get('/containers/db/json', 'Connection: close'));
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toContain('{"message":"No such container: db"}');
    expect(targets()).toEqual(['GET /containers/json?all=1']);
  });

  it.each<[string, Respond]>([
    ['closes the connection', (request) => request.socket.destroy()],
    ['sends no JSON', (_request, response) => response.end('<html>')],
    ['sends broken UTF-8', (_request, response) => response.end(Buffer.from([0x22, 0xff, 0x22]))],
    ['sends another type', (_request, response) => response.end('"text"')],
    ['sends an error', (_request, response) => response.writeHead(500).end('{"message":"/host/path"}')],
    ['sends a redirect', (_request, response) => response.writeHead(301, { location: '/swarm' }).end()],
    ['sends too little', (request) => request.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}')],
    ['sends too much', (_request, response) => response.end(`{}${' '.repeat(17 * 1024 * 1024)}`)],
    [
      'switches protocols',
      (request) => request.socket.end('HTTP/1.1 101 OK\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n'),
    ],
  ])('says that the engine gave no usable answer if it %s', async (_, respond) => {
    const address = await start(engine(respond));
    const answer = await exchange(address, get('/containers/web/json', 'Connection: close'));
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer).toContain('"message":"cofferdam: The ');
    expect(answer).not.toContain('/host/path');
    expect(told.map(({ event }) => event)).toEqual(['started', 'allowed', 'failed']);
  });

  it('shows nothing if the engine’s list of containers can’t be read', async () => {
    const address = await start((_request, response) => response.end('{}'));
    expect(await exchange(address, get('/containers/json', 'Connection: close'))).toMatch(/^HTTP\/1\.1 502 /);
    expect(await exchange(address, get('/containers/web/json', 'Connection: close'))).toMatch(/^HTTP\/1\.1 502 /);
  });

  it('says that no engine is there, without its path', async () => {
    const address = await start(() => {});
    await upstream?.close();
    const answer = await exchange(address, get('/_ping', 'Connection: close'));
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer).not.toContain('engine.sock');
  });

  it('cuts a stream short, rather than end it properly, if the engine breaks off', async () => {
    let breakOff = (): void => {};
    const address = await start(
      engine((request, response) => {
        breakOff = () => request.socket.destroy();
        response.write('some');
      }),
    );
    const asked = get('/containers/web/logs?stdout=1', 'Connection: close');
    const answer = await exchange(address, asked, undefined, (text) => text.includes('some') && breakOff());
    expect(answer).toContain('some');
    expect(answer).not.toContain('0\r\n\r\n');
  });

  it('closes the engine’s side of a stream when the caller goes away', async () => {
    let gone = (): void => {};
    const closed = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const address = await start(
      engine((request, response) => {
        request.socket.on('close', gone);
        response.write('some');
      }),
    );
    await exchange(address, get('/containers/web/logs?stdout=1&follow=1'), /some/);
    await closed;
  });

  it('holds the engine back when the caller reads slowly', async () => {
    const size = 64 * 1024 * 1024;
    let sent = 0;
    const address = await start(
      engine((_request, response) => {
        const block = Buffer.alloc(64 * 1024, 'x');
        const more = (): void => {
          while (sent < size) {
            sent += block.length;
            if (!response.write(block)) {
              response.once('drain', more);
              return;
            }
          }
        };
        more();
      }),
    );
    const { hostname, port } = new URL(address);
    const net = await import('node:net');
    const socket = net.connect(Number(port), hostname, () => socket.write(get('/containers/web/logs?stdout=1')));
    socket.once('data', () => socket.pause());
    let before = -1;
    while (sent !== before || sent === 0) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(sent).toBeLessThan(size / 2);
    socket.destroy();
  });

  it('answers nothing more on a connection whose caller does not read', async () => {
    const entry = {
      Id: ID,
      Names: ['/web'],
      Image: 'x'.repeat(100_000),
      Labels: { 'com.docker.compose.project': 'shop' },
    };
    const address = await start((request, response) => {
      if (request.url === '/containers/json?all=1') response.end(LIST);
      else response.end(JSON.stringify(Array.from({ length: 100 }, () => entry)));
    });
    const { hostname, port } = new URL(address);
    const net = await import('node:net');
    const socket = net.connect(Number(port), hostname, () => socket.write(get('/containers/json').repeat(50)));
    socket.pause();
    let before = -1;
    while (targets().length !== before || before === 0) {
      before = targets().length;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(before).toBeLessThan(12);
    socket.destroy();
  });

  it('asks the engine for few things at once, and says so to who finds the line full', async () => {
    let open = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const address = await start((_request, response) => {
      most = Math.max(most, ++open);
      waiting.push(() => {
        open--;
        response.end('{}');
      });
    });
    const answers = Array.from({ length: 100 }, (_, index) =>
      exchange(address, get(`/v1.${(index % 90) + 10}/version`, 'Connection: close')),
    );
    const early = await Promise.any(answers);
    expect(early).toMatch(/^HTTP\/1\.1 503 /);
    expect(early).toContain('Retry-After: 1');
    const timer = setInterval(() => {
      for (const done of waiting.splice(0)) done();
    }, 5);
    const statuses = (await Promise.all(answers)).map((answer) => answer.slice(9, 12));
    clearInterval(timer);
    expect(most).toBe(8);
    expect(new Set(statuses)).toEqual(new Set(['200', '503']));
  });

  it('asks the engine a few times for many who ask the same at once', async () => {
    const release: (() => void)[] = [];
    const address = await start((_request, response) => {
      const body = JSON.stringify({ Version: String(release.length + 1) });
      release.push(() => response.end(body));
    });
    const version = async (): Promise<string> =>
      /"Version":"(\d+)"/.exec(await exchange(address, get('/version', 'Connection: close')))?.[1] ?? '';
    const answers = Array.from({ length: 8 }, version);
    await until(() => told.filter(({ event }) => event === 'allowed').length === 8);
    expect(release).toHaveLength(4);
    for (const one of release) one();
    await until(() => release.length === 5);
    release[4]?.();
    expect((await Promise.all(answers)).sort()).toEqual(['1', '2', '3', '4', '5', '5', '5', '5']);
  });

  it('measures disk usage for one caller at a time', async () => {
    let open = 0;
    let most = 0;
    const address = await start((request, response) => {
      if (!request.url?.startsWith('/system/df')) return void response.end(request.url === '/volumes' ? '{}' : '[]');
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        response.end('{}');
      }, 50);
    });
    await Promise.all(Array.from({ length: 4 }, () => exchange(address, get('/system/df', 'Connection: close'))));
    expect(most).toBe(1);
  });

  it('asks for the list of containers once for requests that come together', async () => {
    const address = await start(engine((_request, response) => response.end('{}')));
    await exchange(address, get('/containers/web/json').repeat(2) + get('/containers/web/json', 'Connection: close'));
    expect(targets().filter((target) => target.includes('all=1'))).toHaveLength(1);
  });

  it('slows down refusals that come in masses', async () => {
    const address = await start((_request, response) => response.end('OK'));
    const began = performance.now();
    await exchange(address, get('/swarm').repeat(240) + get('/swarm', 'Connection: close'));
    expect(performance.now() - began).toBeGreaterThan(500); // 40 beyond the first 200, at 50 a second
  });

  it('writes no query, header or body into the audit log', async () => {
    const address = await start(engine((_request, response) => response.end('secret-3')));
    await exchange(address, get('/containers/web/logs?stdout=1&tail=4242', 'X-Secret: secret-2', 'Connection: close'));
    await exchange(address, get('/nowhere?token=secret-1', 'Connection: close'));
    expect(told).toHaveLength(3);
    expect(JSON.stringify(told)).not.toMatch(/secret|4242/);
  });
});
