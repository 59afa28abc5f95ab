import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe } from './probe.ts';
import { type ApiTarget, callApi, withoutDocker } from './support/docker.ts';
import { breached, failed, held, messageOf, need, short, unclear } from './support/judge.ts';

interface Out {
  readonly reply: Outcome<Facts['http']>;
  /** Connections that the listener had, more than before. */
  readonly callers: number;
}

const at = { host: '0.0.0.0', port: 7778 };

async function search(bench: Bench, from: ApiTarget['from']): Promise<ApiTarget> {
  const site = await bench.at('foreign', 'root');
  const served = await site.perform({ do: 'serve', at, as: 'engine' });
  if (!served.ok && served.code !== 'EADDRINUSE') need(served, 'canary listener');
  const [network] = (await bench.container('foreign')).networks;
  return {
    from,
    method: 'GET',
    path: `/images/search?limit=1&term=${encodeURIComponent(`${network?.address}:${at.port}/canary`)}`,
  };
}

export default defineProbe<ApiTarget, Out>({
  id: 'image-search',
  title: 'The engine cannot be made to connect somewhere',
  group: 'docker',
  attacks: ['DKR-04', 'NET-06'],
  why: 'Searching for HOST:PORT/name is a GET that makes the engine, which is on the host, connect to that address.',
  leaves: 'Faults in the firewall.',
  // Both count the callers of one listener.
  exclusive: 'image-search',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: async (bench) => [await search(bench, 'box')],
  control: (bench) => search(bench, 'weak'),
  async attempt(bench, target) {
    const listener = await bench.at('foreign', 'root');
    const before = need(await listener.perform({ do: 'callers', at }), 'callers').count;
    const { did, out } = await callApi(bench, target);
    const after = need(await listener.perform({ do: 'callers', at }), 'callers').count;
    return { did, out: { reply: out, callers: after - before } };
  },
  judge({ reply, callers }) {
    if (callers > 0) return breached('the engine connected to the listener');
    if (!reply.ok) return failed(reply);
    const message = messageOf(reply.value.body);
    if ([400, 403, 404].includes(reply.value.status) && message?.startsWith('cofferdam:'))
      return held(`${reply.value.status} ${short(message)}`);
    return unclear(`${reply.value.status} ${short(message ?? reply.value.body, 60)}`);
  },
});
