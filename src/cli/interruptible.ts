import { EXIT } from '../core/exit.ts';
import type { Terminal } from '../host/terminal.ts';

/**
 * Runs work that Ctrl-C (or SIGTERM) ends in an orderly way: the signal aborts, the work cleans up and rejects, and the
 * exit code says that it was interrupted. A second Ctrl-C ends the process as usual.
 */
export async function interruptible(
  terminal: Terminal,
  notice: string,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const interrupt = new AbortController();
  const stop = (): void => {
    terminal.err(`\n${notice}\n`);
    interrupt.abort(new Error('interrupted'));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return await work(interrupt.signal);
  } catch (error) {
    if (interrupt.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
