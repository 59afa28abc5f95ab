import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { killRest, MARK, signal } from './descendants.ts';

export type Stream = 'stdout' | 'stderr';
/** Why a run was ended before its end. */
export type Stop = 'timeout' | 'output' | 'disconnect' | 'shutdown';

export interface Ended {
  readonly exit: number | null;
  readonly signal: string | null;
  readonly stopped: Stop | undefined;
  readonly bytes: number;
  readonly ms: number;
}

export interface RunOptions {
  readonly call: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Takes a piece of output; false: no more until `resume`. */
  take(stream: Stream, chunk: Uint8Array): boolean;
}

export interface Run {
  readonly ended: Promise<Ended>;
  stop(why: Stop): void;
  resume(): void;
}

/** Between asking and killing: what a database client needs to cancel its query. */
const GRACE_MS = 2_000;
/** After the program's end, for what is still in its pipes. */
const REST_MS = 1_000;

/** Starts a program, never a shell, in a process group of its own. Rejects if it cannot be started. */
export async function startRun(options: RunOptions): Promise<Run> {
  const [program = '', ...words] = options.argv;
  const began = performance.now();
  const child = spawn(program, words, {
    cwd: options.folder,
    env: { ...options.environment, [MARK]: options.call },
    shell: false,
    detached: true, // setsid(2): the group can be killed as a whole
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return follow(child, child.pid ?? 0, began, options);
}

function follow(child: ChildProcess, group: number, began: number, options: RunOptions): Run {
  let stopped: Stop | undefined;
  let bytes = 0;
  let exited = false;
  let over = false;
  let last: NodeJS.Timeout | undefined;
  let letGo: NodeJS.Timeout | undefined;
  const streams: (readonly [Stream, Readable | null])[] = [
    ['stdout', child.stdout],
    ['stderr', child.stderr],
  ];

  function resume(): void {
    for (const [, stream] of streams) stream?.resume();
    if (!exited) return;
    // Who holds a pipe open now was not found and killed. It must not hold the call's place as well.
    clearTimeout(letGo);
    letGo = setTimeout(() => {
      for (const [, stream] of streams) stream?.destroy();
    }, REST_MS);
  }
  function pause(): void {
    clearTimeout(letGo);
    for (const [, stream] of streams) stream?.pause();
  }
  function stop(why: Stop): void {
    if (stopped !== undefined || over) return;
    stopped = why;
    if (!exited) {
      signal(-group, 'SIGTERM');
      last = setTimeout(() => killRest(options.call, group), GRACE_MS);
    }
    resume(); // nobody reads any more, and a full pipe would keep it from ending
  }
  for (const [name, stream] of streams) {
    stream?.on('data', (chunk: Buffer) => {
      if (stopped !== undefined) return;
      const room = options.maxBytes - bytes;
      const fits = chunk.length <= room;
      bytes += fits ? chunk.length : room;
      const wantsMore = options.take(name, fits ? chunk : chunk.subarray(0, room));
      if (!fits) stop('output');
      else if (!wantsMore) pause();
      else if (exited) resume();
    });
  }
  const timer = setTimeout(() => stop('timeout'), options.timeoutMs);
  // What it leaves behind would hold its outputs open, and go on without anybody’s knowing.
  child.once('exit', () => {
    const waits = stopped === undefined && streams.some(([, stream]) => stream?.isPaused() === true);
    killRest(options.call, group);
    exited = true; // its number may be another's soon
    clearTimeout(last);
    if (!waits) resume();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (exit, killed) => {
      over = true;
      clearTimeout(timer);
      clearTimeout(letGo);
      resolve({ exit, signal: killed, stopped, bytes, ms: Math.round(performance.now() - began) });
    });
  });
  return { ended, stop, resume };
}
