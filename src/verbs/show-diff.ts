import { printable } from '../core/printable.ts';
import type { Terminal } from '../host/terminal.ts';
import { unifiedDiff } from '../plans/diff.ts';
import type { SyncChange } from '../plans/sync.ts';

/** Prints changes as a diff, coloured on a terminal. Contents are the repository's: nothing in them reaches the terminal raw. */
export function showDiff(changes: readonly SyncChange[], terminal: Terminal): void {
  const colour = (line: string): string => {
    // Tabs, and the CR of a CRLF, do no harm: with them the diff can be given to `git apply`.
    const text = line.replace(/[^\t\r]+|\r(?!$)/g, printable);
    if (/^(?:---|\+\+\+) /.test(line)) return terminal.style('out', 'bold', text);
    if (line.startsWith('+')) return terminal.style('out', 'green', text);
    if (line.startsWith('-')) return terminal.style('out', 'red', text);
    return line.startsWith('@@') ? terminal.style('out', 'cyan', text) : text;
  };
  terminal.out(`\n${unifiedDiff(changes).split('\n').map(colour).join('\n')}\n`);
}
