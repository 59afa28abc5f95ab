import type net from 'node:net';
import type { Refusal } from '../../core/decision.ts';
import type { Audit } from '../audit.ts';
import { Untold } from '../journal.ts';
import { writeRefusal } from './answer.ts';
import { makeBody } from './body.ts';
import type { Client, Raw } from './client.ts';
import { decide, type Routed } from './decide.ts';
import { refuse } from './endpoint.ts';
import type { Forward } from './forward.ts';
import { Busy } from './gate.ts';
import type { Gates } from './gates.ts';
import type { LookUp } from './lookup.ts';
import type { makeReading, Read } from './reading.ts';
import { MAX_HEAD } from './request.ts';
import { Unexpected } from './scope.ts';
import { elapsed, sentTold } from './told.ts';

/** From the first byte of a request (or from connecting) to its end. */
const REQUEST_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 120_000;
/** How long we go on reading after a final answer, so that the kernel does not reset it away (RFC 9112 section 9.6). */
const LINGER_MS = 2_000;
/** Bodies wait in memory before anything bounds how many requests are at work. */
const MAX_BODIES = 64;

export interface Surroundings {
  readonly reading: ReturnType<typeof makeReading>;
  readonly audit: Audit;
  readonly lookUp: LookUp;
  readonly gates: Gates;
  readonly forward: Forward;
  /** Bodies that are still to come whole, of all connections. */
  readonly bodies: { open: number };
  /** From our own container: its health check must get its answer while others wait. */
  readonly trusted: boolean;
}

export interface Conversation {
  tick(now: number): void;
  /** Whether an answer goes on until somebody ends it. */
  streams(): boolean;
}

/** One connection: one request after the other, each read whole before anything is done about it. */
export function converse(socket: net.Socket, around: Surroundings): Conversation {
  const { reading, audit, lookUp, gates, forward, trusted } = around;
  let pending: Buffer | undefined;
  let body: { readonly read: Read; readonly take: ReturnType<typeof makeBody> } | undefined;
  let busy = false;
  let over = false;
  let halfClosed = false;
  let raw: Raw | undefined;
  let gone: AbortController | undefined;
  let deadline = performance.now() + REQUEST_TIMEOUT_MS;
  /** What to do when the caller sends its last byte while an answer goes on. */
  let atHalf: (() => void) | undefined;

  const within = (milliseconds: number): void => {
    deadline = performance.now() + milliseconds;
  };
  const signal = (): AbortSignal => {
    gone ??= new AbortController();
    if (socket.destroyed) gone.abort();
    return gone.signal;
  };

  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    if (body) around.bodies.open--;
    body = undefined;
    gone?.abort();
  });
  socket.on('end', () => {
    halfClosed = true;
    if (raw) raw.end();
    else if (atHalf) atHalf();
    else if (!busy && socket.writableLength > 0) socket.end();
    else if (!busy) socket.destroy(); // nothing is left to say; a shutdown before it would be one more system call
  });
  socket.on('data', (chunk: Buffer) => {
    if (raw) {
      forwardRaw(raw, chunk);
      return;
    }
    if (over) return;
    if (pending === undefined && !busy) within(REQUEST_TIMEOUT_MS);
    pending = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
    if (busy && !(pending.length <= MAX_HEAD))
      socket.destroy(); // nobody asks that far ahead
    else next();
  });

  function forwardRaw(to: Raw, chunk: Buffer): void {
    if (to.data(chunk)) return;
    socket.pause(); // a paused socket does not tell when its other side is gone
    within(IDLE_TIMEOUT_MS);
  }

  function next(): void {
    if (busy || over || pending === undefined || pending.length === 0) return;
    if (body === undefined) {
      const found = reading(pending);
      if (found === undefined) return;
      if ('allow' in found) {
        stop(found, pending.subarray(0, 5).toString('latin1') === 'HEAD ');
        return;
      }
      const { read, taken } = found;
      pending = rest(pending, taken);
      const takes = 'allow' in read.routed ? undefined : read.routed.endpoint.body;
      if (takes === undefined || read.head.body === 0) {
        start(read, NOTHING);
        return;
      }
      if (!(around.bodies.open < MAX_BODIES)) {
        stop(BUSY, false);
        return;
      }
      around.bodies.open++;
      body = { read, take: makeBody(read.head.body, takes.max) };
    }
    const { read, take } = body;
    const taken = take(pending ?? NOTHING);
    if (taken === undefined) return;
    body = undefined;
    around.bodies.open--;
    if ('allow' in taken) {
      stop(taken, false);
      return;
    }
    pending = rest(pending ?? NOTHING, taken.taken);
    start(read, taken.bytes);
  }

  function start(read: Read, bytes: Buffer): void {
    busy = true;
    deadline = Number.POSITIVE_INFINITY;
    answer(read, bytes).then(answered, () => socket.destroy());
  }

  function answered(keep: boolean): void {
    atHalf = undefined;
    if (!keep || halfClosed) {
      finish();
      return;
    }
    within(IDLE_TIMEOUT_MS);
    if (socket.writableNeedDrain) {
      socket.once('drain', free); // whoever does not take an answer gets no further one
      return;
    }
    free();
  }

  function free(): void {
    busy = false;
    if (halfClosed) finish();
    else next();
  }

  /** A request that could not even be read: there is no telling where the next one starts. */
  function stop(refusal: Refusal, head: boolean): void {
    over = true;
    deadline = Number.POSITIVE_INFINITY;
    audit('refused', { code: refusal.code, status: refusal.status, ms: 0 });
    slowly(() => writeRefusal(socket, refusal, { close: true, head })).then(finish, () => socket.destroy());
  }

  async function slowly(write: () => void): Promise<void> {
    const leave = await gates.refusals.enter(signal);
    leave();
    write();
  }

  function finish(): void {
    over = true;
    socket.end();
    within(LINGER_MS);
  }

  const clientOf = ({ head, asked }: Read, close: boolean): Client => ({
    socket,
    version: head.version,
    asked,
    close,
    upgrade: head.upgrade,
    onGone(call) {
      const aborted = signal();
      if (aborted.aborted) call();
      else aborted.addEventListener('abort', call, { once: true });
      return () => aborted.removeEventListener('abort', call);
    },
    hijack(to) {
      raw = to;
      to.onDrain(() => {
        deadline = Number.POSITIVE_INFINITY;
        socket.resume();
      });
      if (pending !== undefined) forwardRaw(to, pending);
      pending = undefined;
      if (halfClosed) to.end();
    },
  });

  /** Answers one request; whether the connection can take another. */
  async function answer(read: Read, bytes: Buffer): Promise<boolean> {
    const { head, routed } = read;
    const began = performance.now();
    let seen = read.told;
    const refused = 'allow' in routed;
    const close = head.close || (refused && (head.body !== 0 || head.upgrade));
    let inside: (() => void) | undefined;
    const leave = (): void => {
      inside?.();
      inside = undefined;
    };
    const told = async (refusal: Refusal, event: string): Promise<boolean> => {
      const ends = close || head.upgrade || (head.method !== 'GET' && head.method !== 'HEAD');
      audit(event, { ...seen, code: refusal.code, status: refusal.status, ms: elapsed(began) });
      leave(); // the answer may wait; others need not wait for it
      await slowly(() => writeRefusal(socket, refusal, { close: ends, head: head.method === 'HEAD' }));
      return !ends;
    };
    if (refused) return await told(routed, 'refused');
    const { endpoint } = routed;
    const mine = endpoint.body === undefined ? routed : { endpoint, asked: { ...routed.asked, body: bytes } };
    const before = socket.bytesWritten;
    const { kind } = endpoint.reply;
    // Whoever has hung up needs no stream any more. A hijacked one goes on until both sides have ended.
    if (kind === 'bytes' || kind === 'lines') atHalf = () => socket.destroy();
    else if (kind === 'hijack') atHalf = () => {};
    try {
      if (!(trusted && kind === 'ping')) {
        const entered = gates.of(mine).enter(signal);
        inside = typeof entered === 'function' ? entered : await entered;
      }
      const { decision, scope } = await decided(mine, began);
      if (!decision.allow) return await told(decision, 'refused');
      seen = sentTold(seen, decision.send);
      audit('allowed', { ...seen, ms: elapsed(began) });
      const refusal = await forward(clientOf(read, close), mine, decision.send, scope);
      if (refusal !== undefined) return await told(refusal, 'failed');
      return !close && raw === undefined;
    } catch (error) {
      if (socket.destroyed || socket.bytesWritten !== before) {
        if (!socket.destroyed) audit('failed', { ...seen, code: 'cut', ms: elapsed(began) });
        socket.destroy(); // mid-answer: an end without the last chunk tells the caller that it is cut
        return false;
      }
      if (error instanceof Busy) return await told(BUSY, 'refused');
      if (error instanceof Untold) return await told(UNTOLD, 'refused');
      const why = reason(error);
      return await told(refuse(502, 'engine', `The container engine gave no usable answer (${why}).`), 'failed');
    } finally {
      if (endpoint.method !== 'GET' && endpoint.method !== 'HEAD') lookUp.forget();
      leave();
    }
  }

  /** What is not found in an older list may have come since. */
  async function decided(routed: Routed, began: number) {
    const { needs } = routed.endpoint;
    const found = lookUp.get(needs, false);
    const { scope, asked } = found instanceof Promise ? await found : found;
    const decision = decide(routed, scope);
    if (decision.allow || decision.code !== 'not-in-scope' || !(asked < began)) return { decision, scope };
    const fresh = await lookUp.get(needs, true);
    return { decision: decide(routed, fresh.scope), scope: fresh.scope };
  }

  return {
    tick(now) {
      if (!(now <= deadline)) socket.destroy();
    },
    streams: () => atHalf !== undefined || raw !== undefined,
  };
}

const NOTHING = Buffer.alloc(0);
const BUSY = refuse(503, 'busy', 'Too many requests for the container engine at once; try again in a second.');
const UNTOLD = refuse(503, 'audit', 'The audit log can’t be written now, so nothing is let through.');

const rest = (bytes: Buffer, from: number): Buffer | undefined =>
  bytes.length > from ? bytes.subarray(from) : undefined;

/** Why the engine failed, without the paths that system errors carry. */
function reason(error: unknown): string {
  if (error instanceof Unexpected) return error.message;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'it broke off';
}
