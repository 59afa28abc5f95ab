import { defineProbe, type Place } from './probe.ts';
import { judgeLimit, type Limits, limitProbe } from './support/limits.ts';

export default defineProbe<{ readonly place: Place }, Limits>({
  ...limitProbe,
  id: 'cpu-limit',
  title: 'Processor time is limited',
  attacks: ['RES-02'],
  why: 'A busy loop, or a miner, should leave the machine usable.',
  leaves: 'Disk and network bandwidth are not limited.',
  judge: ({ cpu }) => judgeLimit(cpu, 'cpu.max'),
});
