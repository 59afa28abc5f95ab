import type { Action, ActionName, Facts, Outcome } from '../core/probing.ts';
import { editors } from './editors.ts';
import { files } from './files.ts';
import { network } from './network.ts';
import { pretend } from './pretend.ts';
import { processes } from './processes.ts';
import { races } from './race.ts';
import { reach } from './reach.ts';
import { sockets } from './sockets.ts';
import { sql } from './sql.ts';

/** How each action is done. Throwing is an answer too: its `code` is what the judges read. */
export type Doers = { readonly [K in ActionName]: (action: Action<K>) => Promise<Facts[K]> | Facts[K] };

const DO: Doers = { ...files, ...network, ...processes, ...sockets, ...reach, ...editors, ...pretend, ...races, sql };

interface Request {
  readonly id: number;
  readonly action: Action;
}

function isRequest(value: unknown): value is Request {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('action' in value)) return false;
  const { action } = value;
  return typeof action === 'object' && action !== null && 'do' in action && Object.hasOwn(DO, String(action.do));
}

async function perform<K extends ActionName>(action: Action<K> & { readonly do: K }): Promise<Outcome<Facts[K]>> {
  try {
    return { ok: true, value: await DO[action.do](action) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    return { ok: false, code, message: error instanceof Error ? error.message.slice(0, 300) : String(error) };
  }
}

/**
 * Serves requests: one JSON object a line on standard input, one a line back. The program reaches the container on
 * standard input as well (nothing of it is planted there), so what came after it is handed over as `rest`. It ends with
 * its input.
 */
export function serve(rest: string): void {
  let buffer = rest;
  const take = (): void => {
    for (let end = buffer.indexOf('\n'); end >= 0; end = buffer.indexOf('\n')) {
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 1);
      const request: unknown = JSON.parse(line);
      if (!isRequest(request)) continue;
      void perform(request.action).then((outcome) => {
        process.stdout.write(`${JSON.stringify({ id: request.id, ...outcome })}\n`);
      });
    }
  };
  process.on('uncaughtException', () => {
    // A socket that fails late must not end the prober; the action that it belongs to reports its own failure.
  });
  process.stdin.on('data', (chunk: string) => {
    buffer += chunk;
    take();
  });
  process.stdin.on('end', () => process.exit(0));
  process.stdin.resume();
  take();
}
