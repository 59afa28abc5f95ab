import type { ProcessStatus } from '../core/probing.ts';
import { defineProbe, type Place } from './probe.ts';
import { ofFixture, weakStatus } from './support/here.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  /** A made-up status, for the control where no weak container can be made. */
  readonly file?: string;
}

export default defineProbe<Target, readonly ProcessStatus[]>({
  id: 'no-new-privileges',
  title: 'No program can give the agent more privileges than it has',
  group: 'runtime',
  attacks: ['RUN-04'],
  why: 'Without the flag a single setuid program that slipped into the image makes the agent root (PR_SET_NO_NEW_PRIVS(2const)).',
  leaves: 'Faults in the kernel.',
  inside: async (bench) => ({ place: 'box', file: await weakStatus(bench) }),
  targets: () => Promise.resolve([{ place: 'box' }]),
  control: () => Promise.resolve({ place: 'weak' }),
  async attempt(bench, { place, file }) {
    const { self, init } = need(
      await (await bench.at(place)).perform({ do: 'status', ...(file === undefined ? {} : { file }) }),
      '/proc/self/status',
    );
    return { did: `read NoNewPrivs${ofFixture(file)}`, out: init ? [self, init] : [self] };
  },
  judge(out) {
    const flags = out.map(({ noNewPrivileges }) => noNewPrivileges);
    if (flags.length > 0 && flags.every((flag) => flag === 1)) return held('1, for the main process as well');
    if (flags.includes(0)) return breached('NoNewPrivs is 0');
    return unclear(`NoNewPrivs is ${flags.join(', ') || 'missing'}`);
  },
});
