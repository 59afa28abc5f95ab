import http from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { proxyAnswers } from '../../../src/sidecars/forward/health.ts';
import { endToEnd, requestTarget, tunnelTarget } from '../../../src/sidecars/forward/target.ts';
import { dial, forwardRig, type Rig, rest } from '../../support/forward.ts';

let rig: Rig;
let seen: { method: string | undefined; url: string | undefined; headers: http.IncomingHttpHeaders; body: string }[];
beforeEach(async () => {
  rig = await forwardRig({ patienceMs: 300 });
  seen = [];
});
afterEach(() => rig.close());

/** A web app where the box's is; it writes down what it got. */
async function app(
  answer: (request: http.IncomingMessage, response: http.ServerResponse) => void,
): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      answer(request, response);
    });
  });
  rig.keep(server);
  await new Promise<void>((resolve) => server.listen(join(rig.folder, `${rig.port}.sock`), resolve));
  return server;
}

/** Sends bytes to the proxy and gives all that comes back. A browser does not end its side, and so does not this. */
async function raw(text: string): Promise<string | undefined> {
  const client = await dial(rig.proxy);
  client.write(text);
  const answer = await rest(client);
  client.destroy();
  return answer;
}

describe('the proxy of a box', () => {
  it.each(['localhost', '127.0.0.1', '[::1]'])(
    'passes a request for %s on, in origin form and with that host',
    async (name) => {
      await app((_, response) => response.setHeader('X-App', 'yes').end('from the app'));
      const answer = await raw(
        `GET http://${name}:${rig.port}/a?b=c HTTP/1.1\r\nHost: evil.example\r\nProxy-Connection: keep-alive\r\nX-Own: 1\r\nConnection: close, x-hop\r\nX-Hop: 1\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(answer).toContain('X-App: yes\r\n');
      expect(answer).toContain('from the app');
      expect(seen).toHaveLength(1);
      expect(seen[0]).toMatchObject({
        method: 'GET',
        url: '/a?b=c',
        headers: { host: `${name}:${rig.port}`, 'x-own': '1' },
      });
      expect(seen[0]?.headers).not.toHaveProperty('x-hop');
      expect(seen[0]?.headers).not.toHaveProperty('proxy-connection');
    },
  );

  it('passes bodies on, of a known length and in chunks, and keeps the connection for the next request', async () => {
    await app((_, response) => response.end('ok'));
    const target = `http://localhost:${rig.port}/`;
    const answer = await raw(
      `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc` +
        `POST ${target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n` +
        `DELETE ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(seen.map(({ method, body }) => `${method} ${body}`)).toEqual(['POST abc', 'POST de', 'DELETE ']);
    expect(answer?.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  });

  it('tunnels to a forwarded port, half-closed too', async () => {
    await rig.serve((socket) => {
      void rest(socket).then((text) => socket.end(`got ${text}`));
    });
    const client = await dial(rig.proxy);
    client.end(`CONNECT localhost:${rig.port} HTTP/1.1\r\nHost: localhost\r\n\r\nthrough the tunnel`);
    const answer = await rest(client);
    expect(answer).toBe('HTTP/1.1 200 Connection Established\r\n\r\ngot through the tunnel');
  });

  it('passes a WebSocket’s beginning and everything after it on', async () => {
    const server = await app((_, response) => response.end());
    server.on('upgrade', (request, socket, head) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${request.headers.upgrade}\r\nConnection: Upgrade\r\n\r\n`,
      );
      socket.end(head);
    });
    const answer = await raw(
      `GET http://localhost:${rig.port}/ws HTTP/1.1\r\nHost: x\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nframes`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\nframes$/);
  });

  it('passes on what comes bit by bit as it comes', async () => {
    const sources: http.ServerResponse[] = [];
    await app((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: 1\n\n');
      sources.push(response);
    });
    const client = await dial(rig.proxy);
    client.write(`GET http://localhost:${rig.port}/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    let text = '';
    await new Promise<void>((resolve) => {
      client.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('data: 1')) resolve(); // while the answer is not over
      });
    });
    expect(sources[0]?.writableEnded).toBe(false);
    client.destroy();
    await new Promise((resolve) => sources[0]?.once('close', resolve)); // the app learns that nobody listens
  });

  const REFUSED: readonly (readonly [string, (port: number, proxy: number) => string])[] = [
    ['another host', (port) => `GET http://evil.example:${port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`],
    ['a port that is not forwarded', () => 'GET http://localhost:22/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['no port', () => 'GET http://localhost/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    [
      'a user in front of the host',
      (port) => `GET http://localhost@evil.example:${port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    ],
    [
      'a name that begins like one of ours',
      (port) => `GET http://localhost.evil.example:${port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    ],
    [
      'the metadata service of a cloud',
      () => 'GET http://169.254.169.254/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ],
    ['another scheme', (port) => `GET ftp://localhost:${port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`],
    ['a page’s own request after rebinding', (_port, proxy) => `GET / HTTP/1.1\r\nHost: evil.example:${proxy}\r\n\r\n`],
    ['a request to the proxy as a server', (_port, proxy) => `GET /x HTTP/1.1\r\nHost: localhost:${proxy}\r\n\r\n`],
    ['a Host that is a forwarded port’s', (port) => `GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`],
    [
      'a tunnel to another host',
      (port) => `CONNECT evil.example:${port} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    ],
    ['a tunnel to another port', () => 'CONNECT localhost:22 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    [
      'a tunnel to the proxy itself',
      (_, proxy) => `CONNECT localhost:${proxy} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    ],
    [
      'a WebSocket elsewhere',
      () => 'GET http://evil.example/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    ],
  ];
  it.each(REFUSED)('refuses %s, and tells it', async (_, request) => {
    await app((_request, response) => response.end('reached'));
    expect(await raw(request(rig.port, rig.proxy))).toMatch(/^HTTP\/1\.1 403 /);
    expect(seen).toEqual([]);
    expect(rig.told).toContainEqual({ event: 'refused', detail: { code: 'proxy-target' } });
  });

  it.each([
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    [
      'two lengths',
      'POST http://localhost:1/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
    ],
    [
      'a length and chunks',
      'POST http://localhost:1/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a bare line feed in a field', 'GET http://localhost:1/ HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n'],
    ['no Host', 'GET http://localhost:1/ HTTP/1.1\r\n\r\n'],
    ['a head without end', `GET http://localhost:1/ HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(64 * 1024)}`],
  ])('refuses %s', async (_, bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(seen).toEqual([]);
  });

  it('says so where no app answers', async () => {
    expect(await raw(`GET http://localhost:${rig.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 502 /,
    );
    expect(await raw(`CONNECT localhost:${rig.port} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 502 /,
    );
    await rig.serve((socket) => socket.end()); // the relay answers, the app does not
    expect(await raw(`GET http://localhost:${rig.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 502 /,
    );
  });

  it('ends no answer that the app did not end', async () => {
    await rig.serve((socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'));
    const answer = await raw(`GET http://localhost:${rig.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(answer ?? '').not.toContain('\r\n0\r\n');
  });
});

describe('an app that answers what it should not', () => {
  const ask = (): Promise<string | undefined> =>
    raw(`GET http://localhost:${rig.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

  it.each([
    ['000', 'HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n'],
    ['099', 'HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n'],
    ['999', 'HTTP/1.1 999 High\r\nContent-Length: 0\r\n\r\n'],
    [
      'a 101 that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nmore',
    ],
  ])('gets 502 for %s, and the sidecar goes on', async (_, head) => {
    await rig.serve((socket) => void socket.write(head));
    const answer = await ask();
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer).toContain('no HTTP that can be passed on');
    expect(rig.told).toContainEqual({ event: 'unreachable', detail: { port: rig.port, code: 'answer' } });
    expect(await ask()).toMatch(/^HTTP\/1\.1 502 /);
  });

  it('has its words for a status left out where they are not printable', async () => {
    await rig.serve((socket) => void socket.end('HTTP/1.1 200 O\x01K\r\nContent-Length: 2\r\n\r\nhi'));
    const answer = await ask();
    expect(answer).toMatch(/^HTTP\/1\.1 200 \r\n/);
    expect(answer).toMatch(/hi$/);
  });
});

describe('clients that never end their side', () => {
  it.each([
    ['no HTTP at all', '\x16\x03\x01\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a tunnel elsewhere', 'CONNECT localhost:22 HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 403 /],
  ])('hold no place: %s', async (_, bytes, said) => {
    await rig.close();
    rig = await forwardRig({ patienceMs: 300, total: 4 });
    const clients = await Promise.all(Array.from({ length: 4 }, () => dial(rig.proxy)));
    const answers = clients.map((client) => rest(client));
    for (const client of clients) client.write(bytes);
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(said);
    expect(clients.map(({ writable }) => writable)).toEqual([true, true, true, true]); // half-open
    while (!(await proxyAnswers(rig.proxy))) await new Promise((resolve) => setImmediate(resolve));
    for (const client of clients) client.destroy();
  });
});

describe('what the proxy takes for a target', () => {
  const ports = new Set([3000]);
  it('is one of three names with a forwarded port, whatever else is tried', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'localhost127.0.0.1[::1]:3000@/?#%\\ \t') }), (text) => {
        const target = tunnelTarget(text, ports);
        if (target) expect(['localhost:3000', '127.0.0.1:3000', '[::1]:3000']).toContain(text);
        const request = requestTarget(`http://${text}`, ports);
        // As a browser reads it: the same host and port.
        if (request) expect(new URL(`http://${text}`).host).toBe(request.host);
      }),
      { numRuns: 5_000 },
    );
    expect(tunnelTarget('localhost:3000', ports)).toEqual({ port: 3000, host: 'localhost:3000' });
    expect(requestTarget('http://localhost:3000?a', ports)).toEqual({
      port: 3000,
      host: 'localhost:3000',
      path: '/?a',
    });
  });

  it('takes off what is for the next neighbour alone', () => {
    expect(
      endToEnd(['A', '1', 'Connection', 'x-b, close', 'X-B', '2', 'Keep-Alive', '5', 'TE', 'trailers', 'C', '3']),
    ).toEqual(['A', '1', 'C', '3']);
  });
});
