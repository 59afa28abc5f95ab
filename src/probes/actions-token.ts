import type { Facts, Outcome } from '../core/probing.ts';
import { LAYOUT } from '../policy/layout.ts';
import { type Bench, defineProbe } from './probe.ts';
import { type ActionTarget, ask, withoutActions } from './support/actions.ts';
import { breached, failed, held, need, short, unclear } from './support/judge.ts';

const base = { place: 'box', host: LAYOUT.actionsHost, path: '/actions' } as const;

async function rightToken(bench: Bench): Promise<Readonly<Record<string, string>>> {
  const { text } = need(await (await bench.at('box')).perform({ do: 'read', path: LAYOUT.actionsToken }), 'token');
  return { Authorization: `Bearer ${text.trim()}` };
}

export default defineProbe<ActionTarget, Outcome<Facts['http']>>({
  id: 'actions-token',
  title: 'Actions answer to nobody without the token, and to no web page',
  group: 'network',
  attacks: ['SHR-04'],
  why: 'A page that a browser in the box opens can send requests to names that lead to the sidecar (DNS rebinding); and a network setting that is wrong by mistake must not be enough to run programs.',
  leaves: 'Whatever the agent starts has the token.',
  inside: 'no',
  notApplicable: withoutActions,
  async targets(bench) {
    const right = await rightToken(bench);
    return [
      { ...base, as: 'without a token', headers: {} },
      { ...base, as: 'with another token', headers: { Authorization: `Bearer ${bench.nonce.padEnd(64, '0')}` } },
      { ...base, as: 'with an Origin', headers: { ...right, Origin: 'http://localhost:3000' } },
      { ...base, as: 'for another host', headers: { ...right, Host: `${bench.nonce}.example:${LAYOUT.actionsPort}` } },
    ];
  },
  control: async (bench) => ({ ...base, as: 'as the client asks', headers: await rightToken(bench) }),
  attempt: ask,
  judge(out) {
    if (!out.ok) return failed(out);
    const { status, body } = out.value;
    if (status >= 200 && status < 300) return breached(`it answers ${status}`);
    return status === 401 || status === 403 ? held(`${status} ${short(body, 60)}`) : unclear(`it answers ${status}`);
  },
});
