import type { Facts, Outcome } from '../core/probing.ts';
import { defineProbe, type Place } from './probe.ts';
import { breached, failed, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly path: string;
}

interface Out {
  readonly planted: Outcome<Facts['bind']>;
  readonly after: Outcome<Facts['gone']>;
}

/** A generous limit: a guard takes milliseconds, and its absence takes for ever. */
const LIMIT_MS = 3000;

export default defineProbe<Target, Out>({
  id: 'guard-removes',
  title: 'The guard removes sockets of an editor as they appear',
  group: 'editor',
  attacks: ['VSC-01', 'VSC-05', 'VSC-06', 'CRD-01'],
  why: 'A list of paths that is cleaned for some minutes after the start misses sockets of later terminals and deeper folders.',
  leaves:
    'The moment before it: a program of the same user that does nothing but try connects first in about every second case.',
  // What no guard watches stays.
  inside: (bench) => Promise.resolve({ place: 'box', path: `/dev/shm/vscode-ipc-${bench.nonce}.sock` }),
  targets: ({ nonce }) =>
    Promise.resolve(
      [
        `/tmp/vscode-ipc-${nonce}.sock`,
        `/tmp/vscode-git-${nonce}.sock`,
        `/tmp/vscode-ssh-auth-${nonce}.sock`,
        `/tmp/vscode-remote-containers-ipc-${nonce}.sock`,
        `/tmp/${nonce}/1000/deeper/vscode-ipc-${nonce}.sock`,
      ].map((path): Target => ({ place: 'box', path })),
    ),
  control: ({ nonce }) => Promise.resolve({ place: 'weak', path: `/tmp/vscode-ipc-${nonce}.sock` }),
  async attempt(bench, { place, path }) {
    const site = await bench.at(place);
    const parents = path.startsWith('/tmp/') ? path.split('/').slice(2, -1) : [];
    for (const [index] of parents.entries()) {
      const folder = `/tmp/${parents.slice(0, index + 1).join('/')}`;
      const made = await site.perform({ do: 'mkdir', path: folder });
      if (!made.ok && made.code !== 'EEXIST') need(made, folder);
    }
    const planted = await site.perform({ do: 'bind', path, keep: true });
    const after = await site.perform({ do: 'gone', path, timeoutMs: place === 'box' ? LIMIT_MS : 1500 });
    if (after.ok && !after.value.gone) await site.perform({ do: 'unlink', path });
    for (const [index] of [...parents.entries()].reverse()) {
      await site.perform({ do: 'rmdir', path: `/tmp/${parents.slice(0, index + 1).join('/')}` });
    }
    return { did: `make ${path.replaceAll(bench.nonce, '…')}`, out: { planted, after } };
  },
  judge({ planted, after }) {
    if (!planted.ok)
      return planted.code === 'EACCES' || planted.code === 'EROFS' ? held(planted.code) : failed(planted);
    if (!after.ok) return failed(after);
    if (Number.isNaN(after.value.afterMs)) return unclear('no time');
    return after.value.gone ? held(`gone after ${after.value.afterMs} ms`) : breached('it stays');
  },
});
