import type { FoundFile } from '../core/probing.ts';
import { type Bench, defineProbe, type Place, type User } from './probe.ts';
import { breached, held, need } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly user: User;
  readonly roots: readonly string[];
}

interface Out {
  readonly files: readonly FoundFile[];
  /** Whether an ordinary program was seen where it must be: a sweep that sees nothing proves nothing. */
  readonly sawPrograms: boolean;
}

async function planted(bench: Bench, place: Place, folder: string): Promise<Target> {
  const site = await bench.at(place, 'root');
  need(await site.perform({ do: 'mkdir', path: folder }), 'folder');
  need(await site.perform({ do: 'copy', path: '/bin/true', to: `${folder}/canary` }), 'canary program');
  need(await site.perform({ do: 'chmod', path: `${folder}/canary`, mode: 0o4755 }), 'its bit');
  return { place, user: place === 'box' ? 'root' : 'agent', roots: [folder] };
}

export default defineProbe<Target, Out>({
  id: 'setuid-files',
  title: 'No program in the image changes its user or group',
  group: 'runtime',
  attacks: ['RUN-04'],
  why: 'mount, passwd, newgrp and the like are root when they run; each has had its holes.',
  leaves: 'Programs in folders that the agent cannot list, and on other file systems: see host-mounts.',
  inside: async (bench) => planted(bench, 'box', `${await bench.spare()}/setuid`),
  targets: () => Promise.resolve([{ place: 'box', user: 'agent', roots: ['/'] }]),
  control: (bench) => planted(bench, 'weak', `/usr/local/canary-${bench.nonce}`),
  async attempt(bench, { place, user, roots }) {
    const site = await bench.at(place, user);
    const found = need(await site.perform({ do: 'special', roots }), 'sweep of files');
    // What this run has planted is no program of the image.
    const files = roots.includes('/') ? found.filter(({ path }) => !path.includes(bench.nonce)) : found;
    const seen = await site.perform({ do: 'list', path: '/usr/bin' });
    return {
      did: `look for set-ID bits below ${roots.join(', ')}`,
      out: { files, sawPrograms: seen.ok && seen.value.length > 50 },
    };
  },
  judge({ files, sawPrograms }) {
    const set = files.filter(({ kind, mode }) => kind === 'file' && (mode & 0o6000) !== 0);
    const names = set.slice(0, 8).map(({ path, mode }) => `${path} ${mode.toString(8)}`);
    if (set.length > 0) return breached(`${set.length} file(s): ${names.join(', ')}`);
    return sawPrograms ? held('none') : { is: 'unclear', because: 'the folders cannot be read' };
  },
});
