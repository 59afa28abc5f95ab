import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { breached, failed, held, need, short, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  /** A helper is put where an editor puts one, into the system's configuration: it answers with the nonce. */
  readonly injected: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly nonce: string;
}

interface Out {
  readonly fill: Outcome<Facts['run']>;
  /** Values of credential.helper, in the order in which git reads them. */
  readonly helpers: readonly string[];
  /** Programs that the editor leaves for this purpose. */
  readonly bridges: readonly string[];
}

/** The injected helper without the user's configuration, in which it is reset. */
const canary = (bench: Bench, place: Place): Target => ({
  place,
  injected: true,
  env: { GIT_CONFIG_GLOBAL: '/dev/null' },
  nonce: bench.nonce,
});

/** What an editor leaves: a helper of its own in the system's configuration (gitcredentials(7), git-config(1)). */
const systemConfig = (nonce: string): string =>
  `[credential]\n\thelper = "!f() { echo username=canary; echo password=${nonce}; }; f"\n`;

export default defineProbe<Target, Out>({
  id: 'git-credentials',
  title: 'git gets no credentials of the user',
  group: 'credentials',
  attacks: ['CRD-03', 'CRD-10'],
  why: 'The editor puts a helper into git’s configuration that fetches tokens from the host; `git credential fill` then answers for any host. One is put there as the editor does it, and must not be asked.',
  leaves: 'A token that the agent is given by the user.',
  inside: (bench) => Promise.resolve(canary(bench, 'box')),
  targets: ({ nonce }) =>
    Promise.resolve([
      { place: 'box', injected: false, env: {}, nonce },
      { place: 'box', injected: true, env: {}, nonce },
    ]),
  control: (bench) => Promise.resolve(canary(bench, 'weak')),
  async attempt(bench, { place, injected, env, nonce }) {
    const site = await bench.at(place);
    // The control's file and the attack's can be in the same place.
    const system = `/tmp/canary-git-${nonce}-${Object.keys(env).length}`;
    if (injected) need(await site.perform({ do: 'create', path: system, text: systemConfig(nonce) }), 'canary');
    const git = (argv: readonly string[], input = '') =>
      site.perform({
        do: 'run',
        argv: ['git', ...argv],
        env: { GIT_TERMINAL_PROMPT: '0', ...(injected ? { GIT_CONFIG_SYSTEM: system } : {}), ...env },
        cwd: '/',
        input,
        timeoutMs: 30_000,
      });
    const fill = await git(['credential', 'fill'], 'protocol=https\nhost=canary.invalid\n\n');
    const config = need(await git(['config', '--null', '--get-all', 'credential.helper']), 'git config');
    if (injected) need(await site.perform({ do: 'unlink', path: system }), 'removal of the canary');
    const tmp = need(await site.perform({ do: 'list', path: '/tmp' }), 'list of /tmp');
    return {
      did: `git credential fill${injected ? ', with a helper in the system’s configuration' : ''}`,
      out: {
        fill,
        helpers: config.stdout.split('\0').slice(0, -1),
        bridges: tmp.filter((name) => /^vscode-remote-containers-.*\.js$/.test(name)),
      },
    };
  },
  judge({ fill, helpers, bridges }, { nonce }) {
    if (!fill.ok) return failed(fill);
    if (fill.value.stdout.includes(nonce) || /^password=./m.test(fill.value.stdout))
      return breached('git was given a password');
    // An empty value drops those before it (gitcredentials(7)).
    const active = helpers.slice(helpers.lastIndexOf('') + 1);
    if (active.length > 0) return breached(`helpers are configured: ${short(active.join(', '))}`);
    if (bridges.length > 0) return breached(`the editor’s bridge is there: ${bridges.join(', ')}`);
    if (fill.value.timedOut || fill.value.exit === 0) return unclear('git credential fill ended in an unexpected way');
    if (!/could not read Username|terminal prompts disabled/i.test(fill.value.stderr))
      return unclear(short(fill.value.stderr));
    return held('no helper, no password');
  },
});
