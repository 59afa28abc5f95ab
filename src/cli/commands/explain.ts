import { ToolError } from '../../core/errors.ts';
import { defineCommand } from '../command.ts';

export default defineCommand({
  name: 'explain',
  summary: 'explain a rule, probe, attack or error',
  description: `Tells what an ID in a report means, why it matters and what to do, with examples. Without an ID it lists the rules.

Exit code: 0; 2 if nothing is called that.`,
  arguments: [{ name: 'id', summary: 'docker-socket-mount, DKR-01, policy-invalid …' }],
  options: [
    { flags: '--risks', summary: 'what the policy of this folder leaves open' },
    { flags: '--json', summary: 'print a document for programs' },
  ],
  examples: [
    ['cofferdam explain', 'all rules'],
    ['cofferdam explain docker-socket-mount', 'one of them, with examples'],
    ['cofferdam explain DKR-02', 'an attack, and what remains of it'],
    ['cofferdam explain --risks', 'what the box does not protect from'],
  ],
  async run({ cwd, arguments: [id], options }, terminal) {
    const { explain, explainRisks } = await import('../../verbs/explain.ts');
    const json = options['json'] === true;
    if (options['risks'] === true && id !== undefined) {
      throw new ToolError(
        'usage',
        '--risks is about the policy of this folder and takes no ID.',
        'cofferdam explain --risks',
      );
    }
    return options['risks'] === true ? explainRisks(cwd, json, terminal) : explain(id, json, terminal);
  },
});
