import { defineProbe } from './probe.ts';
import { judgeLimit, type Limits, type LimitTarget, limitProbe } from './support/limits.ts';

export default defineProbe<LimitTarget, Limits>({
  ...limitProbe,
  id: 'pids-limit',
  title: 'The number of processes is limited',
  attacks: ['RES-01'],
  why: 'A fork bomb in a container without a limit takes the whole machine down.',
  leaves: 'Denial of service inside of the box.',
  judge: ({ pids }) => judgeLimit(pids, 'pids.max'),
});
