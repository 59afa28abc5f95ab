import { defineCommand } from '../command.ts';

export default defineCommand({
  name: 'shell',
  summary: 'open a shell in the agent’s container',
  examples: [['cofferdam shell', 'look around as the agent']],
  async run({ cwd }) {
    const { exec } = await import('../../verbs/exec.ts');
    return exec(cwd, ['bash', '-l']);
  },
});
