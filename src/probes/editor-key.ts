import type { Facts, Outcome } from '../core/probing.ts';
import { LAYOUT } from '../policy/layout.ts';
import { defineProbe, type Place } from './probe.ts';
import { breached, failed, held, REFUSALS, unclear } from './support/judge.ts';
import { oneContainer } from './support/split.ts';

interface Target {
  readonly place: Place;
}

interface Out {
  readonly key: Outcome<Facts['openable']>;
  readonly writes: readonly { readonly way: string; readonly code: string }[];
}

const PRIVATE = `${LAYOUT.privateKey}/key`;
const PUBLIC = `${LAYOUT.editorKeys}/key.pub`;

export default defineProbe<Target, Out>({
  id: 'editor-key',
  title: 'The agent neither has the key of the editor’s terminals nor chooses it',
  group: 'editor',
  attacks: ['VSC-07', 'VSC-08'],
  why: 'With the key, any program that reaches the socket is let in as the editor’s terminal is; with a key of its own choice in that place, whoever holds it.',
  leaves: 'A shell as the agent in the agent’s container is all that the key opens.',
  inside: 'no',
  notApplicable: oneContainer,
  targets: () => Promise.resolve([{ place: 'box' }]),
  // The one place where the key is, and from where it is given out.
  control: () => Promise.resolve({ place: 'editor' }),
  async attempt(bench, { place }) {
    const site = await bench.at(place);
    const key = await site.perform({ do: 'openable', paths: [PRIVATE] });
    const beside = `${LAYOUT.editorKeys}/${bench.nonce}`;
    const made = await site.perform({ do: 'create', path: beside, text: '' });
    if (made.ok) await site.perform({ do: 'unlink', path: beside });
    const append = await site.perform({ do: 'append', path: PUBLIC, text: '' });
    const writes = [
      { way: 'make a file beside it', code: made.ok ? 'ok' : made.code },
      { way: 'open it for writing', code: append.ok ? 'ok' : append.code },
    ];
    return { did: `read ${PRIVATE}, write ${PUBLIC}`, out: { key, writes } };
  },
  judge({ key, writes }, { place }) {
    if (!key.ok) return failed(key);
    const read = key.value[PRIVATE] ?? 'nothing';
    const open = writes.filter(({ code }) => code === 'ok').map(({ way }) => way);
    const found = [...(read === 'ok' ? ['the private key is read'] : []), ...open];
    // The control must have both, or it says nothing of one of them.
    if (place === 'editor') return found.length === 3 ? breached(found.join(', ')) : unclear(found.join(', '));
    if (found.length > 0) return breached(found.join(', '));
    const odd = writes.filter(({ code }) => !REFUSALS.has(code));
    if (odd.length > 0 || (read !== 'ENOENT' && !REFUSALS.has(read))) {
      return unclear([`read: ${read}`, ...writes.map(({ way, code }) => `${way}: ${code}`)].join(', '));
    }
    return held(`${read}; ${writes.map(({ code }) => code).join(', ')}`);
  },
});
