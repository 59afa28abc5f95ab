import { defineProbe } from './probe.ts';
import { held } from './support/judge.ts';
import { judgeLimit, type Limits, type LimitTarget, limitProbe } from './support/limits.ts';

export default defineProbe<LimitTarget, Limits>({
  ...limitProbe,
  id: 'memory-limit',
  title: 'Memory and swap are limited',
  attacks: ['RES-02'],
  why: 'Without a limit the kernel may end the host’s processes instead of the container’s.',
  leaves: 'Denial of service inside of the box.',
  judge({ memory, swap }) {
    const limit = judgeLimit(memory, 'memory');
    if (limit.is !== 'held') return limit;
    if (swap === null) return held(`${limit.because}; swap is not counted by this kernel`);
    const swapped = judgeLimit(swap, 'swap');
    return swapped.is === 'held' ? held(`${limit.because}, ${swapped.because}`) : swapped;
  },
});
