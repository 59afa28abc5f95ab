import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { breached, failed, held, need, UNREACHABLE } from './support/judge.ts';
import { oneContainer } from './support/split.ts';

interface Target {
  readonly from: Place;
  readonly host: string;
}

/** Of no registered service. */
const PORT = 42_376;

/** A listener of ours in the editor's container, on all its addresses, and those that others would use. */
async function served(bench: Bench): Promise<readonly string[]> {
  const site = await bench.at('editor');
  const outcome = await site.perform({ do: 'serve', at: { host: '0.0.0.0', port: PORT }, as: 'editor' });
  if (!outcome.ok && outcome.code !== 'EADDRINUSE') need(outcome, 'listener');
  const { networks, name } = await bench.container('editor');
  const addresses = networks.map(({ address }) => address).filter((address) => address !== '');
  if (addresses.length === 0) throw new Error('the editor’s container has no address');
  return [...addresses, name, 'editor'];
}

export default defineProbe<Target, Outcome<Facts['connect']>>({
  id: 'editor-tcp',
  title: 'The agent opens no connection to the editor’s container',
  group: 'editor',
  attacks: ['VSC-07', 'NET-06', 'NET-07'],
  why: 'An editor’s server, its extensions and debuggers listen on ports. One of ours listens there on all addresses, and the agent tries to connect.',
  leaves: 'Ports that the editor forwards to the host, while egress is open.',
  inside: 'no',
  notApplicable: oneContainer,
  targets: async (bench) => (await served(bench)).map((host): Target => ({ from: 'box', host })),
  async control(bench) {
    await served(bench);
    return { from: 'editor', host: '127.0.0.1' };
  },
  async attempt(bench, { from, host }) {
    const out = await (await bench.at(from)).perform({ do: 'connect', to: { host, port: PORT }, timeoutMs: 5000 });
    return { did: `connect to ${host}`, out };
  },
  judge(out) {
    if (out.ok) return breached('connected');
    if (out.code === 'ENOTFOUND' || out.code === 'EAI_AGAIN') return held(`${out.code}: no such name`);
    return out.code === 'connect-timeout' || UNREACHABLE.has(out.code) ? held(out.code) : failed(out);
  },
});
