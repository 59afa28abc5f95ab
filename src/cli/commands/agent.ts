import { defineCommand } from '../command.ts';

export default defineCommand({
  name: 'agent',
  summary: 'start a coding agent in its container',
  description:
    'Starts an agent of the policy, in the folder of the box that corresponds to the current one, with the editor’s variables cleared. NAME is the policy’s (`claude-code`) or the program’s (`claude`), and is needed only if the policy has several. What follows goes to the agent. The exit code is the agent’s.',
  arguments: [{ name: 'name', summary: 'the agent, then its own arguments', variadic: true }],
  passThrough: true,
  examples: [
    ['cofferdam agent', 'the only agent of the policy'],
    ['cofferdam agent codex', 'one of several'],
    ['cofferdam agent -- --continue', 'an option for the agent'],
  ],
  async run({ cwd, arguments: words }) {
    const { agent } = await import('../../verbs/agent.ts');
    return agent(cwd, words);
  },
});
