import type { IncomingMessage, ServerResponse } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import type { Refused } from './gate.ts';
import type { Ended, Stream } from './run.ts';

/** No reader may guess another type, and nothing keeps what is said. */
const COMMON = { 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store', Connection: 'close' };

export function answerJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  more: Record<string, string> = {},
): void {
  const body = `${JSON.stringify(value)}\n`;
  response.writeHead(status, {
    ...COMMON,
    ...more,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

export const answerRefusal = (response: ServerResponse, { status, code, message, retryAfter }: Refused): void =>
  answerJson(
    response,
    status,
    { error: code, message },
    {
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    },
  );

/** The answer to a call that runs. */
export interface Streamed {
  /** False: the caller reads too slowly; no more until it has. */
  take(stream: Stream, chunk: Uint8Array): boolean;
  end(ended: Ended): void;
}

/** Lines of JSON; or the bytes as they are, for who asks for text, with the exit status in a trailer. */
export function streamed(request: IncomingMessage, response: ServerResponse): Streamed {
  return request.headers.accept === 'text/plain' ? asText(response) : asLines(response);
}

function asText(response: ServerResponse): Streamed {
  response.writeHead(200, { ...COMMON, 'Content-Type': 'text/plain; charset=utf-8', Trailer: 'Cofferdam-Exit' });
  response.flushHeaders();
  return {
    take: (_, chunk) => response.write(chunk),
    end({ exit, stopped, signal }) {
      response.addTrailers({ 'Cofferdam-Exit': String(stopped ?? exit ?? signal) });
      response.end();
    },
  };
}

function asLines(response: ServerResponse): Streamed {
  response.writeHead(200, { ...COMMON, 'Content-Type': 'application/x-ndjson' });
  response.flushHeaders();
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  const say = (line: Readonly<Record<string, string | number | null>>): boolean =>
    response.write(`${JSON.stringify(line)}\n`);
  return {
    take(stream, chunk) {
      const data = decoders[stream].write(Buffer.from(chunk));
      return data === '' ? !response.writableNeedDrain : say({ stream, data });
    },
    end({ exit, signal, stopped }) {
      for (const stream of ['stdout', 'stderr'] as const) {
        const rest = decoders[stream].end();
        if (rest !== '') say({ stream, data: rest });
      }
      say({ exit, ...(signal === null ? {} : { signal }), ...(stopped === undefined ? {} : { stopped }) });
      response.end();
    },
  };
}
