import { existsSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Facts } from '../core/probing.ts';
import { errno } from './files.ts';
import type { Doers } from './main.ts';

interface Spinner {
  rounds: number;
  connected: number;
  stopped: boolean;
}

/** Looks between two turns of the event loop: what it does in between costs the race. */
const LOOKS = 200;

let spinner: Spinner | undefined;

/** Reads a folder without a pause and connects to each socket that has come up in it: the whole processor is its. */
function spin(folder: string, prefix: string): Promise<{ done: true }> {
  const own: Spinner = { rounds: 0, connected: 0, stopped: false };
  spinner = own;
  const tried = new Set<string>();
  /** Whether something new was there. */
  const look = (): boolean => {
    own.rounds++;
    let names: readonly string[] = [];
    try {
      names = readdirSync(folder);
    } catch {
      // Not there, or not ours to list: it may come.
    }
    const fresh = names.filter((name) => name.startsWith(prefix) && !tried.has(name));
    for (const name of fresh) {
      tried.add(name);
      const socket = connect(join(folder, name));
      socket.on('connect', () => {
        own.connected++;
        socket.destroy();
      });
      // Between bind(2) and listen(2) it is refused: again.
      socket.on('error', () => tried.delete(name));
    }
    return fresh.length > 0;
  };
  const round = (): void => {
    if (own.stopped) return;
    for (let looks = 0; looks < LOOKS && !look(); looks++);
    setImmediate(round);
  };
  round();
  return Promise.resolve({ done: true });
}

/** A socket that nobody removes and nobody connects to is waited for this long. */
const LEFT_MS = 250;
/** Turns of the event loop after a socket is gone, for a connection that waits in its queue. */
const TURNS = 3;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Makes sockets one after the other, as an editor's server does, and counts who comes before each is removed. */
async function race(action: Parameters<Doers['race']>[0]): Promise<Facts['race']> {
  const result = { made: 0, connected: 0, removed: 0, refused: new Map<string, number>() };
  const end = performance.now() + action.timeoutMs;
  for (let number = 0; number < action.count && performance.now() < end; number++) {
    const path = join(action.folder, `${action.prefix}${number}.sock`);
    const server = createServer();
    let reached = false;
    server.on('connection', (socket) => {
      reached = true;
      socket.on('error', () => {
        // It has gone again; it came.
      });
      socket.destroy();
    });
    const code = await new Promise<string>((resolve) => {
      server.once('error', (error) => resolve(errno(error)));
      server.listen(path, () => resolve('ok'));
    });
    if (code !== 'ok') {
      result.refused.set(code, (result.refused.get(code) ?? 0) + 1);
      continue;
    }
    result.made++;
    const until = performance.now() + LEFT_MS;
    while (!reached && existsSync(path) && performance.now() < until) await wait(1); // the processor is for the others
    if (!existsSync(path)) result.removed++;
    for (let turns = 0; turns < TURNS && !reached; turns++) await turn();
    if (reached) result.connected++;
    server.close();
    rmSync(path, { force: true });
  }
  return { ...result, refused: Object.fromEntries(result.refused) };
}

export const races = {
  spin: ({ folder, prefix }) => spin(folder, prefix),
  spun() {
    if (spinner === undefined) throw new Error('nothing spins');
    spinner.stopped = true;
    return { rounds: spinner.rounds, connected: spinner.connected };
  },
  race,
} satisfies Partial<Doers>;
