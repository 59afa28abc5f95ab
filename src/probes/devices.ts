import type { FoundFile } from '../core/probing.ts';
import { defineProbe, type Place, type User } from './probe.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly user: User;
  /** What counts as ordinary; with nothing, the usual devices show that the look finds devices. */
  readonly ordinary: 'usual' | 'nothing';
}

interface Out {
  readonly nodes: readonly FoundFile[];
  readonly opened: Readonly<Record<string, string>>;
}

/** What every container has (OCI runtime specification, "Default Devices"), and terminals. */
const ORDINARY = /^\/dev\/(?:null|zero|full|random|urandom|tty|console|ptmx|core|stdin|stdout|stderr|pts\/\w+)$/;

export default defineProbe<Target, Out>({
  id: 'devices',
  title: 'No device of the host is in the agent’s container',
  group: 'runtime',
  attacks: ['RUN-01'],
  why: 'A disk, /dev/kvm, /dev/mem or /dev/fuse reaches past every mount that was left out.',
  leaves: 'Nothing, as long as no device is added.',
  inside: () => Promise.resolve({ place: 'box', user: 'agent', ordinary: 'nothing' }),
  targets: () => Promise.resolve([{ place: 'box', user: 'agent', ordinary: 'usual' }]),
  control: () => Promise.resolve({ place: 'exposed', user: 'root', ordinary: 'usual' }),
  async attempt(bench, { place, user, ordinary }) {
    const site = await bench.at(place, user);
    const nodes = need(await site.perform({ do: 'special', roots: ['/dev'] }), 'list of /dev').filter(
      ({ kind }) => kind === 'block' || kind === 'character',
    );
    // /dev/null tells that looking works; others are not opened, some devices act on being opened.
    const opened = need(await site.perform({ do: 'writable', paths: ['/dev/null'] }), '/dev/null');
    return {
      did: `list the device nodes of /dev${ordinary === 'usual' ? '' : ', with none taken as ordinary (a control of the detector only)'}`,
      out: { nodes, opened },
    };
  },
  judge({ nodes, opened }, { ordinary }) {
    if (opened['/dev/null'] !== 'ok' || !nodes.some(({ path }) => path === '/dev/null')) return unclear('no /dev/null');
    const strange = nodes.filter(({ path }) => ordinary === 'nothing' || !ORDINARY.test(path));
    if (strange.length === 0) return held(`${nodes.length} nodes, those of every container`);
    return breached(
      `${strange.length}: ${strange
        .slice(0, 6)
        .map(({ path }) => path)
        .join(', ')}`,
    );
  },
});
