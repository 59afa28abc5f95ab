import type { Facts } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { isEditorSocket, lists, pretended, VARIABLES } from './support/editors.ts';
import { breached, held, need, unclear } from './support/judge.ts';
import { FOLDERS } from './support/sockets.ts';
import { WAYS, type Way } from './support/ways.ts';

interface Target {
  readonly place: Place;
  readonly way: Way;
  /** Looks into every folder there is, not only where sockets usually are. */
  readonly everywhere: boolean;
  /** Only what is below it counts: a folder of this run. */
  readonly folder?: string;
}

interface Out {
  readonly reach: Facts['reach'];
  readonly handles: Facts['handles'];
  /** A socket of ours, which the sweep must have reached. */
  readonly beacon: string;
}

/** What is there of these ways, by the programs that they need. */
async function ways(bench: Bench): Promise<readonly Way[]> {
  const names = [...new Set(WAYS.map(({ program }) => program))];
  const found = need(await (await bench.at('box')).perform({ do: 'search', names }), 'search of PATH');
  const there = new Set(found.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)));
  return WAYS.filter(({ program }) => there.has(program));
}

/**
 * The folders of one sweep, besides the kernel's list, which has each listener of this network: all of a box, once. Where we
 * stand from inside may be a whole machine, so there the usual ones, once.
 */
const swept = ({ from }: Bench, { argv }: Way): readonly string[] =>
  argv.length > 0 ? (from === 'host' ? FOLDERS : []) : from === 'host' ? ['/'] : FOLDERS;

/** An editor’s socket of ours, and a way whose environment names it under a name that no pattern knows. */
async function control(bench: Bench): Promise<Target> {
  const { place, folder } = await pretended(bench, 'editor-ways');
  const handle = `${folder}/handed-over`;
  need(
    await (await bench.at(place)).perform({ do: 'serve', at: { socket: handle }, as: 'editor' }),
    'socket of a variable',
  );
  const way = { name: 'with a variable', program: 'env', argv: ['env', `VSCODE_IPC_HOOK_CLI=${handle}`] };
  return { place, way, everywhere: false, folder };
}

export default defineProbe<Target, Out>({
  id: 'editor-ways',
  title: 'No way of starting a program leads to an editor',
  group: 'editor',
  attacks: ['VSC-01', 'VSC-02', 'VSC-04', 'VSC-06'],
  why: 'Shells differ in the start-up files that they read, and what is cleared in one is there in another. So each way connects to all sockets that /proc/net/unix lists and that lie in any folder, abstract ones too, and to what its own variables name.',
  leaves:
    'Ways of programs that are not in the image, and editors that are attached later; with `--here`, sockets of other containers in unusual folders.',
  inside: control,
  targets: async (bench) =>
    (await ways(bench)).map(
      (way): Target => ({ place: 'box', way, everywhere: bench.from === 'host' && way.argv.length === 0 }),
    ),
  control,
  async attempt(bench, { place, way, everywhere, folder }) {
    const path = folder ?? (bench.from === 'inside' ? await bench.spare() : `/dev/shm`);
    const beacon = `${path}/${bench.nonce}-${WAYS.indexOf(way)}`;
    const there = await bench.at(place);
    const served = await there.perform({ do: 'serve', at: { socket: beacon }, as: 'silent' });
    // Tried a second time: it is still there.
    if (!served.ok && served.code !== 'EADDRINUSE') need(served, 'beacon');
    const out = await bench.through(place, way.argv, async (site) => ({
      reach: need(
        await site.perform({ do: 'reach', folders: folder ? [folder] : swept(bench, way) }),
        'sweep of sockets',
      ),
      handles: need(await site.perform({ do: 'handles', of: 'self', names: VARIABLES }), 'its own environment'),
      beacon,
    }));
    return { did: `${way.name}${everywhere ? ', in every folder' : ''}`, out };
  },
  judge({ reach, handles, beacon }, { folder }) {
    // What other probes of this run have put there has its nonce, as the beacon has.
    const nonce = /cfd[0-9a-f]{16}/.exec(beacon)?.[0] ?? beacon;
    const ours = (path: string): boolean => (folder === undefined ? !path.includes(nonce) : path.startsWith(folder));
    const open = reach.open.filter((path) => ours(path) && isEditorSocket(path));
    const through = handles.found.filter(({ leads, code }) => leads !== 'file' && leads !== 'nothing' && code === 'ok');
    if (folder !== undefined) {
      // The control must see both: a sweep that reads no variables would fire on the socket alone.
      return open.length > 0 && through.length > 0 ? breached(said(open, through)) : unclear(said(open, through));
    }
    if (open.length + through.length > 0) return breached(said(open, through));
    if (!reach.open.includes(beacon)) return unclear('it did not even reach a socket of ours');
    if (!reach.whole || handles.read !== 1) return unclear('not everything could be looked at');
    return held(
      `${reach.tried} socket(s) tried, ${reach.open.length} accept, none of them an editor’s${lists(reach.open)}`,
    );
  },
});

const said = (open: readonly string[], through: Facts['handles']['found']): string =>
  [
    open.length > 0 ? `connected to ${open.join(', ')}` : 'no socket of an editor by its name',
    through.length > 0
      ? `a variable leads out: ${through.map(({ name }) => name).join(', ')}`
      : 'no variable leads out',
  ].join('; ');
