import { wrap } from '../report/frame.ts';
import type { CommandSpec } from './command.ts';

/**
 * Text of the source at a width: lines of a paragraph are joined and broken anew, indented lines (lists, commands) stay
 * lines of their own.
 */
export function paragraphs(text: string, width: number): string {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => (/^\s/m.test(paragraph) ? list(paragraph, width) : wrap(paragraph, width)))
    .join('\n\n');
}

const list = (paragraph: string, width: number): string =>
  paragraph
    .split('\n')
    .map((line) => {
      const lead = /^\s*/.exec(line)?.[0] ?? '';
      return lead + wrap(line, width - lead.length, lead === '' ? '' : `${lead}  `);
    })
    .join('\n');

/** What a person reads first: a sentence, also where only a summary (`make and start the box`) is given. */
export const introduction = ({ description, summary }: CommandSpec): string =>
  description ?? `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;

/** The examples: command and purpose on one line if all of them fit, otherwise the purpose above its command. */
export function examples(spec: CommandSpec, width: number): string {
  const column = Math.max(...spec.examples.map(([line]) => line.length));
  const rows = spec.examples.map(([line, purpose]) => `  ${line.padEnd(column)}  # ${purpose}`);
  const fit = rows.every((row) => row.length <= width);
  const stacked = spec.examples.map(
    ([line, purpose]) => `  # ${wrap(purpose, width - 4, '  # ')}\n  ${command(line, width - 2)}`,
  );
  return `\nExamples:\n${fit ? rows.join('\n') : stacked.join('\n\n')}`;
}

/** A command line, continued as a shell would take it. */
function command(line: string, width: number): string {
  return wrap(line, width - 2, '      ').replaceAll('\n', ' \\\n');
}
