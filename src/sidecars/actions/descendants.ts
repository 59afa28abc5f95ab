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

function parentOf(pid: string): number | undefined {
  try {
    // proc_pid_stat(5): the name, which may hold anything, is in parentheses; state and parent come after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/**
 * What belongs to a call: what has its mark, what has none (`env -i`) and lost its parent, where this process is the only
 * child of the container's init, and what these started. What somebody runs by `docker exec` has no parent in there.
 */
function restOf(call: string): ReadonlySet<number> {
  const inBox = process.ppid === 1;
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ pid: Number(name), parent: parentOf(name), environ: `\0${environOf(name)}` }));
  const found = new Set<number>();
  for (const { pid, parent, environ } of all) {
    const lost = inBox && parent === 1 && !environ.includes(`\0${MARK}=`);
    if (lost || environ.includes(`\0${MARK}=${call}\0`)) found.add(pid);
  }
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { pid, parent } of all) if (parent !== undefined && found.has(parent)) found.add(pid);
  }
  return found;
}

export function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch {
    // ESRCH: it has ended
  }
}

/** Kills what is left of a run. More than one round, because what is looked for may make more of its kind meanwhile. */
export function killRest(call: string, group: number | undefined): void {
  if (group !== undefined) signal(-group, 'SIGKILL');
  if (process.platform !== 'linux') return;
  for (let round = 0; round < ROUNDS; round++) {
    const found = restOf(call);
    if (found.size === 0) return;
    for (const pid of found) signal(pid, 'SIGKILL');
  }
}
