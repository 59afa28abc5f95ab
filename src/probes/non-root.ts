import type { Facts } from '../core/probing.ts';
import { defineProbe, type Place, type User } from './probe.ts';
import { ofFixture, weakStatus } from './support/here.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly user: User;
  /** A made-up status, for the control where no weak container can be made. */
  readonly file?: string;
}

export default defineProbe<Target, Facts['status']>({
  id: 'non-root',
  title: 'The agent is not root, nor in root’s group',
  group: 'runtime',
  attacks: ['RUN-04'],
  why: 'Root in a container owns every control in it, and root’s files on bind mounts outside of it.',
  leaves: 'Faults in the kernel.',
  inside: async (bench) => ({ place: 'box', user: 'agent', file: await weakStatus(bench) }),
  targets: () => Promise.resolve([{ place: 'box', user: 'agent' }]),
  control: () => Promise.resolve({ place: 'weak', user: 'root' }),
  async attempt(bench, { place, user, file }) {
    const out = need(
      await (await bench.at(place, user)).perform({ do: 'status', ...(file === undefined ? {} : { file }) }),
      '/proc/self/status',
    );
    return { did: `read the user and group ids of the agent and of the main process${ofFixture(file)}`, out };
  },
  judge({ self, init }) {
    const main = init?.uids ?? self.uids;
    const uids = [...self.uids, ...main];
    if (self.uids.length !== 4 || main.length !== 4 || uids.some(Number.isNaN)) return unclear('no user ids');
    if (uids.includes(0)) return breached(`uid 0: ${self.uids.join(' ')}, main process ${main.join(' ')}`);
    if (self.groups.includes(0)) return breached('in group 0');
    return held(`uid ${self.uids[0]}, groups ${[...new Set(self.groups)].join(' ')}`);
  },
});
