import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { quantile, type Race } from './editor-reach.ts';

const PAGE = 'docs/guide/editor.md';
const [BEGIN, END] = ['<!-- figures: begin -->\n', '<!-- figures: end -->'];

export interface Row {
  readonly name: string;
  /** Kinds of sockets that took a connection from a terminal; undefined: the terminals were not attacked. */
  readonly reached?: readonly string[];
  readonly race: Race;
}

const TITLES: Readonly<Record<string, string>> = {
  split: '`topology: split`, even with `ipc: allow`',
  prevent: '`attached`, `ipc: prevent`',
  guard: '`attached`, `ipc: guard`',
  loop: 'a loop in the box that cleans up every 30 s',
  nothing: 'nothing (`attached`, `ipc: allow`)',
};

/**
 * Puts the figures of a run into the page, or compares: names and counts must be the same, but for the guard's, which is
 * late as often as the machine is busy. `vitest -u` writes.
 */
export async function figures(rows: readonly Row[]): Promise<void> {
  const page = readFileSync(PAGE, 'utf8');
  const [head = '', rest = ''] = page.split(BEGIN);
  const [section = '', tail = ''] = rest.split(END);
  const made = table(rows, section);
  console.log(made);
  const same = general(section.trim()) === general(made);
  await expect(`${head}${BEGIN}\n${same ? section.trim() : made}\n\n${END}${tail}`).toMatchFileSnapshot(
    `../../${PAGE}`,
  );
}

/** A line that was not run, because only some were asked for, stays as it is. */
function table(rows: readonly Row[], before: string): string {
  const lines = Object.entries(TITLES).map(([name, title]) => {
    const row = rows.find((candidate) => candidate.name === name);
    if (row === undefined) {
      return before.split('\n').find((line) => line.startsWith(`| ${title} |`)) ?? `| ${title} | not run | | |`;
    }
    const { race } = row;
    const refused = Object.values(race.refused).reduce((sum, count) => sum + count, 0);
    const gone =
      refused > 0 ? 'none was made' : race.windows.length === 0 ? 'stayed' : `${ms(race, 0.5)} / ${ms(race, 0.99)}`;
    const reached = row.reached ? row.reached.map((kind) => `\`${kind}\``).join(', ') || 'nothing' : 'not attacked';
    return `| ${title} | ${reached} | ${gone} | ${race.won} |`;
  });
  return [
    '| | Sockets that took a connection from a terminal | Gone after (ms, half / 99 of 100) | Connections, of 1000 sockets |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n');
}

const ms = ({ windows }: Race, share: number): string => (quantile(windows, share) ?? 0).toFixed(1);

/** The table without the figures that say how busy the machine was: windows, and how often the guard came too late. */
const general = (text: string): string => text.replace(/(ipc: guard`.*\| )\d+ \|/, '$1n |').replace(/\d+\.\d/g, 'n');
