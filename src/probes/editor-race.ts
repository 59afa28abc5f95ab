import type { Facts } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { areApart, runtimeFolder } from './support/editors.ts';
import { breached, held, need, REFUSALS, unclear } from './support/judge.ts';

interface Target {
  /** Where the sockets are made, and where the attacker spins. */
  readonly editor: Place;
  readonly agent: Place;
  readonly folder: string;
  /** Of the sockets' names. */
  readonly prefix: string;
  readonly count: number;
}

interface Out {
  readonly race: Facts['race'];
  readonly spun: Facts['spun'];
  /** They are in containers of their own. */
  readonly apart: boolean;
}

const COUNT = 1000;
/** For all of them: a guard takes milliseconds for each. */
const LIMIT_MS = 60_000;
/** The control needs no figure. */
const CONTROL_COUNT = 20;

const control = (place: Place, folder: string): Target => ({
  editor: place,
  agent: place,
  folder,
  prefix: 'canary-', // no name that a guard looks for
  count: CONTROL_COUNT,
});

async function target(bench: Bench): Promise<Target> {
  return {
    editor: 'editor',
    agent: 'box',
    folder: await runtimeFolder(await bench.at('editor')),
    prefix: 'vscode-ipc-',
    count: COUNT,
  };
}

export default defineProbe<Target, Out>({
  id: 'editor-race',
  title: 'Not even a program that does nothing but try gets to an editor’s socket',
  group: 'editor',
  attacks: ['VSC-01', 'VSC-05'],
  why: 'Between a socket’s birth and its removal there is a moment, and who waits for it wins often. So 1,000 sockets are made where the editor’s server would make them, and the agent reads that folder and connects without a pause.',
  leaves:
    'Sockets that a desktop editor’s extension puts into /tmp whatever the runtime directory is: in one container with the agent, only the guard takes those away.',
  residual: ({ topology, ipc }) => (topology === 'attached' && ipc === 'guard' ? 'ipc: guard' : undefined),
  inside: async (bench) => control('box', await bench.spare()),
  targets: async (bench) => [await target(bench)],
  control: () => Promise.resolve(control('weak', '/dev/shm')),
  async attempt(bench, { editor, agent, folder, count, ...target }) {
    const prefix = `${target.prefix}${bench.nonce}-`;
    // Processes of their own: other probes would slow down what is counted.
    const out = await bench.through(agent, [], async (attacker) => {
      need(await attacker.perform({ do: 'spin', folder, prefix }), 'attacker');
      const race = await bench.through(editor, [], (maker) =>
        maker.perform({ do: 'race', folder, prefix, count, timeoutMs: LIMIT_MS }),
      );
      const spun = need(await attacker.perform({ do: 'spun' }), 'attacker');
      return { race: need(race, 'sockets'), spun, apart: await areApart(bench, editor, agent) };
    });
    return { did: `make ${count} sockets in ${folder} against a spinning attacker`, out };
  },
  judge({ race, spun, apart }, { count }) {
    const { made, connected, removed } = race;
    const figure = `connected to ${connected} of ${made} sockets, ${removed} were removed first or meanwhile`;
    if (connected > 0) return breached(figure);
    if (spun.connected > 0) return unclear(`the attacker says ${spun.connected}, the server none`);
    const refused = Object.entries(race.refused);
    const total = refused.reduce((sum, [, times]) => sum + times, made);
    if (total !== count || spun.rounds === 0) {
      return unclear(`${total} of ${count} sockets were tried, and the attacker looked ${spun.rounds} times`);
    }
    const odd = refused.filter(([code]) => !REFUSALS.has(code));
    if (odd.length > 0) return unclear(odd.map(([code, times]) => `${code} ×${times}`).join(', '));
    // A race that was lost a thousand times can be won the next time, unless there is nothing to see.
    if (made > 0 && !apart) return unclear(`${figure}: the attacker was slow this time`);
    if (made > 0 && spun.rounds < made) return unclear(`${made} made, and the attacker looked ${spun.rounds} times`);
    const codes = refused.map(([code, times]) => `${code} ×${times}`);
    return held([...codes, ...(made > 0 ? [figure] : [])].join(', '));
  },
});
