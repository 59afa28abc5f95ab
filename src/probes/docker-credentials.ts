import type { Facts, FoundFile, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place, type User } from './probe.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly user: User;
  readonly files: readonly string[];
}

interface Out {
  readonly configs: readonly { readonly path: string; readonly read: Outcome<Facts['read']> }[];
  readonly helpers: readonly FoundFile[];
}

async function planted(bench: Bench, place: Place, folder: string): Promise<Target> {
  const path = `${folder}/canary-docker-${bench.nonce}.json`;
  const text = JSON.stringify({ auths: { 'canary.invalid': { auth: bench.nonce } } });
  need(await (await bench.at(place)).perform({ do: 'create', path, text }), 'canary');
  return { place, user: 'agent', files: [path] };
}

export default defineProbe<Target, Out>({
  id: 'docker-credentials',
  title: 'No credentials for image registries',
  group: 'credentials',
  attacks: ['CRD-04'],
  why: 'The editor writes a credential store into ~/.docker/config.json that hands out the host’s registry tokens.',
  leaves: 'A login that the user does inside the box.',
  inside: async (bench) => planted(bench, 'box', await bench.spare()),
  async targets(bench) {
    const site = await bench.at('box');
    const { home } = need(await site.perform({ do: 'status' }), 'status');
    const run = need(await site.perform({ do: 'run', argv: ['printenv', 'DOCKER_CONFIG'] }), 'DOCKER_CONFIG');
    const folders = [run.stdout.trim(), `${home}/.docker`, '/root/.docker'].filter((folder) => folder !== '');
    return [{ place: 'box', user: 'agent', files: folders.map((folder) => `${folder}/config.json`) }];
  },
  control: (bench) => planted(bench, 'weak', '/tmp'),
  async attempt(bench, { place, user, files }) {
    const site = await bench.at(place, user);
    const configs = [];
    for (const path of files) configs.push({ path, read: await site.perform({ do: 'read', path }) });
    const names = ['docker-credential-desktop', 'docker-credential-osxkeychain', 'docker-credential-secretservice'];
    const bin = await site.perform({ do: 'list', path: '/usr/local/bin' });
    const dev = bin.ok ? bin.value.filter((name) => name.startsWith('docker-credential-')) : [];
    const helpers = need(await site.perform({ do: 'search', names: [...names, ...dev] }), 'search of PATH');
    return { did: `read ${files.join(', ')}`, out: { configs, helpers } };
  },
  judge({ configs, helpers }) {
    const set = configs.filter(
      ({ read }) => read.ok && /"(?:auth|identitytoken|credsStore|credHelpers)"\s*:/.test(read.value.text),
    );
    if (set.length > 0) return breached(`credentials or a store in ${set.map(({ path }) => path).join(', ')}`);
    if (helpers.length > 0) return breached(`helpers: ${helpers.map(({ path }) => path).join(', ')}`);
    const odd = configs.filter(({ read }) => !read.ok && !['ENOENT', 'ENOTDIR', 'EACCES'].includes(read.code));
    if (configs.length === 0 || odd.length > 0) return unclear('the configuration cannot be looked at');
    return held('no login, no store, no helper');
  },
});
