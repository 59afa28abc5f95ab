import type { EditorProcess, Facts, Outcome } from '../core/probing.ts';
import { defineProbe } from './probe.ts';
import { breached, failed, held, REFUSALS, unclear } from './support/judge.ts';
import { attached, type LiveTarget, liveProbe, look, many, unseen } from './support/live.ts';

interface Out {
  readonly processes: readonly EditorProcess[];
  /** Paths of the editor's container that the agent's has, too. */
  readonly shared: readonly string[];
  readonly all: number;
  readonly writable: Outcome<Facts['writable']>;
}

const SERVER_FOLDER = /^.*?\/(?:\.[a-z-]+-server|code-server[^/]*)(?=\/)/;

/** What a server runs, the folders that hold it, and where it looks for extensions and settings. */
function filesOf(processes: readonly EditorProcess[]): readonly string[] {
  const programs = processes.flatMap((one) => one.programs);
  const homes = programs.flatMap((path) => SERVER_FOLDER.exec(path)?.[0] ?? []);
  const folders = programs.map((path) => path.slice(0, path.lastIndexOf('/'))).filter((path) => path !== '');
  const inHomes = homes.flatMap((home) => [home, `${home}/extensions`, `${home}/data/Machine/settings.json`]);
  return [...new Set([...programs, ...folders, ...inHomes])];
}

const NOT_THERE = new Set(['ENOENT', 'ENOTDIR']);

export default defineProbe<LiveTarget, Out>({
  ...liveProbe('live-editor-files'),
  id: 'live-editor-files',
  title: 'The programs of the attached editor’s server cannot be changed',
  attacks: ['VSC-07', 'EXT-01'],
  why: 'A changed server, extension or setting talks to the editor on the host as the real one does. What the server’s processes run is found, and the agent is asked whether it could write there; nothing is written.',
  leaves: 'What the editor runs of the workspace, which the agent writes.',
  residual: attached,
  async attempt(bench, target) {
    const { processes, seen } = await look(bench, target);
    const all = filesOf(processes);
    const shared = all.flatMap((path) => seen(path) ?? []);
    const writable = await (await bench.at(target.agent)).perform({ do: 'writable', paths: shared });
    return { did: 'ask to write what the server runs', out: { processes, shared, all: all.length, writable } };
  },
  judge({ processes, shared, all, writable }) {
    if (!writable.ok) return failed(writable);
    const codes = Object.entries(writable.value);
    const open = codes.filter(([, code]) => code === 'ok').map(([path]) => path);
    if (open.length > 0) return breached(`writable: ${open.slice(0, 6).join(', ')}, ${open.length} of ${all} path(s)`);
    const nothing = unseen(processes);
    if (nothing) return nothing;
    if (all === 0 || codes.length !== shared.length) return unclear('no program of the server was found');
    const odd = codes.filter(([, code]) => !REFUSALS.has(code) && !NOT_THERE.has(code));
    if (odd.length > 0) return unclear(odd.map(([path, code]) => `${path}: ${code}`).join(', '));
    return held(`${many(processes)}: ${all} path(s), ${shared.length} of them the agent’s container has, too`);
  },
});
