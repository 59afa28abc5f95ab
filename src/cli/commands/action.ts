import { defineCommand } from '../command.ts';

export default defineCommand({
  name: 'action',
  summary: 'run one of the policy’s actions',
  description: `Calls an action of this folder's box, as the agent does by the same words inside, and shows what it prints. Without a
name it lists the actions. The exit code is the action's, or: 120 refused, 121 too often or too many at a time,
122 stopped before its end, 123 no answer.`,
  arguments: [{ name: 'words', summary: 'the action’s name, then its arguments as KEY=VALUE', variadic: true }],
  passThrough: true,
  examples: [
    ['cofferdam action', 'what there is'],
    ['cofferdam action backup name=before-migration', 'an action with an argument'],
  ],
  async run({ cwd, arguments: words }) {
    const { action } = await import('../../verbs/action.ts');
    return action(cwd, words);
  },
});
