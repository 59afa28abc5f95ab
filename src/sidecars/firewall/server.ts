import { once } from 'node:events';
import net from 'node:net';
import type { Refusal } from '../../core/decision.ts';
import { ToolError } from '../../core/errors.ts';
import type { Audit } from '../audit.ts';
import { writeRefusal } from './answer.ts';
import { decide, route } from './decide.ts';
import { refuse } from './endpoint.ts';
import { forward, type LookUp, makeLookUp } from './forward.ts';
import { Busy } from './gate.ts';
import { type Gates, makeGates } from './gates.ts';
import { ANYWHERE } from './health.ts';
import { MAX_HEAD, parseHead, type RequestHead } from './request.ts';
import { Unexpected } from './scope.ts';
import type { Settings } from './settings.ts';
import { connectEngine, type Engine } from './upstream.ts';

const MAX_CONNECTIONS = 1024;
/** From the first byte of a head (or from connecting) to its end. */
const HEAD_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 120_000;
/** How long we go on reading after a final answer, so that the kernel does not reset it away (RFC 9112 section 9.6). */
const LINGER_MS = 2_000;
const HEAD_END = '\r\n\r\n';

export interface Firewall {
  readonly address: string;
  close(): Promise<void>;
}

export async function startFirewall(settings: Settings, audit: Audit): Promise<Firewall> {
  const engine = connectEngine(settings.upstream);
  const lookUp = makeLookUp(engine, settings);
  const gates = makeGates();
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    converse(socket, { engine, settings, audit, lookUp, gates, trusted: isOwn(socket, settings) });
  });
  server.maxConnections = MAX_CONNECTIONS;
  const [listen] = settings.listen;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new ToolError('settings-invalid', `cannot listen there: ${error.message}`, 'Choose a free --listen address.', {
          cause: error,
        }),
      ),
    );
    server.listen(listen.kind === 'unix' ? { path: listen.path } : { host: listen.host, port: listen.port }, resolve);
  });
  const bound = server.address();
  const address =
    typeof bound === 'string' ? `unix://${bound}` : bound ? `tcp://${bound.address}:${bound.port}` : 'nowhere';
  const scope = settings.visible.kind === 'all' ? 'all' : `project=${settings.visible.project}`;
  const services = settings.visible.kind === 'all' ? '' : settings.visible.services.join(',');
  audit('started', { listen: address, scope, services, level: settings.access.level });
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
        engine.close();
      }),
  };
}

interface Surroundings {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly audit: Audit;
  readonly lookUp: LookUp;
  readonly gates: Gates;
  /** Our own health check, which must get its answer while others wait. */
  readonly trusted: boolean;
}

/** Whether a connection comes from our own container. If we listen there and nowhere else, that says nothing. */
function isOwn({ remoteAddress }: net.Socket, { listen: [listen] }: Settings): boolean {
  return listen.kind === 'tcp' && ANYWHERE.has(listen.host) && LOOPBACK.has(remoteAddress ?? '');
}
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** One connection: one request after the other, each read whole before anything is done about it. */
function converse(socket: net.Socket, { engine, settings, audit, lookUp, gates, trusted }: Surroundings): void {
  let pending = Buffer.alloc(0);
  let busy = false;
  let over = false;
  let halfClosed = false;
  let streaming = false;
  const gone = new AbortController();
  let timer = setTimeout(() => socket.destroy(), HEAD_TIMEOUT_MS);
  const within = (milliseconds: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => socket.destroy(), milliseconds);
  };

  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    clearTimeout(timer);
    gone.abort();
  });
  socket.on('end', () => {
    halfClosed = true;
    if (streaming) gone.abort();
    else if (!busy) socket.end();
  });
  socket.on('data', (chunk) => {
    if (over) return;
    if (pending.length === 0 && !busy) within(HEAD_TIMEOUT_MS);
    pending = Buffer.concat([pending, chunk]);
    if (busy && !(pending.length <= MAX_HEAD))
      socket.destroy(); // nobody asks that far ahead
    else next();
  });

  function next(): void {
    if (busy || over || pending.length === 0) return;
    const end = pending.indexOf(HEAD_END);
    if (end < 0 && pending.length <= MAX_HEAD && isUpperCase(pending[0])) return; // the rest is still to come
    const head = readHead(pending, end);
    if ('allow' in head) {
      stop(head, pending.subarray(0, 5).toString('latin1') === 'HEAD ');
      return;
    }
    pending = pending.subarray(end + HEAD_END.length);
    busy = true;
    clearTimeout(timer);
    answer(head)
      .then(async (keep) => {
        await drained();
        busy = false;
        if (!keep || halfClosed) {
          finish();
          return;
        }
        within(IDLE_TIMEOUT_MS);
        next();
      })
      .catch(() => socket.destroy());
  }

  /** Whoever does not take an answer gets no further one: they would pile up in our memory. */
  async function drained(): Promise<void> {
    if (!socket.writableNeedDrain || socket.destroyed) return;
    within(IDLE_TIMEOUT_MS);
    await once(socket, 'drain', { signal: gone.signal });
  }

  /** A request that could not even be read: there is no telling where the next one starts. */
  function stop(refusal: Refusal, head: boolean): void {
    over = true;
    clearTimeout(timer);
    audit('refused', { code: refusal.code, status: refusal.status });
    slowly(() => writeRefusal(socket, refusal, { close: true, head })).then(finish, () => socket.destroy());
  }

  async function slowly(write: () => void): Promise<void> {
    const leave = await gates.refusals.enter(gone.signal);
    leave();
    write();
  }

  function finish(): void {
    over = true;
    socket.end();
    within(LINGER_MS);
  }

  /** Answers one request; whether the connection can take another. */
  async function answer(head: RequestHead): Promise<boolean> {
    const seen = { method: head.method, path: `/${head.segments.join('/')}`.slice(0, 300) };
    const close = head.close || head.body || head.upgrade;
    let inside: (() => void) | undefined;
    const leave = (): void => {
      inside?.();
      inside = undefined;
    };
    const told = async (refusal: Refusal, event: string, endpoint: string): Promise<boolean> => {
      const ends = close || (head.method !== 'GET' && head.method !== 'HEAD');
      audit(event, { ...seen, endpoint, code: refusal.code, status: refusal.status });
      leave(); // the answer may wait; others need not wait for it
      await slowly(() => writeRefusal(socket, refusal, { close: ends, head: head.method === 'HEAD' }));
      return !ends;
    };
    const routed = route(head, settings.access);
    if ('allow' in routed) return await told(routed, 'refused', '');
    const { id, reply } = routed.endpoint;
    const before = socket.bytesWritten;
    streaming = reply.kind === 'bytes' || reply.kind === 'lines';
    try {
      if (!trusted) inside = await gates.of(routed).enter(gone.signal);
      const scope = await lookUp(routed.endpoint.needs, gone.signal);
      const decision = decide(routed, scope);
      if (!decision.allow) return await told(decision, 'refused', id);
      audit('allowed', { ...seen, endpoint: id });
      const exchange = { socket, engine, signal: gone.signal, version: head.version, close };
      const refusal = await forward(exchange, routed, decision.send, scope);
      if (refusal !== undefined) return await told(refusal, 'failed', id);
      return !close;
    } catch (error) {
      if (gone.signal.aborted || socket.bytesWritten !== before) {
        socket.destroy(); // mid-answer: an end without the last chunk tells the caller that it is cut
        return false;
      }
      if (error instanceof Busy) return await told(BUSY, 'refused', id);
      const why = reason(error);
      return await told(refuse(502, 'engine', `The container engine gave no usable answer (${why}).`), 'failed', id);
    } finally {
      streaming = false;
      leave();
    }
  }
}

const BUSY = refuse(503, 'busy', 'Too many requests for the container engine at once; try again in a second.');

/** Methods start so; TLS, empty lines and the like do not. */
const isUpperCase = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x41 && byte <= 0x5a;

function readHead(bytes: Buffer, end: number): RequestHead | Refusal {
  if (!isUpperCase(bytes[0])) return refuse(400, 'malformed', 'This is not an HTTP/1.1 request.');
  if (!(end >= 0 && end <= MAX_HEAD)) return refuse(431, 'head-too-large', 'The headers of the request are too large.');
  return parseHead(bytes.toString('latin1', 0, end));
}

/** Why the engine failed, without the paths that system errors carry. */
function reason(error: unknown): string {
  if (error instanceof Unexpected) return error.message;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'it broke off';
}
