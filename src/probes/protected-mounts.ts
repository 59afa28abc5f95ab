import type { ProtectedPath } from '../policy/git-paths.ts';
import { lostMounts } from '../policy/mounts.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly paths: readonly ProtectedPath[];
  /** The mount table, or a made-up one for the control where no weak container can be made. */
  readonly table: string;
}

interface Out {
  readonly mountinfo: string;
  /** Whether the end of the table was read. */
  readonly whole: boolean;
}

const LIMIT = 256 * 1024;

const TABLE = '/proc/self/mountinfo';

async function target(bench: Bench, place: Place, table = TABLE): Promise<Target> {
  const paths = await bench.protectedPaths();
  if (paths.length === 0) throw new Error('there is no policy that says which paths are protected');
  return { place, paths, table };
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
  async inside(bench) {
    const table = `${await bench.spare()}/mountinfo`;
    // Nothing but a root: what a box without any protection would have at least.
    const text = '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n';
    need(await (await bench.at('box')).perform({ do: 'create', path: table, text }), 'canary');
    return await target(bench, 'box', table);
  },
  targets: async (bench) => [await target(bench, 'box')],
  control: (bench) => target(bench, 'weak'),
  async attempt(bench, { place, paths, table }) {
    const site = await bench.at(place);
    const { text } = need(await site.perform({ do: 'read', path: table, limit: LIMIT }), 'mount table');
    return {
      did: `look for ${paths.length} protected paths in ${table === TABLE ? 'the mount table' : 'a made-up mount table (a control of the detector only)'}`,
      out: { mountinfo: utf8(text), whole: text.length < LIMIT },
    };
  },
  judge({ mountinfo, whole }, { paths }) {
    if (!whole || mountinfo === '') return unclear('the mount table cannot be read to its end');
    const lost = lostMounts(paths, mountinfo);
    if (lost.length > 0) return breached(`not mounted, or writable: ${lost.join(', ')}; \`cofferdam up\` restores it`);
    return held(`${paths.length} are all there`);
  },
});
