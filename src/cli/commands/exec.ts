import { defineCommand } from '../command.ts';

export default defineCommand({
  name: 'exec',
  summary: 'run a program in the agent’s container',
  description:
    'Runs the program as the agent’s user, in the folder of the box that corresponds to the current one, with the editor’s variables cleared. The exit code is the program’s.',
  arguments: [{ name: 'command', summary: 'the program and its arguments', required: true, variadic: true }],
  passThrough: true,
  examples: [
    ['cofferdam exec git log', 'any program'],
    ['cofferdam exec -- npm test --watch', 'a program with options of its own'],
  ],
  async run({ cwd, arguments: argv }) {
    const { exec } = await import('../../verbs/exec.ts');
    return exec(cwd, argv);
  },
});
