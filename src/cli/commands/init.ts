import { AGENTS } from '../../policy/agents.ts';
import { defineCommand } from '../command.ts';

declare const __VERSION__: string;

export default defineCommand({
  name: 'init',
  summary: 'write a policy and a hardened dev container for this folder',
  description: `Looks at the repository, shows the policy and every file as a diff, and writes them after you say yes.
An existing .devcontainer is never overwritten. Run again, it changes nothing.

Exit code: 0 written, or nothing to do; 2 nothing was written, and why; 3 something could not be read or written.`,
  options: [
    {
      flags: '--agent <names>',
      summary: `agents to install, separated by commas: ${Object.keys(AGENTS).join(', ')} (default: claude-code)`,
      repeatable: true,
    },
    { flags: '--stack <name>', summary: 'node or debian (default: node where there is a package.json)' },
    {
      flags: '--topology <name>',
      summary: 'attached: editor and agent share a container (default), or split: a container for each',
    },
    { flags: '--docker <level>', summary: 'what the agent may ask Docker: none, read or sandboxed (default: read)' },
    {
      flags: '--forward <ports>',
      summary: 'ports of the box that this machine’s localhost reaches, such as 3000-3003 (default: none)',
      repeatable: true,
    },
    { flags: '--yes', summary: 'write without asking' },
    { flags: '--dry-run', summary: 'only show what would be written' },
    { flags: '--json', summary: 'print the changes as a document for programs; with --yes or --dry-run' },
  ],
  examples: [
    ['cofferdam init', 'look, ask, write'],
    ['cofferdam init --agent claude-code,codex --docker none --yes', 'two agents, no Docker, in a script'],
    ['cofferdam init --dry-run', 'see the files first'],
  ],
  async run({ cwd, options }, terminal) {
    const { readAnswers } = await import('../../verbs/answers.ts');
    const { init } = await import('../../verbs/init.ts');
    return init(
      cwd,
      {
        ...readAnswers(options),
        yes: options['yes'] === true,
        dryRun: options['dryRun'] === true,
        json: options['json'] === true,
        version: __VERSION__,
      },
      terminal,
    );
  },
});
