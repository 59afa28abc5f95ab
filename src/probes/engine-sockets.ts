import type { FoundSocket } from '../core/probing.ts';
import { defineProbe } from './probe.ts';
import { breached, held } from './support/judge.ts';
import { boxSweep, count, plant, plantHere, type SweepTarget, sweep } from './support/sockets.ts';

export default defineProbe<SweepTarget, readonly FoundSocket[]>({
  id: 'engine-sockets',
  title: 'None of the sockets that the agent can find belongs to a container engine',
  group: 'docker',
  attacks: ['DKR-01', 'DKR-07', 'VSC-02'],
  why: 'The engine’s socket is root on the host. It can come from a mount, a Feature, an override file or the editor; so every socket is asked, whatever its name.',
  leaves: 'An engine that is reached over TCP: see engine-tcp.',
  inside: (bench) => plantHere(bench, 'engine', 'engine.sock'),
  targets: () => Promise.resolve(boxSweep),
  control: (bench) => plant(bench, 'engine', `/run/canary-${bench.nonce}/engine.sock`),
  attempt: sweep,
  judge(out) {
    const engines = out.filter(({ engine }) => engine);
    if (engines.length > 0) return breached(`an engine answers on ${engines.map(({ path }) => path).join(', ')}`);
    return held(count(out));
  },
});
