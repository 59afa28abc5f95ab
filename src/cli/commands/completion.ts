import { ToolError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit.ts';
import { defineCommand } from '../command.ts';

export default defineCommand({
  name: 'completion',
  summary: 'print a script that completes commands in your shell',
  description: `Prints a completion script for bash, zsh or fish, made from the commands and options of this version. The
script starts no program.`,
  arguments: [{ name: 'shell', summary: 'bash, zsh or fish', required: true }],
  examples: [
    ['source <(cofferdam completion bash)', 'in ~/.bashrc'],
    ['source <(cofferdam completion zsh)', 'in ~/.zshrc, after compinit'],
    ['cofferdam completion fish | source', 'in ~/.config/fish/config.fish'],
  ],
  async run({ arguments: [name] }, terminal) {
    const { completionScript, SHELLS } = await import('../completion.ts');
    const shell = SHELLS.find((known) => known === name);
    if (shell === undefined) {
      throw new ToolError('usage', `There is no completion for ${name}.`, `cofferdam completion ${SHELLS.join('|')}`);
    }
    const { COMMANDS } = await import('./index.ts');
    terminal.out(completionScript(shell, COMMANDS));
    return EXIT.ok;
  },
});
