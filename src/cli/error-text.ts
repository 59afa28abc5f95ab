import { ERRORS, ToolError } from '../core/errors.ts';
import { EXIT } from '../core/exit.ts';
import { printable } from '../core/printable.ts';
import type { Terminal } from '../host/terminal.ts';
import { wrap } from '../report/frame.ts';

/** What went wrong, where, why, and what to do: for people, on stderr. */
export function explainError(error: unknown, terminal: Terminal, verbose: boolean): number {
  const width = Math.min(Math.max(terminal.width, 40), 80);
  const say = (lead: string, text: string): void => terminal.err(`${hanging(lead, text, width)}\n`);
  const head = (code: string, message: string): void =>
    terminal.err(
      `${hanging(`error [${code}] `, message, width, '  ').replace('error', terminal.style('err', 'red', 'error'))}\n`,
    );
  if (error instanceof ToolError) {
    head(error.code, error.message);
    say('  why:  ', ERRORS[error.code].why);
    say('  next: ', error.hint);
    if (verbose && error.cause !== undefined) say('  cause: ', String(error.cause));
    return error.exit;
  }
  head('internal', error instanceof Error ? error.message : String(error));
  say('  why:  ', 'This is a fault of cofferdam, not of your input.');
  say('  next: ', 'run again with --verbose and report what it prints, see CONTRIBUTING.md.');
  if (verbose && error instanceof Error) terminal.err(`${error.stack ?? ''}\n`);
  return EXIT.bug;
}

/** Text behind a lead, further lines below its beginning. Lines that are indented already (of files, of output) stay. */
export function hanging(lead: string, text: string, width: number, indent: string = ' '.repeat(lead.length)): string {
  return printable(text, { keepNewlines: true })
    .split('\n')
    .map((line, index) => {
      if (/^\s/.test(line)) return line;
      // The lead is one word of the first line, so that the words behind it know how much room is left.
      const filler = '\u0000'.repeat(lead.length);
      return index === 0
        ? wrap(`${filler}${line}`, width, indent).replace(filler, lead)
        : `${indent}${wrap(line, width - indent.length, indent)}`;
    })
    .join('\n');
}
