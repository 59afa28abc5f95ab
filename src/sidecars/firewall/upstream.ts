import http from 'node:http';
import type { Method } from './endpoint.ts';
import { parseExactJson } from './json.ts';
import { Unexpected } from './scope.ts';
import type { Address } from './settings.ts';

/** Largest JSON answer that is read; the list of a thousand containers is under 2 MiB. The sidecar's memory is small. */
const MAX_JSON = 16 * 1024 * 1024;
const ANSWER_TIMEOUT_MS = 120_000;

export interface Engine {
  /** Sends a request that we built; gives the answer as soon as its head is there. */
  request(method: Method, target: string, signal: AbortSignal): Promise<http.IncomingMessage>;
  /** One of the engine's own lists. Anything but a JSON document with status 200 throws. */
  json(target: string, signal: AbortSignal): Promise<unknown>;
  close(): void;
}

export function connectEngine(address: Address): Engine {
  const place = address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port };
  const agent = new http.Agent({ keepAlive: true, maxSockets: 2048, maxFreeSockets: 32 });
  const once = (method: string, path: string, signal: AbortSignal): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const request = http.request({ ...place, agent, method, path, signal, headers: { host: 'docker' } });
      const timer = setTimeout(() => request.destroy(new Error('no answer in time')), ANSWER_TIMEOUT_MS);
      request.on('response', (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      request.on('error', (error) => {
        clearTimeout(timer);
        reject(Object.assign(error, { reused: request.reusedSocket }));
      });
      // Without a listener, Node closes the connection and says nothing.
      request.on('upgrade', (_, socket) => {
        clearTimeout(timer);
        socket.destroy();
        reject(new Unexpected('the engine switched protocols'));
      });
      request.end();
    });
  const engine: Engine = {
    async request(method, target, signal) {
      try {
        return await once(method, target, signal);
      } catch (error) {
        // The engine may close an idle connection in the moment in which we use it; all that we send is safe to repeat.
        const stale = error instanceof Error && 'reused' in error && error.reused === true && !signal.aborted;
        if (stale) return await once(method, target, signal);
        throw error;
      }
    },
    async json(target, signal) {
      const answer = await engine.request('GET', target, signal);
      const body = await collect(answer, MAX_JSON);
      if (answer.statusCode !== 200) throw new Unexpected(`the engine answered ${answer.statusCode ?? 0}`);
      return parseJson(body);
    },
    close: () => agent.destroy(),
  };
  return engine;
}

/** The whole body, or a throw if it is larger than `limit`. */
export async function collect(answer: http.IncomingMessage, limit = MAX_JSON): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(
    () => answer.destroy(new Unexpected('the engine’s answer did not end in time')),
    ANSWER_TIMEOUT_MS,
  );
  try {
    for await (const chunk of answer) {
      if (!Buffer.isBuffer(chunk)) throw new Unexpected('the engine’s answer is not bytes');
      size += chunk.length;
      if (!(size <= limit)) throw new Unexpected('the engine’s answer is too large'); // leaving the loop ends it
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  if (!answer.complete) throw new Unexpected('the engine’s answer ended early');
  return Buffer.concat(chunks);
}

export function parseJson(body: Buffer): unknown {
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new Unexpected('the engine’s answer is not JSON', { cause: error });
  }
}
