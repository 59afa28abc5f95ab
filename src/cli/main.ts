import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ToolError } from '../core/errors.ts';
import { EXIT } from '../core/exit.ts';
import { processTerminal, type Terminal } from '../host/terminal.ts';
import type { CommandSpec, Invocation } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { explainError } from './error-text.ts';
import { examples, introduction, paragraphs } from './help.ts';

declare const __VERSION__: string;

/** Prose gets hard to read on wider lines. */
const helpWidth = ({ width }: Terminal): number => Math.min(Math.max(width, 40), 80);

function build(spec: CommandSpec, terminal: Terminal, done: (code: number) => void): Command {
  const columns = helpWidth(terminal);
  const command = new Command(spec.name).description(paragraphs(introduction(spec), columns)).summary(spec.summary);
  for (const argument of spec.arguments ?? []) {
    const name = argument.variadic ? `${argument.name}...` : argument.name;
    command.argument(argument.required ? `<${name}>` : `[${name}]`, argument.summary);
  }
  for (const option of spec.options ?? []) {
    const built = new Option(option.flags, option.summary);
    if (option.choices) built.choices([...option.choices]);
    if (option.default !== undefined) built.default(option.default);
    if (option.repeatable) {
      const allowed = option.choices;
      built.argParser((value: string, before: string[] | undefined) => {
        if (allowed && !allowed.includes(value)) throw new InvalidArgumentError(`Allowed: ${allowed.join(', ')}.`);
        return [...(before ?? []), value];
      });
    }
    command.addOption(built);
  }
  command.addHelpText('after', () => examples(spec, columns));
  if (spec.passThrough) command.passThroughOptions().enablePositionalOptions();
  for (const sub of spec.subcommands ?? []) command.addCommand(build(sub, terminal, done));
  if (spec.subcommands === undefined) {
    command.allowExcessArguments(false).action(async () => {
      const invocation: Invocation = { arguments: command.args, options: command.opts(), cwd: process.cwd() };
      done(await spec.run(invocation, terminal));
    });
  }
  return command;
}

export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = EXIT.ok;
  const program = new Command('cofferdam')
    .description('Puts coding agents into dev containers they cannot get out of, and proves it.')
    .version(__VERSION__, '--version', 'print the version')
    .option('--verbose', 'say more about errors')
    .showSuggestionAfterError(true)
    .enablePositionalOptions();
  // Where the first word is a command, the others need not be built; help and suggestions want all of them.
  const named = COMMANDS.filter(({ name }) => name === argv.find((word) => word !== '--verbose'));
  for (const spec of named.length > 0 ? named : COMMANDS) {
    program.addCommand(build(spec, terminal, (result) => (code = result)));
  }
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: () => {},
      getOutHelpWidth: () => helpWidth(terminal),
      getErrHelpWidth: () => helpWidth(terminal),
    });
    for (const sub of command.commands) quiet(sub);
  };
  quiet(program);
  const verbose = argv.includes('--verbose');
  try {
    await program.parseAsync(
      [...argv].filter((word, index) => !(word === '--verbose' && index === 0)),
      { from: 'user' },
    );
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok;
      const asked = error.code === 'commander.help';
      if (asked) return EXIT.usage;
      const message = error.message
        .replace(/^error: /, '')
        .replace(/\n\(Did you mean ([^\n]*)\?\)\n?$/, '; did you mean $1?');
      return explainError(
        new ToolError('usage', message, 'cofferdam --help lists the commands; cofferdam COMMAND --help its options.'),
        terminal,
        false,
      );
    }
    return explainError(error, terminal, verbose);
  }
  return code;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // the reader has seen enough (`cofferdam … | head`)
});
process.exitCode = await main(process.argv.slice(2), processTerminal());
