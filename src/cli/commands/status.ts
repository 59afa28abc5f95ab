import { EXIT } from '../../core/exit.ts';
import { printable } from '../../core/printable.ts';
import type { Status } from '../../verbs/status.ts';
import { defineCommand } from '../command.ts';

/** What is wrong, each with what to do. */
function faults(status: Status): readonly string[] {
  const { drift, outdated, repository, restarted, unprotected } = status;
  return [
    ...(unprotected.length > 0
      ? [`not read-only any more, because a program on the host replaced it: ${unprotected.join(', ')} (cofferdam up)`]
      : []),
    ...repository,
    ...(restarted.length > 0 ? [`restarted by the engine: ${restarted.join(', ')} (cofferdam log)`] : []),
    ...(drift.length > 0 ? [`not what the policy says: ${drift.join(', ')} (cofferdam sync)`] : []),
    ...(outdated.length > 0 ? [`made from older files: ${outdated.join(', ')} (cofferdam up)`] : []),
  ];
}

export default defineCommand({
  name: 'status',
  summary: 'say whether the box runs and is what the policy says',
  description: `Looks at the containers, at the generated files, at the mount table of the running box and at what lies
in the repository's index.

Exit code: 0 running and well; 1 something differs from the policy; 3 not running, so not looked at.`,
  options: [{ flags: '--json', summary: 'print a document for programs' }],
  examples: [['cofferdam status', 'before you take over the agent’s work']],
  async run({ cwd, options }, terminal) {
    const { status } = await import('../../verbs/status.ts');
    const now = await status(cwd);
    const found = faults(now);
    const code = found.length > 0 ? EXIT.findings : now.running ? EXIT.ok : EXIT.incomplete;
    if (options['json'] === true) {
      terminal.out(`${JSON.stringify({ schemaVersion: 1, ...now }, null, 2)}\n`);
      return code;
    }
    terminal.out(
      `${printable(now.root)}: ${now.running ? `the box ${now.project} is running` : 'the box is not running'}\n`,
    );
    for (const { role, state, health, name } of now.containers) {
      terminal.out(`  ${role.padEnd(9)} ${(health || state).padEnd(9)} ${name}\n`);
    }
    for (const { port, url } of now.forward?.ports ?? [])
      terminal.out(`  ${`localhost:${port}`.padEnd(15)} → ${url}\n`);
    if (now.forward) terminal.out(`  ${'as localhost'.padEnd(15)} → a browser with the proxy ${now.forward.proxy}\n`);
    for (const fault of found) terminal.out(`  ${terminal.style('out', 'yellow', 'differs')}   ${printable(fault)}\n`);
    if (found.length === 0) terminal.out(now.running ? 'As the policy says.\n' : 'Next: cofferdam up\n');
    return code;
  },
});
