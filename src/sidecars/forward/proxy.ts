import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import type { Audit } from '../audit.ts';
import { cut, join } from './join.ts';
import { codeOf } from './reach.ts';
import type { Connect } from './server.ts';
import { endToEnd, requestTarget, type Target, tunnelTarget } from './target.ts';

const HEAD_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;
/** So long may a client that was sent away keep its connection. */
const PARTING_MS = 1_000;
/** Cookies of all apps on localhost come with each request (RFC 6265, 8.5: they know no ports). */
const MAX_HEAD = 32 * 1024;

const SAYS = {
  target: [403, 'This proxy reaches localhost and its forwarded ports, nothing else.'],
  app: [502, 'Nothing answers on this port in the box. Is the app running?'],
  answer: [502, 'What answers on this port in the box is no HTTP that can be passed on.'],
  full: [503, 'Too many connections.'],
} as const;

type Said = keyof typeof SAYS;

/**
 * A proxy for a browser profile in which `localhost:PORT` is this box's, whatever else this machine has on that port. It
 * answers proxy requests only (CONNECT and absolute form), which a page cannot make a browser send to a server: a page
 * that got its own name to point here (DNS rebinding), or asks for http://localhost:PORT of the proxy itself, gets 403.
 */
export function makeProxy(
  ports: ReadonlySet<number>,
  connect: Connect,
  audit: Audit,
  connections: number,
): http.Server {
  const server = http.createServer({
    maxHeaderSize: MAX_HEAD,
    headersTimeout: HEAD_MS,
    requestTimeout: 0, // uploads may take their time
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 1_000,
    noDelay: true,
    keepAlive: true,
    insecureHTTPParser: false,
  });
  server.maxConnections = connections;
  server.on('drop', () => audit('refused', { code: 'full' }));

  /** What nobody foresaw ends one connection, is told, and leaves the others alone. */
  const lost =
    (socket: Duplex) =>
    (error: unknown): void => {
      audit('failed', { code: codeOf(error) });
      socket.destroy();
    };

  const noTarget = (): Said => {
    audit('refused', { code: 'proxy-target' });
    return 'target';
  };

  /** Connects a raw socket to the app; `first` goes ahead of what the client sends. */
  async function tunnel(socket: Duplex, target: Target | undefined, head: Buffer, first: string, answer: string) {
    if (!(socket instanceof net.Socket)) return void socket.destroy();
    socket.on('error', () => {});
    if (!target) return part(socket, printed(noTarget()));
    const app = await connect(target.port, socket);
    if (typeof app === 'string') return part(socket, printed(app));
    if (answer !== '') socket.write(answer);
    if (first !== '') app.write(first, 'latin1');
    if (head.length > 0) app.write(head);
    join(socket, app);
  }

  server.on('connect', ({ url = '' }, socket, head) => {
    const answer = 'HTTP/1.1 200 Connection Established\r\n\r\n';
    tunnel(socket, tunnelTarget(url, ports), head, '', answer).catch(lost(socket));
  });

  server.on('upgrade', (request, socket, head) => {
    const target = requestTarget(request.url ?? '', ports);
    const lines = [
      `${request.method} ${target?.path} HTTP/1.1`,
      ...pairs([...headersFor(request, target), 'Connection', 'Upgrade', 'Upgrade', request.headers.upgrade ?? '']),
    ];
    tunnel(socket, target, head, `${lines.join('\r\n')}\r\n\r\n`, '').catch(lost(socket));
  });

  server.on('request', (request, response) => {
    if (request.method === 'OPTIONS' && request.url === '*') return void response.writeHead(204).end();
    const target = requestTarget(request.url ?? '', ports);
    if (!target) return refuse(request, response, noTarget());
    pass(request, response, target).catch(lost(request.socket));
  });

  async function pass(request: http.IncomingMessage, response: http.ServerResponse, target: Target & { path: string }) {
    const app = await connect(target.port, request.socket);
    if (typeof app === 'string') return refuse(request, response, app);
    const { method = 'GET' } = request;
    const chunked = request.headers['transfer-encoding'] !== undefined ? ['Transfer-Encoding', 'chunked'] : [];
    const onward = http.request({
      createConnection: () => app,
      method,
      path: target.path,
      maxHeaderSize: MAX_HEAD,
      headers: [...headersFor(request, target), ...chunked, 'Connection', 'close'],
    });
    const fail = (said: Said): void => {
      app.destroy();
      if (response.writableEnded) return; // it was said already
      if (response.headersSent || request.socket.destroyed) cut(request.socket);
      else refuse(request, response, said);
    };
    onward.on('response', (answer) => {
      if (!passHead(answer, response)) {
        audit('unreachable', { port: target.port, code: 'answer' });
        return fail('answer');
      }
      pipeline(answer, response, (error) => {
        if (error) cut(request.socket);
      });
    });
    // What a server says that was not asked to change over (RFC 9110, 15.2.2).
    onward.on('upgrade', () => {
      audit('unreachable', { port: target.port, code: 'answer' });
      fail('answer');
    });
    onward.on('error', () => fail('app'));
    pipeline(request, onward, (error) => {
      if (error) fail('app');
    });
    response.on('close', () => app.destroy());
  }

  server.on('clientError', (_error, socket) => {
    if (socket.writable) part(socket, 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  return server;
}

/**
 * Says the last thing to a client and ends its connection, whether or not the client does: a half-open one would hold its
 * place for ever.
 */
function part(socket: Duplex, text: string): void {
  const late = setTimeout(() => socket.destroy(), PARTING_MS);
  socket.once('close', () => clearTimeout(late));
  socket.end(text);
  socket.resume();
}

/**
 * The head of the agent's app's answer, which may be anything that Node's parser takes, and that takes more than Node
 * sends: status 099, control characters in the words after it. False: none of it was passed on.
 */
function passHead(answer: http.IncomingMessage, response: http.ServerResponse): boolean {
  const { statusCode = 0, statusMessage = '', rawHeaders } = answer;
  if (!(statusCode >= 200 && statusCode <= 599)) return false;
  response.sendDate = false;
  try {
    response.writeHead(statusCode, PRINTABLE.test(statusMessage) ? statusMessage : '', endToEnd(rawHeaders));
  } catch {
    return false;
  }
  response.flushHeaders(); // events that come later (text/event-stream) must not keep the head waiting
  return true;
}

/** RFC 9112, 4. */
const PRINTABLE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The app sees the host that the browser's address line shows, whatever a Host field said (RFC 9112, 3.2.2). */
const headersFor = (request: http.IncomingMessage, target: Target | undefined): string[] => [
  'Host',
  target?.host ?? '',
  ...endToEnd(request.rawHeaders),
];

const pairs = (flat: readonly string[]): string[] =>
  Array.from({ length: flat.length / 2 }, (_, at) => `${flat[2 * at]}: ${flat[2 * at + 1]}`);

const HEADERS = [
  'Content-Type',
  'text/plain; charset=utf-8',
  'X-Content-Type-Options',
  'nosniff',
  'Connection',
  'close',
];

function refuse(request: http.IncomingMessage, response: http.ServerResponse, said: Said): void {
  const [status, text] = SAYS[said];
  request.resume();
  if (!response.headersSent) response.writeHead(status, HEADERS).end(`${text}\n`);
}

function printed(said: Said): string {
  const [status, text] = SAYS[said];
  const fields = [...pairs(HEADERS), `Content-Length: ${text.length + 1}`].join('\r\n');
  return `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${fields}\r\n\r\n${text}\n`;
}
