import type { EditorProcess } from '../core/probing.ts';
import { defineProbe } from './probe.ts';
import { isSessionList, lists } from './support/editors.ts';
import { breached, held, UNREACHABLE, unclear } from './support/judge.ts';
import { type LiveTarget, liveProbe, look, many, unseen } from './support/live.ts';

interface Out {
  readonly processes: readonly EditorProcess[];
  /** By the editor's name of the socket: what connect(2) said, or `apart` where the agent has no name for it. */
  readonly tried: readonly { readonly path: string; readonly code: string }[];
}

export default defineProbe<LiveTarget, Out>({
  ...liveProbe('live-editor-sockets'),
  id: 'live-editor-sockets',
  title: 'The sockets of the attached editor’s server are out of reach',
  attacks: ['VSC-01', 'VSC-02', 'VSC-05', 'VSC-06'],
  why: 'Patterns of names miss what another version of an editor calls its sockets. So they are found by the processes that listen on them, and each is connected to as the agent.',
  leaves: 'Sockets that come later: reload the editor’s window, open another terminal, and run again.',
  residual: ({ topology, ipc }) => (topology === 'attached' && ipc === 'guard' ? 'ipc: guard' : undefined),
  async attempt(bench, target) {
    const { processes, seen } = await look(bench, target);
    const site = await bench.at(target.agent);
    const paths = [...new Set(processes.flatMap(({ sockets }) => sockets))];
    const tried = paths.map(async (path) => {
      // The kernel keeps abstract names apart by network, so the same name is tried.
      const to = path.startsWith('@') ? `\0${path.slice(1)}` : seen(path);
      if (to === undefined) return { path, code: 'apart' };
      const outcome = await site.perform({ do: 'connect', to: { socket: to } });
      return { path, code: outcome.ok ? 'ok' : outcome.code };
    });
    return {
      did: 'connect to each socket of the server’s processes',
      out: { processes, tried: await Promise.all(tried) },
    };
  },
  judge({ processes, tried }) {
    const answering = tried.filter(({ code }) => code === 'ok').map(({ path }) => path);
    const open = answering.filter((path) => !isSessionList(path));
    if (open.length > 0) return breached(`connected to ${open.join(', ')}`);
    const nothing = unseen(processes);
    if (nothing) return nothing;
    const odd = tried.filter(({ code }) => code !== 'ok' && code !== 'apart' && !UNREACHABLE.has(code));
    if (odd.length > 0) return unclear(odd.map(({ path, code }) => `${path}: ${code}`).join(', '));
    return held(`${many(processes)}: ${tried.length} socket(s), none of them accepts the agent${lists(answering)}`);
  },
});
