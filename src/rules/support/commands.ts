import type { Span } from '../../core/span.ts';
import { base, innermost } from '../../model/words.ts';
import type { Configuration, Script } from '../../model/workspace.ts';

/** One simple command of a script: a lifecycle command, a RUN instruction, what a container starts with. */
export interface Command {
  /** Its program without folder, behind sudo, env and the like. */
  readonly program: string;
  /** The words after the program. */
  readonly args: readonly string[];
  /** All words, sudo included. */
  readonly words: readonly string[];
  readonly script: Script;
  readonly configuration: Configuration;
  readonly at: Span;
}

/** The commands of all scripts whose shell text was looked at. */
export function* commands(configurations: readonly Configuration[]): Iterable<Command> {
  for (const configuration of configurations) {
    for (const { value: script } of configuration.scripts) {
      for (const { value: words, span } of script.shell.commands) {
        const [program = '', ...args] = innermost(words);
        yield { program: base(program), args, words, script, configuration, at: span };
      }
    }
  }
}
