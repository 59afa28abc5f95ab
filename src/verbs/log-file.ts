import { basename, dirname, resolve } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import { namesIn, readFile } from '../host/disk.ts';
import type { Terminal } from '../host/terminal.ts';
import { chainChecker } from './audit-chain.ts';
import { makePrinter } from './log.ts';

/**
 * Prints what a sidecar wrote with --audit-log, from the oldest file that is kept to the newest, and checks the chain
 * through all of them.
 */
export function logFile(cwd: string, path: string, { json }: { readonly json: boolean }, terminal: Terminal): ExitCode {
  const full = resolve(cwd, path);
  const [folder, newest] = [dirname(full), basename(full)];
  const printer = makePrinter(json, terminal);
  const check = chainChecker({ starts: 'go on' });
  let empty = true;
  for (const name of [...olderFirst(namesIn(folder, '.'), newest), newest]) {
    const file = readFile(folder, name);
    if (!file)
      throw new ToolError('file-unreadable', `There is no file ${full}.`, 'Give the path that --audit-log had.');
    // A byte is a character: the log is ASCII, and what was put into it must not be repaired while it is read.
    const lines = file.bytes.toString('latin1').split('\n');
    const rest = lines.pop() ?? '';
    for (const [index, text] of lines.entries()) {
      empty = false;
      printer.print(`${name}:${index + 1}`, { text, ...check(text) });
    }
    if (rest === '') continue;
    empty = false;
    const torn = { problem: 'a torn line: its end is missing', cutOff: false };
    printer.print(`${name}:${lines.length + 1}`, { text: rest, ...check(rest), ...torn });
  }
  if (printer.broken()) return EXIT.findings;
  if (!empty) return EXIT.ok;
  terminal.err(`${newest} has no line, so nothing was checked\n`);
  return EXIT.incomplete;
}

/** `audit.log.4`, …, `audit.log.1` of a folder's names. */
function olderFirst(names: readonly string[], newest: string): readonly string[] {
  const numbers = names.flatMap((name) => {
    const number = name.startsWith(`${newest}.`) ? name.slice(newest.length + 1) : '';
    return /^[1-9]\d{0,2}$/.test(number) ? [Number(number)] : [];
  });
  return numbers.sort((a, b) => b - a).map((number) => `${newest}.${number}`);
}
