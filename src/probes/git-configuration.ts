import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { breached, failed, held, short, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly env: Readonly<Record<string, string>>;
}

/** Keys of the host’s configuration that carry secrets or start programs. */
const TELLING =
  /^(?:http\.[\s\S]*(?:extraheader|proxy)|url\.(?=[\s\S]*@)[\s\S]*\.(?:insteadof|pushinsteadof)|credential\.[\s\S]*\.(?:username|helper)|core\.(?:sshcommand|askpass|gitproxy)|gpg\.[\s\S]*program|user\.signingkey|sendemail\.smtppass)$/i;

const canary = (bench: Bench, place: Place): Target => ({
  place,
  env: {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.https://canary.invalid.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: ${bench.nonce}`,
  },
});

export default defineProbe<Target, Outcome<Facts['run']>>({
  id: 'git-configuration',
  title: 'git’s configuration holds nothing secret of the host',
  group: 'credentials',
  attacks: ['CRD-05', 'CRD-10'],
  why: 'A copied ~/.gitconfig brings tokens in URLs and headers, and the names of programs.',
  leaves: 'The user’s name and address, which commits show anyway; the repository’s own configuration is readable.',
  inside: (bench) => Promise.resolve(canary(bench, 'box')),
  targets: () => Promise.resolve([{ place: 'box', env: {} }]),
  control: (bench) => Promise.resolve(canary(bench, 'weak')),
  async attempt(bench, { place, env }) {
    const site = await bench.at(place);
    // Outside of any repository: what everybody gets, not what this project has.
    const out = await site.perform({ do: 'run', argv: ['git', 'config', '--null', '--list'], cwd: '/', env });
    return { did: 'git config --list', out };
  },
  judge(out) {
    if (!out.ok) return failed(out);
    if (out.value.exit !== 0) return unclear(short(out.value.stderr));
    const entries = out.value.stdout
      .split('\0')
      .filter(Boolean)
      .map((entry) => ({ key: entry.split('\n', 1)[0] ?? '', value: entry.slice(entry.indexOf('\n') + 1) }));
    const telling = entries.filter(({ key, value }) => value !== '' && TELLING.test(key)).map(({ key }) => key);
    if (telling.length > 0) return breached(`set: ${telling.join(', ')}`);
    return held(`${entries.length} values, none of them secret`);
  },
});
