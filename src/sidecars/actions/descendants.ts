import { readdirSync, readFileSync } from 'node:fs';

/** The variable by which everything that a run started is found again, also what left its process group (setsid(2)). */
export const MARK = 'COFFERDAM_CALL';

const ROUNDS = 20;

function environOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // gone meanwhile, or not ours
  }
}

const marked = (call: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && `\0${environOf(name)}`.includes(`\0${MARK}=${call}\0`))
    .map(Number);

export function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch {
    // ESRCH: it has ended
  }
}

/** Kills what is left of a run. More than one round, because what is looked for may make more of its kind meanwhile. */
export function killRest(call: string, group: number): void {
  signal(-group, 'SIGKILL');
  if (process.platform !== 'linux') return;
  for (let round = 0; round < ROUNDS; round++) {
    const found = marked(call);
    if (found.length === 0) return;
    for (const pid of found) signal(pid, 'SIGKILL');
  }
}
