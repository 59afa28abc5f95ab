import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type net from 'node:net';
import { type Action, prepare } from '../../policy/actions.ts';
import type { Audit } from '../audit.ts';
import { Untold } from '../journal.ts';
import { answerJson, answerRefusal, streamed } from './answer.ts';
import { MAX_BODY, readArguments } from './body.ts';
import { environmentOf } from './environment.ts';
import { makeGate, type Refused } from './gate.ts';
import { makeLimit } from './limits.ts';
import { makeMatching } from './matching.ts';
import { listOf, openApiOf } from './openapi.ts';
import { ownAddress } from './peers.ts';
import { type Run, startRun } from './run.ts';
import { type ActionSettings, doubt } from './settings.ts';
import { toldOf } from './told.ts';

/** A request has to be complete by then; what comes later is a client that means harm, or is broken. */
const REQUEST_MS = 10_000;
/** After the end of a run, for a caller that has stopped reading. */
const LAST_MS = 30_000;
/** For reading an answer to what was no request. A client that keeps its half open would hold the connection for good. */
const MALFORMED_MS = 1_000;
const MAX_CONNECTIONS = 256;
const MAX_HEADERS = 8_192;

export interface ActionServer {
  readonly address: string;
  close(): Promise<void>;
}

interface Telling {
  readonly audit: Audit;
  /** Brings what was told to where it is kept; throws `Untold` where that can't be done. */
  commit(): void;
}

type Request = http.IncomingMessage;
type Response = http.ServerResponse;

const refused = (status: Refused['status'], code: string, message: string): Refused => ({ status, code, message });

export async function startActions(settings: ActionSettings, { audit, commit }: Telling): Promise<ActionServer> {
  const { actions } = settings;
  const own = await ownAddress(settings.listen.host);
  const matching = makeMatching();
  const limits = new Map(Object.entries(actions).map(([name, action]) => [name, makeLimit(action)]));
  const runs = new Set<Run>();
  let gate: ReturnType<typeof makeGate> | undefined;
  let host = '';

  const server = http.createServer(
    {
      maxHeaderSize: MAX_HEADERS,
      headersTimeout: REQUEST_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1_000,
      insecureHTTPParser: false,
      requireHostHeader: false, // our own check answers, and tells the log
    },
    (request, response) => {
      void serve(request, response).catch(() => {
        // A body that breaks off, or a fault of ours: neither goes by unseen.
        audit('failed', { code: 'request', peer: String(request.socket.remoteAddress) });
        response.destroy();
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = 1;
  server.on('connection', (socket) => {
    if (own.isNear(socket.remoteAddress ?? '')) return;
    audit('refused', { code: 'peer', peer: String(socket.remoteAddress) });
    socket.destroy();
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: net.Socket) => {
    if (socket.writable)
      socket.end(`HTTP/1.1 ${statusOf(error.code)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    setTimeout(() => socket.destroy(), MALFORMED_MS).unref();
    audit('refused', { code: 'malformed' });
  });
  // What would go on as another protocol is not for us.
  for (const code of ['upgrade', 'connect'] as const) {
    server.on(code, (_, socket) => {
      audit('refused', { code });
      socket.destroy();
    });
  }
  server.on('checkExpectation', (_, response) => refuse(response, refused(400, 'expectation', 'no such Expect')));

  function refuse(response: Response, reason: Refused, action?: string): void {
    audit('refused', { ...(action === undefined ? {} : { action }), code: reason.code });
    answerRefusal(response, reason);
  }

  async function serve(request: Request, response: Response): Promise<void> {
    const stopped = gate?.(request);
    if (stopped) return refuse(response, stopped);
    const { method, url = '' } = request;
    if (method === 'GET') {
      if (url === '/health') return answerJson(response, 200, { ok: true });
      if (url === '/actions') return answerJson(response, 200, listOf(actions));
      if (url === '/openapi.json') return answerJson(response, 200, openApiOf(actions, host));
    }
    const name = /^\/actions\/([a-z0-9-]{1,40})$/.exec(url)?.[1];
    const action = name !== undefined && Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (name === undefined || action === undefined) {
      const known = Object.keys(actions).join(', ');
      return refuse(response, refused(404, 'unknown', `there is no such action or page; actions: ${known}`));
    }
    if (method !== 'POST') return refuse(response, refused(405, 'method', 'an action is called by POST'), name);
    const body = await bodyOf(request);
    if (body instanceof Uint8Array) await call(request, response, name, action, body);
    else refuse(response, body, name);
  }

  async function call(
    request: Request,
    response: Response,
    name: string,
    action: Action,
    body: Uint8Array,
  ): Promise<void> {
    const given = readArguments(body);
    if (!given) {
      const flat = 'the body must be one JSON object of texts, numbers and booleans, each name once';
      return refuse(response, refused(400, 'body', flat), name);
    }
    const wait = matching.wait();
    if (wait > 0) {
      const slow = refused(429, 'slow', 'values took too long to check');
      return refuse(response, { ...slow, retryAfter: wait }, name);
    }
    const prepared = prepare(action, given, matching.matches);
    if (!prepared.ok) return refuse(response, refused(400, 'arguments', prepared.why), name);
    const environment = environmentOf(action.environment, settings.secrets, process.env);
    if (!environment.ok) {
      const missing = `${environment.missing} has no value; it belongs into .devcontainer/state/secrets on the host`;
      return refuse(response, refused(503, 'secret', missing), name);
    }
    const admission = limits.get(name)?.admit();
    if (!admission?.ok) {
      const { code = 'rate', retryAfter = 60 } = admission ?? {};
      const message = code === 'rate' ? `${action.perMinute} calls in a minute are allowed` : 'it is running';
      return refuse(response, { ...refused(429, code, message), retryAfter }, name);
    }
    const id = randomBytes(8).toString('hex');
    let gone = false;
    let run: Run | undefined;
    response.on('close', () => {
      gone = true;
      run?.stop('disconnect');
    });
    try {
      const peer = String(request.socket.remoteAddress);
      audit('allowed', { call: id, action: name, peer, ...toldOf(action, prepared.values) });
      commit(); // what is not told does not run
      let answer: ReturnType<typeof streamed> | undefined;
      run = await startRun({
        call: id,
        argv: prepared.argv,
        environment: environment.variables,
        folder: settings.data,
        timeoutMs: action.timeout * 1000,
        maxBytes: action.output,
        take: (stream, chunk) => {
          answer ??= streamed(request, response);
          return gone || answer.take(stream, chunk);
        },
      });
      answer ??= streamed(request, response);
      const started = run;
      runs.add(started);
      response.on('drain', () => started.resume());
      if (gone) started.stop('disconnect');
      const ended = await started.ended;
      runs.delete(started);
      const { exit, signal, stopped, bytes, ms } = ended;
      const how = stopped === undefined ? {} : { stopped };
      audit('finished', { call: id, action: name, exit: exit ?? signal ?? 'none', ...how, bytes, ms });
      if (gone) return;
      answer.end(ended);
      setTimeout(() => response.destroy(), LAST_MS).unref();
    } catch (error) {
      const code = error instanceof Untold ? 'untold' : 'not-started';
      const message = error instanceof Untold ? 'the audit log cannot be written' : 'the program cannot be started';
      audit('failed', { call: id, action: name, code });
      if (response.headersSent) response.destroy();
      else answerRefusal(response, refused(error instanceof Untold ? 503 : 500, code, message));
    } finally {
      admission.end(run !== undefined);
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(doubt(`cannot listen there: ${error.message}`)));
    server.listen({ host: own.address, port: settings.listen.port }, resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : settings.listen.port;
  host = `${settings.listen.host}:${port}`;
  gate = makeGate(new Set([host, `${own.address}:${port}`]), settings.token);
  audit('started', { listen: `tcp://${own.address}:${port}`, actions: Object.keys(actions).join(' ') });

  return {
    address: `http://${own.address}:${port}`,
    async close() {
      server.close();
      for (const run of runs) run.stop('shutdown');
      await Promise.all([...runs].map(({ ended }) => ended));
      server.closeAllConnections();
    },
  };
}

function statusOf(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
}

async function bodyOf(request: Request): Promise<Uint8Array | Refused> {
  const type = request.headers['content-type'];
  const large = refused(413, 'large', `the body may have ${MAX_BODY} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) return large;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (!(length <= MAX_BODY)) return large;
    chunks.push(chunk);
  }
  // A page can post any other type without asking first (Fetch standard, CORS-safelisted request-header).
  const isJson = type !== undefined && /^application\/json(?:; ?charset=utf-8)?$/i.test(type);
  return length > 0 && !isJson ? refused(415, 'type', 'the body must be application/json') : Buffer.concat(chunks);
}
