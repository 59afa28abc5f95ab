import type { ProtectedPath } from '../policy/layout.ts';
import { lostMounts } from '../policy/mounts.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly paths: readonly ProtectedPath[];
}

interface Out {
  readonly mountinfo: string;
  /** Whether the end of the table was read. */
  readonly whole: boolean;
}

const LIMIT = 256 * 1024;

async function target(bench: Bench, place: Place): Promise<Target> {
  const paths = await bench.protectedPaths();
  if (paths.length === 0) throw new Error('there is no policy that says which paths are protected');
  return { place, paths };
}

/** The prober hands bytes over as Latin-1. */
const utf8 = (bytes: string): string =>
  new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));

export default defineProbe<Target, Out>({
  id: 'protected-mounts',
  title: 'Every protected path is still mounted as it was in the running box',
  group: 'tampering',
  attacks: ['TAM-07', 'TAM-08', 'TAM-10', 'RUN-10', 'RUN-11'],
  why: 'When git on the host rewrites .git/config it renames a new file over it, and the kernel lifts the mount in the running box: files are protected in a box that was just made, and no longer in this one.',
  leaves: 'git on the host can lift the mount of .git/config again, until the next `cofferdam up`.',
  inside: 'no',
  targets: async (bench) => [await target(bench, 'box')],
  control: (bench) => target(bench, 'weak'),
  async attempt(bench, { place, paths }) {
    const site = await bench.at(place);
    const table = need(await site.perform({ do: 'read', path: '/proc/self/mountinfo', limit: LIMIT }), 'mount table');
    return {
      did: `look for ${paths.length} protected paths in the mount table`,
      out: { mountinfo: utf8(table.text), whole: table.text.length < LIMIT },
    };
  },
  judge({ mountinfo, whole }, { paths }) {
    if (!whole || mountinfo === '') return unclear('the mount table cannot be read to its end');
    const lost = lostMounts(paths, mountinfo);
    if (lost.length > 0) return breached(`not mounted, or writable: ${lost.join(', ')}; \`cofferdam up\` restores it`);
    return held(`${paths.length} are all there`);
  },
});
