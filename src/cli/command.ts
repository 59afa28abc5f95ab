import type { ExitCode } from '../core/exit.ts';
import type { Some } from '../core/span.ts';
import type { Terminal } from '../host/terminal.ts';

export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  readonly required?: boolean;
  readonly variadic?: boolean;
}

export interface OptionSpec {
  /** As commander takes them: `--format <name>`, `-f, --follow`. */
  readonly flags: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  readonly default?: string;
  /** May be given several times; the value is then a list. */
  readonly repeatable?: boolean;
}

export interface Invocation {
  readonly arguments: readonly string[];
  /** By the long flag's name in camel case. Values are strings, booleans or lists of strings. */
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly cwd: string;
}

/**
 * One command. The file src/cli/commands/NAME.ts exports one as `default`; help, completion and docs/cli are made from
 * it. `run` imports the verb lazily, so that starting one command does not load the others.
 */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Command lines with what they are for. */
  readonly examples: Some<readonly [command: string, purpose: string]>;
  /** Everything after the first argument belongs to another program (`exec`). */
  readonly passThrough?: boolean;
  readonly subcommands?: readonly CommandSpec[];
  run(invocation: Invocation, terminal: Terminal): Promise<ExitCode | number>;
}

export const defineCommand = (command: CommandSpec): CommandSpec => command;
