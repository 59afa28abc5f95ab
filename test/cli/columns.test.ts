import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { explainError } from '../../src/cli/error-text.ts';
import { ERRORS, ToolError } from '../../src/core/errors.ts';
import type { Terminal } from '../../src/host/terminal.ts';
import { cofferdam, Scratch } from '../support/cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const tooWide = (text: string): readonly string[] => text.split('\n').filter((line) => [...line].length > 80);
const commands = COMMANDS.flatMap(({ name, subcommands = [] }) => [
  [name],
  ...subcommands.map((sub) => [name, sub.name]),
]);

describe('on a terminal of 80 columns', () => {
  it.each([[], ...commands].map((words) => [words]))('the help of %j fits and exits 0', (words) => {
    const { status, stdout, stderr } = cofferdam(scratch.folder(), [...words, '--help']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Usage: cofferdam');
    expect(tooWide(stdout)).toEqual([]);
  });

  it('the list of rules fits', () => {
    expect(tooWide(cofferdam(scratch.folder(), ['explain']).stdout)).toEqual([]);
  });

  it.each(Object.keys(ERRORS))('the explanation of %s fits', (code) => {
    const { status, stdout } = cofferdam(scratch.folder(), ['explain', code]);
    expect(status).toBe(0);
    expect(tooWide(stdout)).toEqual([]);
  });

  it('every error of the catalogue fits, with a long message and a long next step', () => {
    let said = '';
    const terminal: Terminal = {
      out: () => {},
      err: (text) => {
        said += text;
      },
      style: (_stream, _style, text) => text,
      width: 200,
      interactive: false,
    };
    const long = 'something happened that takes many words to tell '.repeat(5);
    for (const code of Object.keys(ERRORS)) {
      explainError(new ToolError(codeOf(code), `${long}\n  3 | a line of a file`, long), terminal, true);
    }
    explainError(new Error(long), terminal, false);
    expect(tooWide(said)).toEqual([]);
    expect(said).toContain('\n  3 | a line of a file\n');
    expect(said).toMatch(/^error \[usage\] something happened .*\n {2}\S.*\n/);
    expect(said).toMatch(/\n {2}next: something .*\n {8}\S/);
  });

  it('an error about a policy fits', () => {
    const folder = scratch.folder({
      '.devcontainer/cofferdam.yaml': `version: 1\nstack: node\nagents: [codex] # ${'long '.repeat(40)}\nreadOnly: [a, ${'b'.repeat(30)}\n`,
    });
    const { status, printed } = cofferdam(folder, ['sync', '--check']);
    expect(status).toBe(2);
    expect(tooWide(printed)).toEqual([]);
  });
});

/** The catalogue's keys with their type. */
function codeOf(text: string): keyof typeof ERRORS {
  const isCode = (key: string): key is keyof typeof ERRORS => key in ERRORS;
  if (!isCode(text)) throw new Error(text);
  return text;
}
