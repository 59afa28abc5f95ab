import type { Facts, Outcome } from '../core/probing.ts';
import { defineProbe, type Place } from './probe.ts';
import { runtimeFolder } from './support/editors.ts';
import { moved } from './support/here.ts';
import { breached, held, REFUSALS, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly folder: string;
}

interface Out {
  readonly folder: string;
  readonly bind: Outcome<Facts['bind']>;
  readonly make: Outcome<Facts['mkdir']>;
  readonly swap: Outcome<Facts['rename']>;
}

export default defineProbe<Target, Out>({
  id: 'editor-bind',
  title: 'An editor’s server cannot make a socket where it would',
  group: 'editor',
  attacks: ['VSC-01', 'VSC-02', 'VSC-05'],
  why: 'What is never made need not be removed: with a runtime directory that it cannot write, a server that was measured left no socket in reach.',
  leaves: 'An editor that is told another place by its own settings.',
  residual: ({ topology, ipc }) => (topology === 'attached' && ipc === 'guard' ? 'ipc: guard' : undefined),
  inside: async (bench) => ({ place: 'box', folder: await bench.spare() }),
  targets: async (bench) => [{ place: 'box', folder: await runtimeFolder(await bench.at('box')) }],
  control: () => Promise.resolve({ place: 'weak', folder: '/dev/shm' }),
  async attempt(bench, { place, folder }) {
    const site = await bench.at(place);
    const bind = await site.perform({ do: 'bind', path: `${folder}/vscode-ipc-${bench.nonce}.sock` });
    const make = await site.perform({ do: 'mkdir', path: `${folder}/${bench.nonce}` });
    if (make.ok) await site.perform({ do: 'rmdir', path: `${folder}/${bench.nonce}` });
    const swap = await moved(site, folder, 'folder', bench.nonce);
    return { did: `bind a socket in ${folder}`, out: { folder, bind, make, swap } };
  },
  judge({ bind, make, swap }) {
    const open = Object.entries({ bind, mkdir: make, rename: swap }).filter(([, outcome]) => outcome.ok);
    if (open.length > 0) return breached(`allowed: ${open.map(([name]) => name).join(', ')}`);
    const codes = [bind, make, swap].map((outcome) => (outcome.ok ? 'ok' : outcome.code));
    // EXDEV: overlayfs does not rename a folder of the image (kernel documentation, overlayfs, "Renaming directories").
    return codes.every((code) => REFUSALS.has(code) || code === 'EXDEV')
      ? held(codes.join(', '))
      : unclear(codes.join(', '));
  },
});
