import { hasGuard } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import { type Bench, type ContainerFacts, defineProbe } from './probe.ts';
import { withoutActions } from './support/actions.ts';
import { breached, held } from './support/judge.ts';

interface Target {
  readonly role: 'guard' | 'firewall' | 'actions' | 'forward' | 'foreign';
}

const find = async (bench: Bench, role: Target['role']): Promise<ContainerFacts | undefined> =>
  role === 'foreign'
    ? await bench.container('foreign')
    : (await bench.project()).find((container) => container.role === role);

const forwards = (policy: Policy): boolean => (policy.forward ?? []).length > 0;

export default defineProbe<Target, ContainerFacts | undefined>({
  id: 'sidecar-health',
  title: 'The sidecars run, and their health is checked',
  group: 'editor',
  attacks: ['VSC-05', 'DKR-05'],
  why: 'A sidecar without a health check can be dead while everything says success.',
  leaves: 'A sidecar that answers and does not do its work: the other probes look at that.',
  inside: 'no',
  notApplicable: (policy) =>
    policy.docker === 'none' && !hasGuard(policy) && withoutActions(policy) !== undefined && !forwards(policy)
      ? 'no sidecar (docker: none, ipc: allow, no actions, no forward)'
      : undefined,
  targets: ({ policy }) =>
    Promise.resolve<readonly Target[]>([
      ...(policy && !hasGuard(policy) ? [] : [{ role: 'guard' } as const]),
      ...(policy?.docker === 'none' ? [] : [{ role: 'firewall' } as const]),
      ...(policy && withoutActions(policy) === undefined ? [{ role: 'actions' } as const] : []),
      ...(policy && forwards(policy) ? [{ role: 'forward' } as const] : []),
    ]),
  // It runs, and nobody checks whether it is well.
  control: () => Promise.resolve({ role: 'foreign' }),
  async attempt(bench, { role }) {
    return { did: `ask the engine about the ${role}`, out: await find(bench, role) };
  },
  judge(out) {
    if (out === undefined) return breached('there is none');
    if (!out.running) return breached('it is not running');
    return out.health === 'healthy' ? held('running, healthy') : breached(`running, health: ${out.health}`);
  },
});
