import type { Action, Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place, type Site } from './probe.ts';
import { moved } from './support/here.ts';
import { breached, held, need, REFUSALS, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  /** Instead of the one that the docker CLI would take there. */
  readonly folder?: string;
  readonly nonce: string;
}

interface Result {
  readonly way: string;
  /** `ok`, or the errno. */
  readonly code: string;
}

/** docker(1): DOCKER_CONFIG, or .docker in the home directory. */
async function folderOf(site: Site): Promise<string> {
  const { home } = need(await site.perform({ do: 'status' }), 'status');
  const run = need(await site.perform({ do: 'run', argv: ['printenv', 'DOCKER_CONFIG'] }), 'DOCKER_CONFIG');
  return run.stdout.trim() || `${home}/.docker`;
}

const code = (outcome: Outcome<unknown>): string => (outcome.ok ? 'ok' : outcome.code);

/** Each way to get settings of one's own to where the CLI reads them; what worked is undone. */
async function plant(site: Site, folder: string, nonce: string): Promise<readonly Result[]> {
  const file = `${folder}/config.json`;
  const results: Result[] = [];
  type Making = Action<'mkdir'> | Action<'create'>;
  const attempt = async (way: string, action: Making, undo: Action<'rmdir' | 'unlink'>): Promise<void> => {
    const outcome: Outcome<Facts['create']> = await site.perform<'mkdir' | 'create'>(action);
    results.push({ way, code: code(outcome) });
    if (outcome.ok) await site.perform<'rmdir' | 'unlink'>(undo);
  };
  const made = await site.perform({ do: 'mkdir', path: folder });
  // Nothing is added to what is there: that it could be opened is enough.
  results.push({ way: 'write', code: code(await site.perform({ do: 'append', path: file, text: '' })) });
  await attempt('create', { do: 'create', path: file, text: '{}' }, { do: 'unlink', path: file });
  await attempt(
    'create beside, to rename over it',
    { do: 'create', path: `${folder}/${nonce}`, text: '{}' },
    { do: 'unlink', path: `${folder}/${nonce}` },
  );
  if (made.ok) await site.perform({ do: 'rmdir', path: folder });
  else results.push({ way: 'rename the folder away', code: code(await moved(site, folder, 'folder', nonce)) });
  return results;
}

export default defineProbe<Target, readonly Result[]>({
  id: 'docker-config',
  title: 'The folder from which docker takes its configuration cannot be written',
  group: 'credentials',
  attacks: ['CRD-04'],
  why: 'The editor writes a credential store to where the docker CLI looks for one; where it may not, the host’s registry tokens do not get in.',
  leaves: 'A process that sets DOCKER_CONFIG for itself.',
  inside: async (bench) => ({ place: 'box', folder: `${await bench.spare()}/docker`, nonce: bench.nonce }),
  targets: (bench) => Promise.resolve([{ place: 'box', nonce: bench.nonce }]),
  // The same image without the variable that points the CLI elsewhere.
  control: (bench) => Promise.resolve({ place: 'weak', nonce: bench.nonce }),
  async attempt(bench: Bench, { place, folder, nonce }) {
    const site = await bench.at(place);
    const at = folder ?? (await folderOf(site));
    return { did: `write ${at}/config.json`, out: await plant(site, at, nonce) };
  },
  judge(results) {
    const worked = results.filter((result) => result.code === 'ok');
    if (worked.length > 0) return breached(worked.map(({ way }) => way).join(', '));
    // A file that is there cannot be created anew, and one that is not cannot be opened: neither is a refusal.
    const counted = results.filter(({ way, code: errno }) =>
      way === 'write' ? errno !== 'ENOENT' : way !== 'create' || errno !== 'EEXIST',
    );
    const odd = counted.filter((result) => !REFUSALS.has(result.code));
    if (odd.length > 0) return unclear(odd.map(({ way, code: errno }) => `${way}: ${errno}`).join(', '));
    return counted.length > 0
      ? held(counted.map(({ way, code: errno }) => `${way}: ${errno}`).join(', '))
      : unclear('nothing was tried');
  },
});
