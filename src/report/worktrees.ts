import { printable } from '../core/printable.ts';

/** What is shown of a worktree; `list --json` prints it as it is. */
export interface WorktreeRow {
  readonly name: string;
  readonly path: string;
  readonly isolation: 'clone' | 'shared';
  /** `running`, `stopped`, `none`: the box. `unknown`: no engine answers. The others: what `worktree add` puts right. */
  readonly state: 'running' | 'stopped' | 'none' | 'unknown' | 'making' | 'removing' | 'moved' | 'foreign';
  /** Branch that is checked out; null where none is, or where it cannot be read. */
  readonly branch: string | null;
  /** Commits of the branch that its base does not have, and the other way round. */
  readonly ahead: number | null;
  readonly behind: number | null;
  /** Commits that the main checkout does not have at all. */
  readonly unlanded: number | null;
  /** Addresses on this machine that lead into the box. */
  readonly ports: readonly string[];
  /** Bytes of the checkout, and of the box’s volumes. */
  readonly disk: { readonly checkout: number | null; readonly volumes: number | null };
  /** When something was last done in the repository; as the agent’s files say. */
  readonly lastActivity: string | null;
  readonly faults: readonly string[];
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `1.5 GB`; `?` where it is not known. */
export function size(bytes: number | null): string {
  if (bytes === null) return '?';
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

const AGES: readonly (readonly [seconds: number, word: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

/** `3 h`: how many seconds something is ago; `?` where it is not known. */
export function age(ago: number | null): string {
  if (ago === null) return '?';
  const seconds = Math.max(0, ago);
  const [length, word] = AGES.find(([each]) => seconds >= each) ?? [1, 's'];
  return `${Math.floor(seconds / length)} ${word}`;
}

/** What to do about a state that is no state to stay in. */
function next({ name, state }: WorktreeRow): readonly string[] {
  switch (state) {
    case 'making':
      return [`half made: cofferdam worktree add ${name} goes on, remove ${name} takes it away`];
    case 'removing':
      return [`half removed: cofferdam worktree remove ${name} goes on`];
    case 'moved':
      return [
        `not where it was: cofferdam worktree add ${name}, here or in the worktree, puts that right (git worktree repair alone does not)`,
      ];
    case 'foreign':
      return [`belongs to another checkout, of which this one is a copy: cofferdam worktree remove ${name} forgets it`];
    case 'unknown':
      return ['no engine answers, so nothing is known of its box (cofferdam doctor)'];
    default:
      return [];
  }
}

const COLUMNS = ['NAME', 'BRANCH', 'BOX', 'BASE', 'UNLANDED', 'PORTS', 'DISK', 'LAST', 'PATH'] as const;

const of = (value: number | null): string => (value === null ? '?' : String(value));

/** One line for each worktree, and below it what is the matter with it. `ago` gives how many seconds ago a time was. */
export function table(rows: readonly WorktreeRow[], ago: (time: string) => number): string {
  const cells = rows.map((row) =>
    [
      row.name,
      row.branch ?? '?',
      row.state,
      row.ahead === null && row.behind === null ? '?' : `+${of(row.ahead)} -${of(row.behind)}`,
      of(row.unlanded),
      row.ports.join(' ') || '-',
      `${size(row.disk.checkout)} + ${size(row.disk.volumes)}`,
      age(row.lastActivity === null ? null : ago(row.lastActivity)),
      row.path,
    ].map((cell) => printable(cell)),
  );
  const widths = COLUMNS.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const print = (line: readonly string[]): string =>
    `${line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  const lines = rows.map((row, index) => {
    const notes = [...next(row), ...row.faults].map((note) => `  ${printable(note)}\n`).join('');
    return print(cells[index] ?? []) + notes;
  });
  return print(COLUMNS) + lines.join('');
}
