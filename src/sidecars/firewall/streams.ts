import type { Socket } from 'node:net';
import { endChunked, type Headers, startChunked, startRaw, writeChunk, writeEmpty } from './answer.ts';
import type { Client } from './client.ts';
import type { Endpoint } from './endpoint.ts';
import { printJson } from './json.ts';
import type { ResponseHead } from './response.ts';
import { Unexpected } from './scope.ts';
import {
  type Answer,
  collector,
  type Engine,
  type EngineRequest,
  type Fetched,
  parseJson,
  type Sink,
} from './upstream.ts';

/** A line of a stream that is longer is not one that the engine makes. */
const MAX_LINE = 1024 * 1024;
const MAX_ERROR = 64 * 1024;

/**
 * Carries an answer whose end is not waited for. Resolves when it is over, with the engine's own refusal if that is what
 * came and nothing was written yet; rejects if it broke off.
 */
export function carry(
  engine: Engine,
  client: Client,
  request: EngineRequest,
  { reply: { kind }, passes = {} }: Pick<Endpoint, 'reply' | 'passes'>,
  rebuild: (entry: unknown) => unknown,
): Promise<Fetched | undefined> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      forget();
      settle();
    };
    const sinkOf = (answer: Answer): Sink => {
      const over = (error?: Error): void => finish(() => (error ? reject(error) : resolve(undefined)));
      if (kind === 'hijack' && answer.head.status === 101) return raw(client, answer, over);
      if (answer.head.status === 200 && kind === 'bytes')
        return chunks(client, answer, passing(answer.head, passes), over);
      if (answer.head.status === 200 && kind === 'lines') return lines(client, answer, rebuild, over);
      return collector(MAX_ERROR, (error, body) => {
        if (error) {
          stop();
          return over(error);
        }
        const { status } = answer.head;
        const fine = kind === 'empty' ? status === 204 || status === 304 || status === 200 : status === 200;
        if (fine && (kind === 'empty' || kind === 'hijack')) {
          writeEmpty(client.socket, status, client.close, passing(answer.head, passes));
        } else return finish(() => resolve({ head: answer.head, body }));
        over();
      });
    };
    const stop = engine.send(request, { answer: sinkOf, failed: (error) => finish(() => reject(error)) });
    const forget = client.onGone(() => {
      stop();
      reject(new Unexpected('the caller is gone'));
    });
  });
}

function passing(answer: ResponseHead, passes: Readonly<Record<string, RegExp>>): Headers {
  return Object.fromEntries(
    Object.entries(passes).flatMap(([name, allowed]) => {
      const value = answer.header(name.toLowerCase());
      return value !== undefined && allowed.test(value) ? [[name, value]] : [];
    }),
  );
}

/** Stops the engine while the caller's socket is full. */
function paced(socket: Socket, answer: Answer): (free: boolean) => void {
  let waits = false;
  return (free) => {
    if (free || waits || socket.destroyed) return;
    waits = true;
    answer.pause();
    socket.once('drain', () => {
      waits = false;
      answer.resume();
    });
  };
}

type Over = (error?: Error) => void;

function chunks({ socket, close }: Client, answer: Answer, more: Headers, over: Over): Sink {
  startChunked(socket, streamType(answer.head), close, more);
  const pace = paced(socket, answer);
  const out = gather((chunk) => pace(writeChunk(socket, chunk)));
  return {
    data: out.add,
    end() {
      out.flush();
      endChunked(socket);
      over();
    },
    failed(error) {
      out.flush();
      over(error);
    },
  };
}

const GATHER_MS = 1;
const GATHER_BYTES = 64 * 1024;

/**
 * The engine sends each line of a log by itself. The first goes on at once; what comes within the next millisecond goes on
 * together, because a system call for each line costs more than everything else that we do.
 */
function gather(write: (chunk: Buffer) => void): { add(chunk: Buffer): void; flush(): void } {
  let parts: Buffer[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    if (size === 0) return;
    const [only] = parts;
    const all = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    parts = [];
    size = 0;
    write(all);
  };
  const wait = (): void => {
    timer = setTimeout(() => {
      timer = undefined;
      if (size === 0) return;
      flush();
      wait();
    }, GATHER_MS);
  };
  return {
    flush,
    add(chunk) {
      parts.push(chunk);
      size += chunk.length;
      if (timer !== undefined && size <= GATHER_BYTES) return;
      flush();
      if (timer === undefined) wait();
    },
  };
}

function lines({ socket, close }: Client, answer: Answer, rebuild: (entry: unknown) => unknown, over: Over): Sink {
  startChunked(socket, 'application/json', close);
  const pace = paced(socket, answer);
  let rest: Buffer = Buffer.alloc(0);
  let broken = false;
  const write = (line: Buffer): void => {
    if (line.length === 0) return;
    const rebuilt = rebuild(parseJson(line));
    if (rebuilt !== undefined) pace(writeChunk(socket, Buffer.from(`${printJson(rebuilt)}\n`)));
  };
  const guarded = (work: () => void): void => {
    if (broken) return;
    try {
      work();
    } catch (error) {
      broken = true;
      over(error instanceof Error ? error : new Unexpected('a line of the engine’s answer can’t be read'));
      answer.back.destroy();
    }
  };
  return {
    data: (chunk) =>
      guarded(() => {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
          write(rest.subarray(0, end));
          rest = rest.subarray(end + 1);
        }
        if (!(rest.length <= MAX_LINE)) throw new Unexpected('a line of the engine’s answer is too long');
      }),
    end: () =>
      guarded(() => {
        write(rest);
        endChunked(socket);
        over();
      }),
    failed: over,
  };
}

/** Bytes in both directions. The caller's end is passed on by itself; the engine's ends the whole. */
function raw(client: Client, answer: Answer, over: Over): Sink {
  const { socket } = client;
  startRaw(socket, streamType(answer.head), client.upgrade);
  const pace = paced(socket, answer);
  client.hijack({
    data: (chunk) => answer.back.write(chunk),
    end: () => void answer.back.end(),
    onDrain: (call) => void answer.back.on('drain', call),
  });
  return { data: (chunk) => pace(socket.write(chunk)), end: () => over(), failed: over };
}

const STREAM_TYPES = [
  'application/vnd.docker.raw-stream',
  'application/vnd.docker.multiplexed-stream',
  'application/x-tar',
] as const;

const streamType = (answer: ResponseHead): string =>
  STREAM_TYPES.find((type) => type === answer.header('content-type')) ?? STREAM_TYPES[0];
