import { type Bench, defineProbe, type Place, type User } from './probe.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly user: User;
  readonly homes: readonly string[];
}

interface Out {
  readonly found: readonly string[];
  /** Whether a file that must be readable was read. */
  readonly canRead: boolean;
}

/** Below a home directory. Folders are listed, files read; what an agent keeps for itself is not among them. */
const FOLDERS = [
  '.ssh',
  '.aws',
  '.kube',
  '.gnupg/private-keys-v1.d',
  '.config/gcloud',
  '.azure',
  '.config/gh',
  '.config/op',
];
const FILES = [
  '.netrc',
  '.git-credentials',
  '.config/git/credentials',
  '.pypirc',
  '.npmrc',
  '.yarnrc.yml',
  '.pgpass',
  '.vault-token',
];
const SECRET = /token|passw|_auth|secret|PRIVATE KEY|machine\s|:\/\/[^/\s:]*:[^@\s]+@/i;
/** In .ssh, what holds no key. */
const HARMLESS = new Set(['known_hosts', 'known_hosts.old', 'config', 'authorized_keys']);

async function planted(bench: Bench, place: Place, user: User, home: string): Promise<Target> {
  const site = await bench.at(place, user);
  need(await site.perform({ do: 'mkdir', path: home }), 'canary home');
  need(
    await site.perform({ do: 'create', path: `${home}/.netrc`, text: `machine canary password ${bench.nonce}\n` }),
    'canary',
  );
  return { place, user, homes: [home] };
}

export default defineProbe<Target, Out>({
  id: 'credential-files',
  title: 'No key or token of the user lies in a home directory',
  group: 'credentials',
  attacks: ['RUN-07', 'CRD-03', 'CRD-05'],
  why: 'SSH keys, cloud and registry tokens are what a malicious package looks for first.',
  leaves: 'The agent’s own token, and secrets in the workspace.',
  inside: async (bench) => planted(bench, 'box', 'agent', `${await bench.spare()}/home`),
  async targets(bench) {
    const { home } = need(await (await bench.at('box')).perform({ do: 'status' }), 'status');
    const homes = await (await bench.at('box')).perform({ do: 'list', path: '/home' });
    const all = new Set([home, '/root', ...(homes.ok ? homes.value.map((name) => `/home/${name}`) : [])]);
    return [{ place: 'box', user: 'agent', homes: [...all] }];
  },
  control: (bench) => planted(bench, 'weak', 'agent', `/tmp/canary-home-${bench.nonce}`),
  async attempt(bench, { place, user, homes }) {
    const site = await bench.at(place, user);
    const found: string[] = [];
    for (const home of homes) {
      for (const folder of FOLDERS) {
        const list = await site.perform({ do: 'list', path: `${home}/${folder}` });
        if (list.ok)
          found.push(...list.value.filter((name) => !HARMLESS.has(name)).map((name) => `${home}/${folder}/${name}`));
      }
      for (const file of FILES) {
        const read = await site.perform({ do: 'read', path: `${home}/${file}` });
        if (read.ok && SECRET.test(read.value.text)) found.push(`${home}/${file}`);
      }
    }
    const canRead = (await site.perform({ do: 'read', path: '/etc/passwd' })).ok;
    return {
      did: `look for ${FOLDERS.length + FILES.length} places of keys in ${homes.join(', ')}`,
      out: { found, canRead },
    };
  },
  judge({ found, canRead }) {
    if (found.length > 0) return breached(`readable: ${found.slice(0, 8).join(', ')}`);
    return canRead ? held('none is there or readable') : unclear('not even /etc/passwd can be read');
  },
});
