import type { AuditEntry } from '../core/decision.ts';
import { ToolError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import { printable } from '../core/printable.ts';
import { tryDocker } from '../host/docker.ts';
import type { Terminal } from '../host/terminal.ts';
import { type Checked, chainChecker } from './audit-chain.ts';
import { type BoxContainer, boxContainers } from './containers.ts';
import { findProject } from './project.ts';

const SIDECARS: ReadonlySet<string> = new Set(['firewall', 'guard', 'actions', 'forward']);

export interface Line extends Checked {
  readonly text: string;
}

/** Prints what this folder's sidecars decided. */
export async function log(
  cwd: string,
  { follow, json }: { readonly follow: boolean; readonly json: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const { name } = findProject(cwd);
  const sidecars = (await boxContainers(name)).filter(({ role }) => SIDECARS.has(role));
  if (sidecars.length === 0) {
    throw new ToolError('box-not-running', `The box ${name} has no sidecars now.`, 'cofferdam up');
  }
  const printer = makePrinter(json, terminal);
  const print = ({ name: who }: BoxContainer, line: Line): void => printer.print(who, line);

  const kept = await Promise.all(
    sidecars.map(async (container) => {
      const lines: { readonly container: BoxContainer; readonly line: Line }[] = [];
      await readLines(container, false, (line) => lines.push({ container, line }));
      return lines;
    }),
  );
  const time = (line: Line): string => line.entry?.time ?? '';
  const merged = kept.flat().sort((a, b) => (time(a.line) < time(b.line) ? -1 : time(a.line) > time(b.line) ? 1 : 0));
  for (const { container, line } of merged) print(container, line);
  if (follow) {
    await Promise.all(
      sidecars.map(async (container, index) => {
        let known = kept[index]?.length ?? 0; // read again for the chain, not printed again
        await readLines(container, true, (line) => {
          if (known > 0) known--;
          else print(container, line);
        });
      }),
    );
  }
  return printer.broken() ? EXIT.findings : EXIT.ok;
}

/** Prints lines with what is wrong with them. `who`: whose line it is. */
export function makePrinter(json: boolean, terminal: Terminal) {
  let broken = false;
  return {
    broken: () => broken,
    print(who: string, { entry, problem, cutOff, text }: Line): void {
      if (cutOff) terminal.err(`${printable(who)}: earlier lines are no longer kept; the check starts here\n`);
      if (problem !== undefined) {
        broken = true;
        terminal.err(`${terminal.style('err', 'red', 'broken')} ${printable(who)}: ${problem}\n`);
      }
      if (json) terminal.out(entry === undefined ? '' : `${text}\n`);
      else terminal.out(`${entry === undefined ? printable(text) : formatEntry(entry, terminal)}\n`);
    },
  };
}

/** One container's lines, checked, in its own order. */
async function readLines(container: BoxContainer, follow: boolean, take: (line: Line) => void): Promise<void> {
  const check = chainChecker();
  let rest = '';
  const result = await tryDocker(['logs', ...(follow ? ['--follow'] : []), container.id], {
    keep: 4096,
    onOutput(stream, chunk) {
      if (stream !== 'stdout') return;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) take({ text, ...check(text) });
    },
  });
  if (rest !== '') take({ text: rest, ...check(rest) });
  if (result.exit !== 0) {
    throw new ToolError(
      'engine-failed',
      `docker logs ${container.name}: ${result.stderr.trim().split('\n').at(-1) ?? ''}`,
      'Run the same command by hand to see more; `cofferdam doctor` checks the engine.',
    );
  }
}

const STYLES: Readonly<Record<string, 'yellow' | 'red' | 'dim'>> = {
  refused: 'yellow',
  removed: 'yellow',
  failed: 'red',
  'not-removed': 'red',
  'self-test-failed': 'red',
  overwhelmed: 'red',
  allowed: 'dim',
};

/** One line for a person, no wider than the terminal: when, who, what, about what. */
export function formatEntry(entry: AuditEntry, terminal: Pick<Terminal, 'style' | 'width'>): string {
  const who = entry.sidecar === 'docker-firewall' ? 'firewall' : entry.sidecar;
  const event = printable(entry.event).slice(0, 16);
  const start = `${entry.time.slice(5, 10)} ${entry.time.slice(11, 19)} ${who.padEnd(8)} `;
  const words = printable(describe(entry));
  const room = Math.max(terminal.width - start.length - Math.max(event.length, 8) - 1, 10);
  const cut = words.length <= room ? words : `${words.slice(0, room - 1)}…`;
  const style = STYLES[entry.event];
  const shown = event.padEnd(8);
  return `${start}${style ? terminal.style('out', style, shown) : shown} ${cut}`;
}

function describe({ detail }: AuditEntry): string {
  const { method, route, target, code, pattern, count, repeated, ms: _, ...others } = detail;
  if (pattern !== undefined) return `${count ?? ''} × ${pattern}${code === undefined ? '' : ` (${code})`}`;
  const reason = code === undefined ? '' : `(${code}) `;
  const more = repeated === undefined ? '' : ` (${repeated} more like this)`;
  if (route !== undefined) {
    // `/containers/{id}/json` about `db`: as it was asked for.
    const path = target === undefined ? route : String(route).replace(/\{\w+\*?\}/, () => String(target));
    return `${reason}${method ?? ''} ${path}${more}`;
  }
  return `${reason}${Object.entries(others)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')}${more}`;
}
