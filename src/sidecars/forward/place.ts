import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { SOCKET } from './join.ts';

/** Names a file without opening it (open(2)): a pipe does not hold us up, and a device is not touched. */
const O_PATH = 0o10000000;

/** Where the relay in the agent's container listens for a port. */
export const socketPath = (folder: string, port: number): string => join(folder, `${port}.sock`);

class NotASocket extends Error {
  readonly code = 'not-a-socket';
}

/**
 * Connects to the socket of a port. The agent can write the folder, so what is there may be anything: a link is not
 * followed, and what was looked at is what is connected to, by its descriptor (proc(5)), whatever the agent puts under
 * that name meanwhile. Only a process that sees the folder can listen at a socket in it, and besides us that are those of the
 * agent's container.
 */
export function connectTo(folder: string, port: number): net.Socket {
  const descriptor = openSync(socketPath(folder, port), O_PATH | constants.O_NOFOLLOW);
  try {
    if (!fstatSync(descriptor).isSocket()) throw new NotASocket('not a socket');
    const socket = net.connect({ ...SOCKET, path: `/proc/self/fd/${descriptor}` });
    let open = true;
    const release = (): void => {
      if (open) closeSync(descriptor);
      open = false;
    };
    socket.once('connect', release);
    socket.once('close', release);
    return socket;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
