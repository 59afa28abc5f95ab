import type { Facts, Outcome } from '../core/probing.ts';
import { EDITOR_VARIABLES } from '../policy/editor-environment.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { breached, failed, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly pid: number | 'self';
  /** Variables that the policy itself puts there. */
  readonly own: readonly string[];
}

const SECRET = /(?:TOKEN|SECRET|PASSW(?:OR)?D|CREDENTIAL|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY)S?(?:$|_)/i;
const EDITOR: ReadonlySet<string> = new Set(
  EDITOR_VARIABLES.filter(({ beside }) => beside === undefined).map(({ name }) => name),
);

/** The password of the box's own role at the shared database opens that database and no other. */
const ownOf = ({ policy }: Bench): readonly string[] => (policy?.shared === undefined ? [] : ['PGPASSWORD']);

async function bystander(bench: Bench): Promise<Target> {
  const action = { do: 'bystander', name: 'canary', env: { CANARY_API_TOKEN: bench.nonce } } as const;
  const { pid } = need(await (await bench.at('box')).perform(action), 'canary process');
  return { place: 'box', pid, own: ownOf(bench) };
}

export default defineProbe<Target, Outcome<Facts['environ']>>({
  id: 'host-environment',
  title: 'The box was started without secrets or editor variables in its environment',
  group: 'credentials',
  attacks: ['CRD-06', 'SUP-04'],
  why: '`environment: - NPM_TOKEN` without a value copies the host’s variable into every process; so does ${localEnv:…}.',
  leaves: 'Variables whose names say nothing; with `shared`, another value of the host’s under the name PGPASSWORD.',
  inside: bystander,
  targets: (bench) =>
    Promise.resolve([
      { place: 'box', pid: 1, own: ownOf(bench) },
      { place: 'box', pid: 'self', own: ownOf(bench) },
    ]),
  control: (bench) => Promise.resolve({ place: 'weak', pid: 1, own: ownOf(bench) }),
  async attempt(bench, { place, pid }) {
    const out = await (await bench.at(place)).perform({ do: 'environ', pid, nonce: bench.nonce });
    return { did: `read /proc/${pid}/environ`, out };
  },
  judge(out, { own }) {
    if (!out.ok) return failed(out);
    const found = out.value.filter(
      ({ name, empty }) => !empty && !own.includes(name) && (SECRET.test(name) || EDITOR.has(name)),
    );
    if (found.length > 0) return breached(`set: ${found.map(({ name }) => name).join(', ')}`);
    return out.value.length > 0 ? held(`${out.value.length} variables, none of them telling`) : unclear('empty');
  },
});
