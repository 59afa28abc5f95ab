import { EXIT } from '../../core/exit.ts';
import { printable } from '../../core/printable.ts';
import { defineCommand } from '../command.ts';

const COLOURS = {
  ok: 'green',
  note: 'cyan',
  warn: 'yellow',
  bad: 'red',
  missing: 'red',
  unreachable: 'red',
} as const;

export default defineCommand({
  name: 'doctor',
  summary: 'check this machine for what the box needs, and say what to do about gaps',
  description: `Looks at the programs that the box needs, at the engine behind them, and at editor settings that no
repository can make. Changes nothing.

Exit code: 0 everything is there, 1 something would let the box down, 3 the engine does not answer, 4 a needed program
is missing.`,
  options: [{ flags: '--json', summary: 'print a document for programs' }],
  examples: [
    ['cofferdam doctor', 'before the first `cofferdam up`'],
    ['cofferdam doctor --json | jq .summary', 'in a script'],
  ],
  async run({ options, cwd }, terminal) {
    const { doctor, doctorExit } = await import('../../verbs/doctor.ts');
    const checks = await doctor(cwd);
    const exit = doctorExit(checks);
    if (options['json']) {
      const count = (state: string): number => checks.filter((check) => check.state === state).length;
      const summary = Object.fromEntries(Object.keys(COLOURS).map((state) => [state, count(state)]));
      terminal.out(`${JSON.stringify({ schemaVersion: 1, checks, summary }, null, 2)}\n`);
      return exit;
    }
    const width = Math.max(...checks.map(({ name }) => name.length));
    for (const { name, state, found, next, source } of checks) {
      const word = terminal.style('out', COLOURS[state], state.padEnd(11));
      terminal.out(`${word}  ${name.padEnd(width)}  ${printable(found)}\n`);
      if (next !== undefined) terminal.out(`${' '.repeat(13)}next: ${printable(next)}\n`);
      if (source !== undefined) terminal.out(`${' '.repeat(13)}from: ${source}\n`);
    }
    terminal.out(
      exit === EXIT.ok ? '\nThis machine can run the box.\n' : '\nThis machine is not ready yet; see `next` above.\n',
    );
    return exit;
  },
});
