import type { Socket } from 'node:net';
import type { Refusal } from '../../core/decision.ts';
import { printJson } from './json.ts';

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** Headers of ours; the engine's own do not pass unless an endpoint names them. */
function head(status: number, headers: Readonly<Record<string, string>>, close: boolean): string {
  const lines = Object.entries({ Server: 'cofferdam', ...headers, ...(close ? { Connection: 'close' } : {}) });
  return `HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

export const writeJson = (
  socket: Socket,
  status: number,
  value: unknown,
  options: { close: boolean; head: boolean },
): void => void socket.write(jsonAnswer(status, printJson(value), options));

/** The bytes of a whole answer. */
export function jsonAnswer(status: number, json: string, options: { close: boolean; head: boolean }): Buffer {
  const body = Buffer.from(`${json}\n`);
  const start = head(
    status,
    {
      'Content-Type': 'application/json',
      'Content-Length': String(body.length),
      ...(status === 503 ? { 'Retry-After': '1' } : {}),
    },
    options.close,
  );
  return options.head ? Buffer.from(start) : Buffer.concat([Buffer.from(start), body]);
}

/** The docker CLI prints `message`. Not found is said in the engine's words, everything else is marked as ours. */
export const writeRefusal = (
  socket: Socket,
  { status, hint }: Refusal,
  options: { close: boolean; head: boolean },
): void => writeJson(socket, status, { message: status === 404 ? hint : `cofferdam: ${hint}` }, options);

export function pingAnswer(
  headers: Readonly<Record<string, string>>,
  options: { close: boolean; head: boolean },
): Buffer {
  const all = { ...headers, 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': '2' };
  return Buffer.from(head(200, all, options.close) + (options.head ? '' : 'OK'));
}

export type Headers = Readonly<Record<string, string>>;

export function startChunked(socket: Socket, contentType: string, close: boolean, more: Headers = {}): void {
  socket.write(head(200, { ...more, 'Content-Type': contentType, 'Transfer-Encoding': 'chunked' }, close));
}

/** Whether the socket takes more: a slow reader has to slow the engine down instead of filling our memory. */
export function writeChunk(socket: Socket, chunk: Uint8Array): boolean {
  if (chunk.length === 0) return true;
  socket.cork();
  socket.write(`${chunk.length.toString(16)}\r\n`);
  socket.write(chunk);
  const free = socket.write('\r\n');
  socket.uncork();
  return free;
}

export const endChunked = (socket: Socket): void => void socket.write('0\r\n\r\n');

/** A status without a body. */
export function writeEmpty(socket: Socket, status: number, close: boolean, more: Headers = {}): void {
  const length = status === 204 || status === 304 ? {} : { 'Content-Length': '0' };
  socket.write(head(status, { ...more, ...length }, close));
}

/** From here on bytes are only bytes, as the docker CLI (with `Upgrade: tcp`) and older clients (without) expect. */
export function startRaw(socket: Socket, contentType: string, upgrade: boolean): void {
  socket.write(
    upgrade
      ? `HTTP/1.1 101 UPGRADED\r\nContent-Type: ${contentType}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`
      : head(200, { 'Content-Type': contentType }, true),
  );
}
