import type { FoundSocket } from '../core/probing.ts';
import { defineProbe } from './probe.ts';
import { breached, held } from './support/judge.ts';
import { boxSweep, count, plant, plantHere, type SweepTarget, sweep } from './support/sockets.ts';

export default defineProbe<SweepTarget, readonly FoundSocket[]>({
  id: 'ssh-agent',
  title: 'No SSH agent lists its keys',
  group: 'credentials',
  attacks: ['CRD-01'],
  why: 'Editors forward the host’s agent whatever SSH_AUTH_SOCK says; whoever finds the socket signs with the user’s keys.',
  leaves: 'An agent that an editor forwards later; run again when it is attached.',
  inside: (bench) => plantHere(bench, 'ssh-agent', 'agent.sock'),
  targets: () => Promise.resolve(boxSweep),
  control: (bench) => plant(bench, 'ssh-agent', `/run/canary-${bench.nonce}/agent.sock`),
  attempt: sweep,
  judge(out) {
    const agents = out.filter(({ sshAgent }) => sshAgent);
    if (agents.length > 0) return breached(`an agent lists its keys on ${agents.map(({ path }) => path).join(', ')}`);
    return held(count(out));
  },
});
