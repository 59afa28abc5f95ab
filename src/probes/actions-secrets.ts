import type { Facts } from '../core/probing.ts';
import { LAYOUT } from '../policy/layout.ts';
import { defineProbe, type Place } from './probe.ts';
import { withoutActions } from './support/actions.ts';
import { breached, held, need } from './support/judge.ts';

interface Target {
  readonly place: Place;
}

interface Out {
  readonly over: Facts['mounts'][number] | undefined;
  readonly entries: readonly string[];
}

const FOLDER = `${LAYOUT.workspace}/.devcontainer/state/secrets`;

export default defineProbe<Target, Out>({
  id: 'actions-secrets',
  title: 'The agent sees no secret of the actions',
  group: 'credentials',
  attacks: ['CRD-09', 'SHR-04'],
  why: 'They lie in the workspace’s folder on the host. An empty file system has to lie over them in the agent’s container, also while there are none: the next one is written into a running box.',
  leaves: 'What an action prints, the agent reads.',
  inside: 'no',
  notApplicable: withoutActions,
  targets: ({ policy }) =>
    Promise.resolve<readonly Target[]>(
      policy?.topology === 'split' ? [{ place: 'box' }, { place: 'editor' }] : [{ place: 'box' }],
    ),
  // Its workspace is a plain folder of the host.
  control: () => Promise.resolve({ place: 'weak' }),
  async attempt(bench, { place }) {
    const site = await bench.at(place);
    const mounts = need(await site.perform({ do: 'mounts' }), '/proc/self/mountinfo');
    const listed = await site.perform({ do: 'list', path: FOLDER });
    const ways = [FOLDER, FOLDER.slice(0, FOLDER.lastIndexOf('/'))];
    return {
      did: `look for what lies over ${FOLDER}, in ${place}`,
      out: {
        over: mounts.findLast(({ at }) => ways.includes(at)),
        // Behind an empty folder that lies over a parent there is none at all.
        entries: listed.ok || listed.code === 'ENOENT' ? (listed.ok ? listed.value : []) : need(listed, FOLDER),
      },
    };
  },
  judge({ over, entries }) {
    if (entries.length > 0) return breached(`${entries.length} of them can be seen`);
    return over?.type === 'tmpfs' ? held(`an empty file system of its own at ${over.at}`) : breached('nothing does');
  },
});
