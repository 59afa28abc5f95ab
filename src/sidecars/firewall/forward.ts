import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Refusal, Upstream } from '../../core/decision.ts';
import { endChunked, startChunked, writeChunk, writeJson, writePing } from './answer.ts';
import type { Routed } from './decide.ts';
import { type Need, refuse } from './endpoint.ts';
import { printJson } from './json.ts';
import { buildScope, type Lists, type Rules, type Scope, Unexpected } from './scope.ts';
import { textOf } from './shape.ts';
import { collect, type Engine, parseJson } from './upstream.ts';

const LISTS: Readonly<Record<Need, string>> = {
  containers: '/containers/json?all=1',
  networks: '/networks',
  volumes: '/volumes',
  images: '/images/json',
};

/** A line of a stream that is longer is not one that the engine makes. */
const MAX_LINE = 1024 * 1024;
const MAX_ERROR = 64 * 1024;

/** How long the list of containers may serve other requests too: a burst of them asks the engine once. */
const SHARED_MS = 200;

export type LookUp = (needs: readonly Need[], signal: AbortSignal) => Promise<Scope>;

/**
 * Asks for what a decision needs. Only the list of containers is shared: names become ids by it, and an id never means
 * another thing later, so an old list can show too little but not too much. Volumes have nothing but names.
 */
export function makeLookUp(engine: Engine, rules: Rules, now = () => performance.now()): LookUp {
  let last: { readonly asked: number; readonly list: Promise<unknown> } | undefined;
  function containers(): Promise<unknown> {
    if (last !== undefined && now() - last.asked <= SHARED_MS) return last.list;
    // Its end belongs to no single caller; the engine's side has its own time limits.
    const mine = { asked: now(), list: engine.json(LISTS.containers, new AbortController().signal) };
    last = mine;
    mine.list.catch(() => {
      if (last === mine) last = undefined;
    });
    return mine.list;
  }
  return async (needs, signal) => {
    const lists: Partial<Record<keyof Lists, unknown>> = {};
    await Promise.all(
      needs.map(async (need) => {
        const shared = need === 'containers' && !needs.includes('volumes');
        lists[need] = await (shared ? containers() : engine.json(LISTS[need], signal));
      }),
    );
    signal.throwIfAborted();
    return buildScope(rules, lists);
  };
}

export function target(version: string, { path, query }: Upstream): string {
  const pairs = Object.entries(query).map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  return `${version}${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`;
}

export interface Exchange {
  readonly socket: Socket;
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly version: string;
  readonly close: boolean;
}

/** Sends what was decided and gives the answer as the endpoint says. A refusal means: nothing was written yet. */
export async function forward(
  { socket, engine, signal, version, close }: Exchange,
  { endpoint, asked }: Routed,
  upstream: Upstream,
  scope: Scope,
): Promise<Refusal | undefined> {
  const answer = await engine.request(endpoint.method, target(version, upstream), signal);
  if (answer.statusCode !== 200) return await refusal(answer, endpoint.absent?.(asked));
  const { reply } = endpoint;
  const options = { close, head: endpoint.method === 'HEAD' };
  switch (reply.kind) {
    case 'ping':
      await collect(answer, MAX_ERROR);
      writePing(socket, pingHeaders(answer), options);
      return undefined;
    case 'json': {
      const rebuilt = reply.rebuild(parseJson(await collect(answer)), scope, asked);
      if (rebuilt === undefined) throw new Unexpected('the engine’s answer has another form');
      writeJson(socket, 200, rebuilt, options);
      return undefined;
    }
    case 'lines':
      startChunked(socket, 'application/json', close);
      for await (const line of lines(answer)) {
        const rebuilt = reply.rebuild(parseJson(line), scope, asked);
        if (rebuilt !== undefined) await writeChunk(socket, Buffer.from(`${printJson(rebuilt)}\n`), signal);
      }
      endChunked(socket);
      return undefined;
    case 'bytes':
      startChunked(socket, streamType(answer), close);
      for await (const chunk of answer) {
        if (!Buffer.isBuffer(chunk)) throw new Unexpected('the engine’s answer is not bytes');
        await writeChunk(socket, chunk, signal);
      }
      if (!answer.complete) throw new Unexpected('the engine’s answer ended early');
      endChunked(socket);
      return undefined;
    default:
      throw new Unexpected(`answers of kind ${reply.kind} are not carried yet`);
  }
}

/** The engine's refusal. Its sentences about the caller's own parameters (400) help; others may name host paths. */
async function refusal(answer: IncomingMessage, absent: string | undefined): Promise<Refusal> {
  const body = await collect(answer, MAX_ERROR);
  if (answer.statusCode === 404 && absent !== undefined) return refuse(404, 'gone', absent);
  if (answer.statusCode === 400) {
    const message = textOf(parseJson(body), 'message') ?? '';
    return refuse(400, 'engine', `The engine refused: ${message.slice(0, 300)}`);
  }
  return refuse(502, 'engine', `The engine answered with status ${answer.statusCode ?? 0}.`);
}

const PING_HEADERS: readonly (readonly [name: string, allowed: RegExp])[] = [
  ['Api-Version', /^1\.\d{2}$/],
  ['Ostype', /^(?:linux|windows)$/],
  ['Docker-Experimental', /^(?:true|false)$/],
  ['Builder-Version', /^[12]$/],
];

function pingHeaders(answer: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    PING_HEADERS.flatMap(([name, allowed]) => {
      const value = answer.headers[name.toLowerCase()];
      return typeof value === 'string' && allowed.test(value) ? [[name, value]] : [];
    }),
  );
}

const STREAM_TYPES = ['application/vnd.docker.raw-stream', 'application/vnd.docker.multiplexed-stream'] as const;

const streamType = (answer: IncomingMessage): string =>
  STREAM_TYPES.find((type) => type === answer.headers['content-type']) ?? STREAM_TYPES[0];

async function* lines(answer: IncomingMessage): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) throw new Unexpected('the engine’s answer is not bytes');
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = rest.subarray(0, end);
      rest = rest.subarray(end + 1);
      if (line.length > 0) yield line;
    }
    if (!(rest.length <= MAX_LINE)) throw new Unexpected('a line of the engine’s answer is too long');
  }
  if (!answer.complete) throw new Unexpected('the engine’s answer ended early');
  if (rest.length > 0) yield rest;
}
