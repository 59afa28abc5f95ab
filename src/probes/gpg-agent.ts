import type { FoundSocket } from '../core/probing.ts';
import { defineProbe } from './probe.ts';
import { breached, held } from './support/judge.ts';
import { boxSweep, count, plant, plantHere, type SweepTarget, sweep } from './support/sockets.ts';

export default defineProbe<SweepTarget, readonly FoundSocket[]>({
  id: 'gpg-agent',
  title: 'No GPG agent greets',
  group: 'credentials',
  attacks: ['CRD-02'],
  why: 'A forwarded GPG agent signs commits and decrypts as the user.',
  leaves: 'An agent that an editor forwards later; run again when it is attached.',
  inside: (bench) => plantHere(bench, 'gpg-agent', 'S.gpg-agent'),
  targets: () => Promise.resolve(boxSweep),
  control: (bench) => plant(bench, 'gpg-agent', `/run/canary-${bench.nonce}/S.gpg-agent`),
  attempt: sweep,
  judge(out) {
    // Assuan servers greet with OK (Libassuan manual, "Server responses").
    const agents = out.filter(({ path, connect, greeting }) =>
      /S\.gpg-agent/.test(path) ? connect === 'ok' : greeting.startsWith('OK Pleased to meet you'),
    );
    if (agents.length > 0) return breached(`an agent answers on ${agents.map(({ path }) => path).join(', ')}`);
    return held(count(out));
  },
});
