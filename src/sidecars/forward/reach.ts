import type net from 'node:net';

/** An app that is started again by a watcher is back within this time, as a rule. */
export const PATIENCE_MS = 5_000;
const AGAIN_MS = 100;

/** Opens a connection, or throws. */
export type Way = () => net.Socket;

export type Reached = { readonly socket: net.Socket } | { readonly code: string };

/** The first way that leads to somebody who listens; all of them again and again, for a while. */
export async function reach(ways: readonly Way[], wanted: () => boolean, patienceMs = PATIENCE_MS): Promise<Reached> {
  const until = performance.now() + patienceMs;
  for (;;) {
    let code = 'none';
    for (const way of ways) {
      const reached = await attempt(way, until - performance.now());
      if ('socket' in reached) return reached;
      code = reached.code;
    }
    if (!(performance.now() + AGAIN_MS < until) || !wanted()) return { code };
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

function attempt(way: Way, leftMs: number): Promise<Reached> {
  return new Promise((resolve) => {
    try {
      const socket = way();
      const late = setTimeout(() => fail('ETIMEDOUT'), Math.max(leftMs, AGAIN_MS));
      const fail = (code: string): void => {
        clearTimeout(late);
        socket.destroy();
        resolve({ code });
      };
      socket.on('error', (error) => fail(codeOf(error)));
      socket.once('connect', () => {
        clearTimeout(late);
        socket.removeAllListeners('error');
        socket.on('error', () => {}); // until it is joined with the other one
        resolve({ socket });
      });
    } catch (error) {
      resolve({ code: codeOf(error) });
    }
  });
}

/** Never the message, which may quote what a client sent. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed';
