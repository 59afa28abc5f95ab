import type { Facts, Outcome } from '../core/probing.ts';
import { hasGuard } from '../policy/layout.ts';
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

/** `/tmp/a/b` of `/tmp/a/b/c.sock`, and `/tmp/a` before it. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.slice(2).map((_, index) => parts.slice(0, index + 3).join('/'));
}

/** A generous limit: a guard takes milliseconds, and its absence takes for ever. */
const LIMIT_MS = 10_000;

export default defineProbe<Target, Out>({
  id: 'guard-removes',
  title: 'The guard removes sockets of an editor as they appear',
  group: 'editor',
  attacks: ['VSC-01', 'VSC-05', 'VSC-06', 'CRD-01'],
  why: 'A list of paths that is cleaned for some minutes after the start misses sockets of later terminals and deeper folders.',
  leaves:
    'The moment before it: a program of the same user that does nothing but try connects first in about every second case.',
  notApplicable: (policy) => (hasGuard(policy) ? undefined : 'no guard (ipc: allow)'),
  // A name that no guard looks for stays.
  inside: async (bench) => ({ place: 'box', path: `${await bench.spare()}/left.sock` }),
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
    const made: string[] = [];
    try {
      for (const folder of foldersAbove(path)) {
        const outcome = await site.perform({ do: 'mkdir', path: folder });
        if (outcome.ok) made.unshift(folder);
        else if (outcome.code !== 'EEXIST') need(outcome, folder);
      }
      const planted = await site.perform({ do: 'bind', path, keep: true });
      const after = await site.perform({ do: 'gone', path, timeoutMs: place === 'box' ? LIMIT_MS : 1500 });
      return { did: `make ${path.replaceAll(bench.nonce, '…')}`, out: { planted, after } };
    } finally {
      await site.perform({ do: 'unlink', path });
      for (const folder of made) await site.perform({ do: 'rmdir', path: folder });
    }
  },
  judge({ planted, after }) {
    if (!planted.ok)
      return planted.code === 'EACCES' || planted.code === 'EROFS' ? held(planted.code) : failed(planted);
    if (!after.ok) return failed(after);
    if (Number.isNaN(after.value.afterMs)) return unclear('no time');
    return after.value.gone ? held(`gone after ${after.value.afterMs} ms`) : breached('it stays');
  },
});
