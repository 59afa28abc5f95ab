import type { FoundSocket } from '../core/probing.ts';
import { defineProbe } from './probe.ts';
import { isEditorSocket, lists } from './support/editors.ts';
import { breached, held } from './support/judge.ts';
import { boxSweep, count, plant, plantHere, type SweepTarget, sweep } from './support/sockets.ts';

export default defineProbe<SweepTarget, readonly FoundSocket[]>({
  id: 'editor-sockets',
  title: 'No socket of an editor accepts a connection',
  group: 'editor',
  attacks: ['VSC-01', 'VSC-02', 'VSC-06', 'UIX-01', 'EXT-01'],
  why: 'Through vscode-ipc-*.sock the editor on the host opens files and URLs and installs extensions. What /proc/net/unix lists may be deleted: so each one is connected to.',
  leaves:
    'An editor that is attached later; run again then. A program of the same user that spins wins some races against the guard.',
  inside: (bench) => plantHere(bench, 'editor', 'windsurf-canary.sock'),
  targets: () => Promise.resolve(boxSweep),
  control: (bench) => plant(bench, 'editor', `/run/user/1000/deeper/vscode-ipc-${bench.nonce}.sock`),
  attempt: sweep,
  judge(out) {
    const open = out.filter(({ path, connect }) => connect === 'ok' && isEditorSocket(path));
    if (open.length > 0) return breached(`connected to ${open.map(({ path }) => path).join(', ')}`);
    const answering = out.filter(({ connect }) => connect === 'ok').map(({ path }) => path);
    return held(`${count(out)}${lists(answering)}`);
  },
});
