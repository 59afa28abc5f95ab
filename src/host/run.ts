import { spawn } from 'node:child_process';
import type { Some } from '../core/span.ts';

export interface RunResult {
  /** Exit status; null if a signal or the time limit ended it. */
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** More was said than `keep` bytes: what is here is not the whole. */
  readonly truncated: boolean;
  /** The program is not installed. */
  readonly missing: boolean;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** Milliseconds; none by default, because builds take as long as they take. */
  readonly timeoutMs?: number;
  /** Bytes kept of each stream; what is beyond is dropped. 16 MiB by default. */
  readonly keep?: number;
  /** Of the standard output; UTF-8 by default. `latin1` keeps every byte as it is. */
  readonly encoding?: 'utf8' | 'latin1';
  /** Ends the program as soon as it says more than is kept. */
  readonly endWhenFull?: boolean;
  /** Called with each chunk as it comes. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void;
  /** Ends the program and everything that it started. */
  readonly signal?: AbortSignal;
}

/** Runs a program: an argument vector, never a shell. Resolves whatever its exit status is. */
export function run(argv: Some<string>, options: RunOptions = {}): Promise<RunResult> {
  const [program, ...args] = argv;
  const keep = options.keep ?? 16 * 1024 * 1024;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ? { ...process.env, ...options.env } : process.env,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // A process group of its own, so that what the program started ends with it.
      detached: options.signal !== undefined,
    });
    const abort = (): void => {
      if (child.pid !== undefined) endGroup(child.pid);
    };
    options.signal?.addEventListener('abort', abort, { once: true });
    if (options.signal?.aborted) abort();
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const sizes = { stdout: 0, stderr: 0 };
    const isFull = (): boolean => !(sizes.stdout <= keep && sizes.stderr <= keep);
    let timedOut = false;
    let failure: NodeJS.ErrnoException | undefined;
    const timer = options.timeoutMs
      ? setTimeout(() => {
          timedOut = true;
          child.kill('SIGKILL');
        }, options.timeoutMs)
      : undefined;
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.on('data', (chunk: Buffer) => {
        options.onOutput?.(stream, chunk.toString('utf8'));
        if (sizes[stream] < keep) chunks[stream].push(chunk.subarray(0, keep - sizes[stream]));
        sizes[stream] += chunk.length;
        if (options.endWhenFull && isFull()) {
          child.kill('SIGKILL');
          // Also what it started, which holds the same pipes: it is told by SIGPIPE (pipe(7)).
          for (const own of [child.stdout, child.stderr]) own?.destroy();
        }
      });
    }
    child.stdin?.on('error', () => {
      // The program closed its input early; its exit status tells the rest.
    });
    child.stdin?.end(options.input);
    child.on('error', (error) => {
      failure = error;
      if (child.pid === undefined) finish(null);
    });
    child.on('close', (code) => finish(code));
    function finish(exit: number | null): void {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', abort);
      resolve({
        exit,
        stdout: Buffer.concat(chunks.stdout).toString(options.encoding ?? 'utf8'),
        stderr: Buffer.concat(chunks.stderr).toString('utf8') || (failure && exit === null ? failure.message : ''),
        timedOut,
        truncated: isFull(),
        missing: failure?.code === 'ENOENT' && child.pid === undefined,
      });
    }
  });
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // ESRCH (kill(2)): the group has ended by itself.
  }
}

/** Runs a program on the caller's own terminal and gives its exit status (128 + signal if one ended it). */
export function runAttached(
  argv: Some<string>,
  options: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<number> {
  const [program, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: 'inherit',
    });
    // The terminal sends Ctrl-C to the whole group; the child decides, and we report what it decided.
    const ignore = (): void => {};
    process.on('SIGINT', ignore);
    child.on('error', (error) => {
      process.off('SIGINT', ignore);
      reject(error);
    });
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}
