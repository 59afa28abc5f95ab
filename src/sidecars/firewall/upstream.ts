import net from 'node:net';
import type { Method } from './endpoint.ts';
import { parseExactJson } from './json.ts';
import { makeReader, type ResponseHead } from './response.ts';
import { Unexpected } from './scope.ts';
import type { Address } from './settings.ts';

/** Largest JSON answer that is read; the list of a thousand containers is under 2 MiB. The sidecar's memory is small. */
const MAX_JSON = 16 * 1024 * 1024;
/** From the request to the head of its answer, and from there to the end where the answer is collected. */
const ANSWER_TIMEOUT_MS = 120_000;
/** The same for changes: `docker stop --time 600` is answered when the container has stopped. */
const CHANGE_TIMEOUT_MS = 900_000;
const MAX_IDLE = 64;

export interface EngineRequest {
  readonly method: Method;
  /** Path and query, ours. */
  readonly target: string;
  /** JSON. */
  readonly body?: string | undefined;
  /** Asks for plain bytes in both directions. */
  readonly upgrade?: boolean;
}

/** Where the body of an answer goes. Exactly one of `end` and `failed` is the last call. */
export interface Sink {
  data(chunk: Buffer): void;
  end(): void;
  failed(error: Error): void;
}

export interface Answer {
  readonly head: ResponseHead;
  /** For a sink that can't take more for now. */
  pause(): void;
  resume(): void;
  /** The other direction; after a switch of protocols only. */
  readonly back: net.Socket;
}

export interface Taker {
  /** The head is there; what is returned gets the body. */
  answer(answer: Answer): Sink;
  failed(error: Error): void;
}

export interface Engine {
  /** Sends a request that we built. The result ends it, and nothing is called any more. */
  send(request: EngineRequest, taker: Taker): () => void;
  /** A whole answer. */
  fetch(request: EngineRequest, limit?: number): Promise<Fetched>;
  close(): void;
}

export interface Fetched {
  readonly head: ResponseHead;
  readonly body: Buffer;
}

interface Connection {
  readonly socket: net.Socket;
  readonly reused: boolean;
  request(request: EngineRequest, taker: Taker): void;
  /** When its answer must have begun. */
  until: number;
}

/** Keeps connections to the engine open, one request on each at a time. */
export function connectEngine(address: Address, now: () => number = () => performance.now()): Engine {
  const idle: Connection[] = [];
  const all = new Set<net.Socket>();
  const waiting = new Set<Connection>();
  let closed = false;
  const place = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
  const clock = setInterval(() => {
    for (const { until, socket } of waiting) {
      if (!(now() <= until)) socket.destroy(new Unexpected('the engine did not answer in time'));
    }
  }, 1_000);
  clock.unref();

  function connect(): Connection {
    const socket = net.connect({ ...place, allowHalfOpen: true, noDelay: true });
    const reader = makeReader();
    let taker: Taker | undefined;
    let sink: Sink | undefined;
    let reused = false;
    const handle = { pause: () => void socket.pause(), resume: () => void socket.resume(), back: socket };
    const connection: Connection = {
      socket,
      get reused() {
        return reused;
      },
      until: 0,
      request(request, next) {
        const bytes = print(request); // may throw, so first
        taker = next;
        const isRead = request.method === 'GET' || request.method === 'HEAD';
        connection.until = now() + (isRead ? ANSWER_TIMEOUT_MS : CHANGE_TIMEOUT_MS);
        waiting.add(connection);
        reader.expect(request.method, { head, data, end });
        socket.write(bytes);
      },
    };

    function head(found: ResponseHead): void {
      waiting.delete(connection);
      sink = taker?.answer({ head: found, ...handle });
      taker = undefined;
    }
    function data(chunk: Buffer): void {
      sink?.data(chunk);
    }
    function end(reusable: boolean): void {
      const ended = sink;
      sink = undefined;
      reused = true;
      if (closed || !reusable || !(idle.length < MAX_IDLE)) socket.destroy();
      else {
        if (socket.isPaused()) socket.resume();
        idle.push(connection);
      }
      ended?.end();
    }
    function fail(error: Error): void {
      waiting.delete(connection);
      const at = idle.indexOf(connection);
      if (at >= 0) idle.splice(at, 1);
      socket.destroy();
      const [lost, cut] = [taker, sink];
      taker = undefined;
      sink = undefined;
      lost?.failed(error);
      cut?.failed(error);
    }
    const reading = (read: () => void): void => {
      try {
        read();
      } catch (error) {
        fail(error instanceof Error ? error : new Unexpected(String(error)));
      }
    };
    socket.on('data', (chunk: Buffer) => reading(() => reader.push(chunk)));
    socket.on('end', () => {
      reading(() => reader.eof());
      if (idle.includes(connection)) fail(new Unexpected('the engine closed the connection'));
    });
    socket.on('error', fail);
    all.add(socket);
    socket.on('close', () => {
      all.delete(socket);
      fail(new Unexpected('the engine closed the connection'));
    });
    return connection;
  }

  function free(): Connection {
    for (let found = idle.pop(); found !== undefined; found = idle.pop()) {
      if (!found.socket.destroyed && found.socket.writable) return found;
    }
    return connect();
  }

  function send(request: EngineRequest, taker: Taker): () => void {
    let over = false;
    let current: Connection | undefined;
    const start = (connection: Connection): void => {
      current = connection;
      const wasReused = connection.reused;
      connection.request(request, {
        answer(answer) {
          if (over) return NOWHERE;
          const sink = taker.answer(answer);
          return {
            data(chunk) {
              if (!over) sink.data(chunk);
            },
            end() {
              if (over) return;
              over = true;
              sink.end();
            },
            failed(error) {
              if (over) return;
              over = true;
              sink.failed(error);
            },
          };
        },
        failed(error) {
          if (over) return;
          // The engine may close an idle connection in the moment in which we use it; reading may be asked for again.
          if (wasReused && !closed && (request.method === 'GET' || request.method === 'HEAD')) start(connect());
          else {
            over = true;
            taker.failed(error);
          }
        },
      });
    };
    start(free());
    return () => {
      if (over) return;
      over = true;
      current?.socket.destroy();
    };
  }

  const engine: Engine = {
    send,
    fetch: (request, limit = MAX_JSON) =>
      new Promise((resolve, reject) => {
        const stop = send(request, {
          failed: reject,
          answer: ({ head }) => collector(limit, (error, body) => (error ? giveUp(error) : resolve({ head, body }))),
        });
        const giveUp = (error: Error): void => {
          stop();
          reject(error);
        };
      }),
    close() {
      closed = true;
      clearInterval(clock);
      for (const socket of all) socket.destroy();
    },
  };
  return engine;
}

const NOWHERE: Sink = { data() {}, end() {}, failed() {} };

/** A sink that takes the whole body, or an error if it is larger than `limit` or takes too long. */
export function collector(limit: number, done: (error: Error | undefined, body: Buffer) => void): Sink {
  const chunks: Buffer[] = [];
  let size = 0;
  let over = false;
  const timer = setTimeout(() => finish(new Unexpected('the engine’s answer did not end in time')), ANSWER_TIMEOUT_MS);
  function finish(error: Error | undefined): void {
    if (over) return;
    over = true;
    clearTimeout(timer);
    const [first] = chunks;
    done(error, chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
  }
  return {
    data(chunk) {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else finish(new Unexpected('the engine’s answer is too large'));
    },
    end: () => finish(undefined),
    failed: finish,
  };
}

/** The bytes of a request. Every part of it was put together by us; a line break in one would be a second request. */
function print({ method, target, body, upgrade }: EngineRequest): string {
  if (!/^\/[\x21-\x7e]*$/.test(target)) throw new Error('the target of a request is not plain');
  const start = `${method} ${target} HTTP/1.1\r\nHost: docker\r\n`;
  const change = upgrade === true ? 'Connection: Upgrade\r\nUpgrade: tcp\r\n' : '';
  if (body !== undefined) {
    const length = Buffer.byteLength(body);
    return `${start}${change}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
  }
  return method === 'GET' || method === 'HEAD' ? `${start}${change}\r\n` : `${start}${change}Content-Length: 0\r\n\r\n`;
}

/** The text of a body; bytes that are no UTF-8 throw. */
export function textOfBody(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (error) {
    throw new Unexpected('the engine’s answer is not UTF-8', { cause: error });
  }
}

export function parseJson(body: Buffer): unknown {
  const text = textOfBody(body);
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new Unexpected('the engine’s answer is not JSON', { cause: error });
  }
}
