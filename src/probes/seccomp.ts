import type { Facts, Outcome } from '../core/probing.ts';
import { defineProbe, type Place } from './probe.ts';
import { ofFixture, weakStatus } from './support/here.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Out {
  readonly mode: number;
  readonly unshare: Outcome<Facts['run']>;
}

interface Target {
  readonly place: Place;
  /** A made-up status, for the control where no weak container can be made. */
  readonly file?: string;
}

export default defineProbe<Target, Out>({
  id: 'seccomp',
  title: 'System calls are filtered',
  group: 'kernel',
  attacks: ['RUN-06', 'KRN-01'],
  why: 'The engine’s default profile takes away mount, keyctl, user namespaces and io_uring, where most kernel escapes start.',
  leaves: 'Faults in the calls that remain; only a virtual machine takes those away.',
  inside: async (bench) => ({ place: 'box', file: await weakStatus(bench) }),
  targets: () => Promise.resolve([{ place: 'box' }]),
  control: () => Promise.resolve({ place: 'weak' }),
  async attempt(bench, { place, file }) {
    const site = await bench.at(place);
    const { self } = need(
      await site.perform({ do: 'status', ...(file === undefined ? {} : { file }) }),
      '/proc/self/status',
    );
    const unshare = await site.perform({ do: 'run', argv: ['unshare', '--user', '--map-root-user', 'id', '-u'] });
    return {
      did: `read Seccomp and try to make a user namespace${ofFixture(file)}`,
      out: { mode: self.seccomp, unshare },
    };
  },
  judge({ mode, unshare }) {
    if (unshare.ok && unshare.value.exit === 0) return breached('a user namespace could be made');
    if (mode === 0) return breached('Seccomp is 0: no filter');
    if (mode !== 2) return unclear(`Seccomp is ${mode}`);
    return held(`Seccomp is 2; ${unshare.ok ? unshare.value.stderr.trim() : `unshare: ${unshare.code}`}`);
  },
});
