import { spawn } from 'node:child_process';
import type { ActionName } from '../core/probing.ts';
import { program } from './programs.ts';

/** Takes the prober from standard input up to a zero byte, and hands over what follows: nothing is written to a disk. */
const LOADER = `let b='';const s=process.stdin;s.setEncoding('utf8');s.on('data',function f(c){b+=c;const i=b.indexOf('\\0');if(i<0)return;s.off('data',f);s.pause();const m={exports:{}};new Function('require','module','exports',b.slice(0,i))(require,m,m.exports);m.exports.serve(b.slice(i+1))})`;

/** A prober that runs somewhere, asked one action after the other or several at once. */
export interface ProberSession {
  /** The raw answer; `{ ok: false, code: 'lost' | 'timeout' }` when none came. */
  perform(action: { readonly do: ActionName }): Promise<unknown>;
  close(): Promise<void>;
}

/** The bundle of src/prober, without the line that makes it executable. */
export const proberSource = (): string => program('prober').replace(/^#!.*\n/, '');

const NODE = '/usr/local/bin/node';

/** `by`: what starts the prober, which comes after it as arguments; without it the prober is executed directly. */
export function openInContainer(
  container: string,
  user: string | undefined,
  source: string,
  by: readonly string[] = [],
): ProberSession {
  const as: readonly string[] = user === undefined ? [] : ['--user', user];
  return open(['docker', 'exec', '--interactive', ...as, container, ...by, NODE, '-e', LOADER], source);
}

/** The same program where this one runs. */
export const openHere = (source: string, by: readonly string[] = []): ProberSession =>
  open([...by, process.execPath, '-e', LOADER], source);

const own = (action: object): number =>
  'timeoutMs' in action && typeof action.timeoutMs === 'number' ? action.timeoutMs : 30_000;

function open(argv: readonly string[], source: string): ProberSession {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting = new Map<number, (answer: unknown) => void>();
  let ended: string | undefined;
  let errors = '';
  let buffer = '';
  let next = 0;
  const end = (why: string): void => {
    ended ??= why;
    for (const answer of waiting.values()) answer({ ok: false, code: 'lost', message: ended });
    waiting.clear();
  };
  child.on('error', (error) => end(error.message));
  const closed = new Promise<void>((resolve) => {
    child.on('close', (code) => {
      end(`the prober ended (${code}): ${errors.trim().slice(-200)}`);
      resolve();
    });
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-2000);
  });
  child.stdin.on('error', () => {
    // It ended early: `close` says how.
  });
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    buffer += chunk;
    for (let at = buffer.indexOf('\n'); at >= 0; at = buffer.indexOf('\n')) {
      receive(buffer.slice(0, at));
      buffer = buffer.slice(at + 1);
    }
  });
  function receive(line: string): void {
    let answer: unknown;
    try {
      answer = JSON.parse(line);
    } catch {
      return; // Something else wrote to its output; the action it belongs to times out.
    }
    if (typeof answer !== 'object' || answer === null || !('id' in answer) || typeof answer.id !== 'number') return;
    const resolve = waiting.get(answer.id);
    waiting.delete(answer.id);
    resolve?.(answer);
  }
  child.stdin.write(`${source}\0`);
  return {
    perform(action) {
      if (ended !== undefined) return Promise.resolve({ ok: false, code: 'lost', message: ended });
      const id = next++;
      const limit = own(action) + 20_000;
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          waiting.delete(id);
          resolve({ ok: false, code: 'timeout', message: `no answer in ${limit / 1000} s` });
        }, limit);
        waiting.set(id, (answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
        child.stdin.write(`${JSON.stringify({ id, action })}\n`);
      });
    },
    async close() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await closed;
      clearTimeout(timer);
    },
  };
}
