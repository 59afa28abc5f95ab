import { EXIT } from '../../core/exit.ts';
import { printable } from '../../core/printable.ts';
import { defineCommand } from '../command.ts';
import { interruptible } from '../interruptible.ts';

export default defineCommand({
  name: 'up',
  summary: 'make and start the box of this folder',
  description:
    'Builds the image, starts the agent’s container and its sidecars and waits until all are healthy. Works from any folder of the repository. If it fails or is interrupted, nothing half-started stays.',
  options: [
    { flags: '--rebuild', summary: 'build the image from scratch and make the containers anew' },
    { flags: '--json', summary: 'print the result as JSON on stdout' },
  ],
  examples: [
    ['cofferdam up', 'start the box'],
    ['cofferdam up && cofferdam agent', 'start the agent in it'],
  ],
  async run({ cwd, options }, terminal) {
    const { up } = await import('../../verbs/up.ts');
    return interruptible(terminal, 'Stopping; removing what was started …', async (signal) => {
      const result = await up(cwd, {
        rebuild: options['rebuild'] === true,
        signal,
        progress: (line) =>
          terminal.err(`${terminal.style('err', 'dim', printable(line).slice(0, terminal.width - 1))}\n`),
      });
      if (options['json'] === true) {
        terminal.out(`${JSON.stringify({ schemaVersion: 1, ...result }, null, 2)}\n`);
        return EXIT.ok;
      }
      terminal.out(`The box ${result.project} is up:\n`);
      for (const { role, name, health } of result.containers) {
        terminal.out(`  ${role.padEnd(9)} ${health.padEnd(8)} ${name}\n`);
      }
      for (const warning of result.warnings) terminal.err(`Warning: ${printable(warning)}\n`);
      terminal.out('\nNext: cofferdam shell | cofferdam exec AGENT | cofferdam verify | cofferdam down\n');
      return EXIT.ok;
    });
  },
});
