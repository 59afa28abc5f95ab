import type net from 'node:net';

/**
 * Of every socket. `highWaterMark`: what is kept for a slow reader, in each direction. More than the 64 KiB that are read
 * at once: with less, reading stops and starts again for each piece (measured: half the throughput).
 */
export const SOCKET = { allowHalfOpen: true, noDelay: true, highWaterMark: 128 * 1024 } as const;

/** Ends a connection so that the other end cannot take what it got for all that there was. */
export function cut(socket: net.Socket): void {
  // A reset is TCP's word for it (RFC 9293, 3.10.5); unix sockets have none.
  if (!socket.destroyed && socket.remoteFamily !== undefined) socket.resetAndDestroy();
  else socket.destroy();
}

/**
 * Passes on what comes from one end, no faster than the other takes it (`pipe` stops reading meanwhile), until it ends,
 * and then the end. The other direction goes on: a half-closed connection is one that works.
 */
function oneWay(from: net.Socket, to: net.Socket): void {
  from.pipe(to);
  from.on('error', ignore);
  from.once('close', () => {
    if (from.errored || !from.readableEnded) cut(to);
  });
}

/** Makes one connection of two. Both must allow half-open ones. */
export function join(one: net.Socket, other: net.Socket): void {
  oneWay(one, other);
  oneWay(other, one);
}

/** `close` follows and says the same. */
const ignore = (): void => {};
