import type { Facts, Listener, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place, type Site } from './probe.ts';
import { editorsIn, pretended } from './support/editors.ts';
import { breached, held, need, UNREACHABLE, unclear } from './support/judge.ts';
import { askEditor, reachable, type Talk, whatAnswers } from './support/talk.ts';

interface Target {
  readonly place: Place;
  /** The one that counts, of this run. */
  readonly port?: number;
}

type Out = readonly { readonly at: string; readonly connect: Outcome<Facts['connect']>; readonly talk?: Talk }[];

async function control(bench: Bench): Promise<Target> {
  const { place, port } = await pretended(bench, 'editor-loopback');
  return { place, port };
}

async function ask(site: Site, to: Listener): Promise<Out[number]> {
  const at = `${to.host}:${to.port}`;
  const connect = await site.perform({ do: 'connect', to });
  return connect.ok ? { at, connect, talk: await askEditor(site, to) } : { at, connect };
}

export default defineProbe<Target, Out>({
  id: 'editor-loopback',
  title: 'No server of an editor takes commands over TCP without a token',
  group: 'editor',
  attacks: ['VSC-07', 'NET-06'],
  why: 'A server that is attached over TCP listens on the loopback of its network, which every user of it shares. Each listener is asked what VS Code’s client asks, without the token.',
  leaves: 'A server that wants a token: programs of its own user read that from its command line or its files.',
  inside: control,
  targets: () => Promise.resolve([{ place: 'box' }]),
  control,
  async attempt(bench, { place, port }) {
    const site = await bench.at(place);
    const all = need(await site.perform({ do: 'listeners' }), 'listeners');
    // Servers of this run, which are controls: looked for after the listeners, so that none of them is missing.
    const { processes } = await editorsIn(bench, place, bench.nonce);
    const ours = new Set(processes.flatMap(({ listeners }) => listeners.map((one) => one.port)));
    const wanted = (one: Listener): boolean => (port === undefined ? !ours.has(one.port) : one.port === port);
    const chosen = all.filter(wanted).map(reachable);
    return {
      did: 'ask each TCP listener of its network',
      out: await Promise.all(chosen.map((to) => ask(site, to))),
    };
  },
  judge(out) {
    const talked = out.flatMap(({ at, talk }) => (talk === undefined ? [] : [{ at, answer: whatAnswers(talk) }]));
    const of = (what: string): readonly string[] =>
      talked.filter(({ answer }) => answer.is === what).map(({ at, answer }) => `${at} (${answer.because})`);
    if (of('open').length > 0) return breached(`an editor’s server without a token: ${of('open').join(', ')}`);
    const lost = out.flatMap(({ at, connect }) =>
      connect.ok || UNREACHABLE.has(connect.code) ? [] : [`${at} (${connect.code})`],
    );
    const odd = [...of('unclear'), ...lost];
    if (odd.length > 0) return unclear(odd.join(', '));
    const asking = of('asks for a token');
    const note = asking.length > 0 ? `; left: who finds the token of ${asking.join(', ')} is in` : '';
    return held(`${out.length} listener(s), none an editor’s that takes commands from everybody${note}`);
  },
});
