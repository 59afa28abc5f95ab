import type { Facts } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { pretended, VARIABLES } from './support/editors.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  /** The one process that counts, of this run. */
  readonly pid?: number;
}

async function control(bench: Bench): Promise<Target> {
  const { place, pid } = await pretended(bench, 'editor-environ');
  return { place, pid };
}

export default defineProbe<Target, Facts['handles']>({
  id: 'editor-environ',
  title: 'No process in reach holds a variable that leads to an editor',
  group: 'editor',
  attacks: ['VSC-03', 'CRD-08'],
  why: 'What a shell unsets is still in /proc/PID/environ of the process that started it (proc(5)). So the environments of all processes that the agent can read are searched, and each value is connected to.',
  leaves: 'Variables that point at nothing: they stay where they are, and do no harm.',
  inside: control,
  targets: () => Promise.resolve([{ place: 'box' }]),
  control,
  async attempt(bench, { place, pid }) {
    const site = await bench.at(place);
    const skip = pid === undefined ? { skip: bench.nonce } : {};
    const out = need(await site.perform({ do: 'handles', of: 'all', names: VARIABLES, ...skip }), 'environments');
    const found = pid === undefined ? out.found : out.found.filter((handle) => handle.pid === pid);
    return { did: 'read every environment', out: { ...out, found } };
  },
  judge({ read, unread, found }) {
    const through = found.filter(({ leads, code }) => leads !== 'nothing' && leads !== 'file' && code === 'ok');
    if (through.length > 0) {
      return breached(
        through.map(({ pid, name, leads }) => `${name} of process ${pid} leads to a ${leads}`).join(', '),
      );
    }
    if (read === 0) return unclear('not even one of our own can be read');
    return held(`${read} read, ${unread} refused; ${found.length} editor’s variable(s), none leads to a socket`);
  },
});
