import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { editorsIn, pretended } from './support/editors.ts';
import { breached, failed, held, REFUSALS, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  /** Only processes with this in their command line count. */
  readonly folder?: string;
}

interface Out {
  readonly seen: number;
  readonly processes: number;
  readonly memory: Outcome<Facts['memory']>;
}

async function control(bench: Bench): Promise<Target> {
  const { place, folder } = await pretended(bench, 'editor-memory');
  return { place, folder };
}

export default defineProbe<Target, Out>({
  id: 'editor-memory',
  title: 'The memory of an editor’s server is out of reach',
  group: 'editor',
  attacks: ['VSC-07', 'CRD-08'],
  why: 'Who can attach to the server’s process has all its connections and tokens. /proc/PID/mem is opened for writing: the kernel asks there what it asks for ptrace’s attach (proc_pid_mem(5)), and nothing needs to be stopped.',
  leaves: 'An editor that is attached later: `cofferdam verify --live-editor` looks at it.',
  residual: ({ topology }) => (topology === 'attached' ? 'topology: attached' : undefined),
  inside: control,
  targets: () => Promise.resolve([{ place: 'box' }]),
  control,
  async attempt(bench, { place, folder }) {
    const { seen, processes } = await editorsIn(bench, place, folder);
    const pids = processes.map(({ pid }) => pid);
    const memory = await (await bench.at(place)).perform({ do: 'memory', pids });
    return { did: 'open the memory of each process of an editor', out: { seen, processes: pids.length, memory } };
  },
  judge({ seen, processes, memory }) {
    if (!memory.ok) return failed(memory);
    const codes = Object.entries(memory.value);
    const open = codes.filter(([, code]) => code === 'ok').map(([pid]) => pid);
    if (open.length > 0) return breached(`opened for writing: process ${open.join(', ')}`);
    if (seen === 0 || codes.length !== processes) return unclear('processes could not be looked at');
    const odd = codes.filter(([, code]) => !REFUSALS.has(code));
    if (odd.length > 0) return unclear(odd.map(([pid, code]) => `${pid}: ${code}`).join(', '));
    return held(processes === 0 ? `no editor’s process among ${seen}` : `${processes} refused`);
  },
});
