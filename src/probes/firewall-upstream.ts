import { defineProbe, type Place } from './probe.ts';
import { withoutDocker } from './support/docker.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly host: string;
  /** The port that is meant to be open. */
  readonly known: number;
  readonly expectKnown: boolean;
  readonly from: number;
  readonly to: number;
}

const CANARY = 4243;

export default defineProbe<Target, readonly number[]>({
  id: 'firewall-upstream',
  title: 'The Docker firewall opens one port and nothing behind it',
  group: 'docker',
  attacks: ['DKR-01', 'DKR-04'],
  why: 'A second listener, for health or debugging, would be a way around the decisions of the first.',
  leaves: 'Faults in the firewall.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: () =>
    Promise.resolve([{ place: 'box', host: 'docker-firewall', known: 2375, expectKnown: true, from: 1, to: 10_000 }]),
  async control(bench) {
    const at = { host: '127.0.0.1', port: CANARY };
    need(await (await bench.at('weak', 'root')).perform({ do: 'serve', at, as: 'engine' }), 'canary engine');
    // The same scan over fewer ports: each costs time of a processor that the other probes wait for.
    return { place: 'weak', host: at.host, known: 2375, expectKnown: false, from: CANARY - 500, to: CANARY + 500 };
  },
  async attempt(bench, { place, host, from, to }) {
    const site = await bench.at(place);
    const out = need(await site.perform({ do: 'ports', host, from, to }), 'scan of ports');
    return { did: `connect to ports ${from} to ${to} of ${host}`, out };
  },
  judge(out, { known, expectKnown }) {
    const others = out.filter((port) => port !== known);
    if (others.length > 0) return breached(`open: ${others.join(', ')}`);
    if (expectKnown && !out.includes(known)) return unclear(`not even ${known} is open`);
    return held(`only ${known} is open`);
  },
});
