import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An engine's place that writes down what reaches it. It says what never reached the engine; it stands for no engine. */
export interface Recorder {
  readonly socket: string;
  readonly seen: readonly { readonly target: string; readonly headers: http.IncomingHttpHeaders }[];
  close(): Promise<void>;
}

export type Respond = (request: http.IncomingMessage, response: http.ServerResponse) => void;

export async function recorder(respond: Respond): Promise<Recorder> {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-recorder-'));
  const socket = join(folder, 'engine.sock');
  const seen: { target: string; headers: http.IncomingHttpHeaders }[] = [];
  const server = http.createServer((request, response) => {
    seen.push({ target: `${request.method} ${request.url}`, headers: request.headers });
    respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Sends bytes and gives everything that comes back until the other side closes, or `until` matches. `seen` gets what
 * there is after each piece.
 */
export function exchange(
  address: string,
  bytes: string | Buffer,
  until?: RegExp,
  seen?: (text: string) => void,
): Promise<string> {
  const { protocol, hostname, port, pathname } = new URL(address);
  const place = protocol === 'unix:' ? { path: pathname } : { host: hostname, port: Number(port) };
  return new Promise((resolve, reject) => {
    const socket = net.connect(place, () => socket.write(bytes));
    let text = '';
    const timer = setTimeout(() => socket.destroy(new Error(`no end after ${JSON.stringify(text)}`)), 15_000);
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      seen?.(text);
      if (until?.test(text)) done();
    });
    socket.on('end', done);
    socket.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
