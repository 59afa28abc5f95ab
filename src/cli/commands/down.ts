import { EXIT } from '../../core/exit.ts';
import { defineCommand } from '../command.ts';

export default defineCommand({
  name: 'down',
  summary: 'stop and remove the box of this folder',
  description:
    'Removes the containers and networks that `up` made, found by their labels, and nothing else. The services that worktrees share stop with the last box and keep their data. Caches stay unless --all is given; the agent’s configuration below .devcontainer/state always stays.',
  options: [
    { flags: '--all', summary: 'remove the caches, the node_modules volume and the images too' },
    { flags: '--json', summary: 'print the result as JSON' },
  ],
  examples: [
    ['cofferdam down', 'stop and remove the box'],
    ['cofferdam down --all', 'and everything that it cached'],
  ],
  async run({ cwd, options }, terminal) {
    const { down } = await import('../../verbs/down.ts');
    const result = await down(cwd, { all: options['all'] === true });
    if (options['json'] === true) {
      terminal.out(`${JSON.stringify({ schemaVersion: 1, ...result }, null, 2)}\n`);
      return EXIT.ok;
    }
    terminal.out(
      result.removed.length === 0
        ? 'Nothing to remove.\n'
        : `Removed:\n${result.removed.map((name) => `  ${name}\n`).join('')}`,
    );
    if (result.kept.length > 0) {
      terminal.out(`Kept (remove with --all):\n${result.kept.map((name) => `  ${name}\n`).join('')}`);
    }
    if (result.elsewhere.length > 0) {
      terminal.out(
        `This folder was moved or copied. Left alone, because they belong to its former place:\n${result.elsewhere
          .map((name) => `  container ${name}\n`)
          .join('')}`,
      );
    }
    return EXIT.ok;
  },
});
