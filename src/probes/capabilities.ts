import type { ProcessStatus } from '../core/probing.ts';
import { defineProbe, type Place, type User } from './probe.ts';
import { ofFixture, weakStatus } from './support/here.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly user: User;
  /** A made-up status, for the control where no weak container can be made. */
  readonly file?: string;
}

const SETS = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'] as const;

export default defineProbe<Target, readonly ProcessStatus[]>({
  id: 'capabilities',
  title: 'The agent’s container has no capability in any of the five sets',
  group: 'runtime',
  attacks: ['RUN-02', 'RUN-03', 'NET-12', 'KRN-01'],
  why: 'The effective set of any non-root user is empty anyway; what comes back through a setuid program is the bounding set (capabilities(7)).',
  leaves: 'Faults in the kernel that need no capability.',
  inside: async (bench) => ({ place: 'box', user: 'agent', file: await weakStatus(bench) }),
  targets: () => Promise.resolve([{ place: 'box', user: 'agent' }]),
  control: () => Promise.resolve({ place: 'weak', user: 'agent' }),
  async attempt(bench, { place, user, file }) {
    const { self, init } = need(
      await (await bench.at(place, user)).perform({ do: 'status', ...(file === undefined ? {} : { file }) }),
      '/proc/self/status',
    );
    return {
      did: `read CapInh, CapPrm, CapEff, CapBnd and CapAmb${ofFixture(file)}`,
      out: init ? [self, init] : [self],
    };
  },
  judge(out) {
    const values = out.flatMap(({ capabilities }) => SETS.map((name) => ({ name, value: capabilities[name] })));
    if (values.length === 0 || !values.every(({ value }) => /^[0-9a-f]{16}$/.test(value))) {
      return unclear('the sets cannot be read');
    }
    const some = values.filter(({ value }) => !/^0+$/.test(value));
    if (some.length > 0) return breached([...new Set(some.map(({ name, value }) => `${name} ${value}`))].join(', '));
    return held('all are empty, of the main process as well');
  },
});
