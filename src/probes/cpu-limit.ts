import { defineProbe } from './probe.ts';
import { judgeLimit, type Limits, type LimitTarget, limitProbe } from './support/limits.ts';

export default defineProbe<LimitTarget, Limits>({
  ...limitProbe,
  id: 'cpu-limit',
  title: 'Processor time is limited',
  attacks: ['RES-02'],
  why: 'A busy loop, or a miner, should leave the machine usable.',
  leaves: 'Disk and network bandwidth are not limited.',
  judge: ({ cpu }) => judgeLimit(cpu, 'cpu.max'),
});
