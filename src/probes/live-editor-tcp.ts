import type { EditorProcess, Facts, Outcome } from '../core/probing.ts';
import { defineProbe } from './probe.ts';
import { breached, held, UNREACHABLE, unclear } from './support/judge.ts';
import { attached, type LiveTarget, liveProbe, look, many, unseen } from './support/live.ts';
import { askEditor, reachable, type Talk, whatAnswers } from './support/talk.ts';

interface Out {
  readonly processes: readonly EditorProcess[];
  readonly apart: boolean;
  readonly tried: readonly { readonly at: string; readonly connect: Outcome<Facts['connect']>; readonly talk?: Talk }[];
}

export default defineProbe<LiveTarget, Out>({
  ...liveProbe('live-editor-tcp'),
  id: 'live-editor-tcp',
  title: 'The TCP ports of the attached editor’s server take nothing from the agent',
  attacks: ['VSC-07', 'NET-06'],
  why: 'The server, its extensions and their debuggers listen on ports that nobody chose. Each is connected to from the agent’s container, and asked what VS Code’s client asks.',
  leaves: 'In one container, a server that wants a token: programs of its own user can read that.',
  residual: attached,
  async attempt(bench, target) {
    const { processes, apart, addresses } = await look(bench, target);
    const site = await bench.at(target.agent);
    const all = processes.flatMap(({ listeners }) => listeners);
    const places = apart ? all.flatMap(({ port }) => addresses.map((host) => ({ host, port }))) : all.map(reachable);
    const names = [...new Map(places.map((to) => [`${to.host} ${to.port}`, to])).values()];
    const tried = names.map(async (to) => {
      const at = `${to.host}:${to.port}`;
      const connect = await site.perform({ do: 'connect', to });
      return connect.ok ? { at, connect, talk: await askEditor(site, to) } : { at, connect };
    });
    return {
      did: 'connect to each port of the server’s processes',
      out: { processes, apart, tried: await Promise.all(tried) },
    };
  },
  judge({ processes, apart, tried }) {
    const asks = tried.filter(({ talk }) => talk && whatAnswers(talk).is === 'asks for a token');
    const open = tried.filter((one) => one.connect.ok && (apart || !asks.includes(one)));
    if (open.length > 0) return breached(`connected to ${open.map(({ at }) => at).join(', ')}`);
    const nothing = unseen(processes);
    if (nothing) return nothing;
    const odd = tried.flatMap(({ at, connect }) =>
      connect.ok || connect.code === 'connect-timeout' || UNREACHABLE.has(connect.code) ? [] : `${at}: ${connect.code}`,
    );
    if (odd.length > 0) return unclear(odd.join(', '));
    const note = asks.length > 0 ? `; ${asks.length} want(s) a token` : '';
    return held(`${many(processes)}: ${tried.length} port(s)${note}`);
  },
});
