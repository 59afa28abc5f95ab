import type { Facts, ProcessStatus } from '../core/probing.ts';
import { hasGuard } from '../policy/layout.ts';
import { type ContainerFacts, defineProbe, type NetworkFacts } from './probe.ts';
import { withoutActions } from './support/actions.ts';
import { breached, held, need, unclear } from './support/judge.ts';
import { judgeLimit } from './support/limits.ts';

interface Target {
  readonly place: 'firewall' | 'guard' | 'actions' | 'weak';
  /** How many networks it is meant to be on. */
  readonly networks?: number;
}

interface Out {
  readonly processes: readonly ProcessStatus[];
  readonly root: { readonly readOnly: boolean } | undefined;
  readonly limits: Facts['limits'];
  readonly facts: Pick<ContainerFacts, 'networkMode' | 'published'>;
  readonly networks: readonly NetworkFacts[];
}

/** What is wrong with the networks: none has a way out, and the guard is on none. */
function exposure({ facts, networks }: Out, { place, networks: meant = 1 }: Target): string | undefined {
  if (facts.published.length > 0) return `published: ${facts.published.map(({ port }) => port).join(', ')}`;
  if (place === 'guard') return facts.networkMode === 'none' ? undefined : `network: ${facts.networkMode}`;
  const open = networks.filter(({ internal }) => !internal).map(({ name }) => name);
  if (open.length > 0) return `on a network with a way out: ${open.join(', ')}`;
  return networks.length === meant ? undefined : `on ${networks.length} networks`;
}

export default defineProbe<Target, Out>({
  id: 'sidecar-privileges',
  title: 'The sidecars have no more rights and no more network than they need',
  group: 'runtime',
  attacks: ['RUN-02', 'DKR-05', 'SHR-04', 'RES-01'],
  why: 'The sidecars read what the agent sends or leaves; one of them holds the engine’s socket, one the secrets of actions. What a fault in them is worth depends on what their processes may do: that is read from the kernel, in the sidecars themselves.',
  leaves:
    'The firewall runs as root without capabilities, because the engine’s socket is root’s. The sidecar of `forward` is not looked at here.',
  inside: 'no',
  notApplicable: (policy) =>
    policy.docker === 'none' && !hasGuard(policy) && withoutActions(policy) !== undefined
      ? 'no sidecar (docker: none, ipc: allow, no actions)'
      : undefined,
  targets: ({ policy }) =>
    Promise.resolve<readonly Target[]>([
      ...(policy && !hasGuard(policy) ? [] : [{ place: 'guard' } as const]),
      ...(policy?.docker === 'none' ? [] : [{ place: 'firewall' } as const]),
      ...(policy && withoutActions(policy) === undefined
        ? [{ place: 'actions', networks: policy.shared === undefined ? 1 : 2 } as const]
        : []),
    ]),
  control: () => Promise.resolve({ place: 'weak' }),
  async attempt(bench, { place }) {
    const site = await bench.at(place);
    const { self, init } = need(await site.perform({ do: 'status' }), '/proc/self/status');
    const mounts = need(await site.perform({ do: 'mounts' }), '/proc/self/mountinfo');
    const limits = need(await site.perform({ do: 'limits' }), 'limits');
    const facts = await bench.container(place);
    const on = facts.networkMode === 'none' ? [] : facts.networks;
    return {
      did: `the ${place === 'weak' ? 'control' : place}’s processes, mounts, limits and networks`,
      out: {
        processes: init ? [self, init] : [self],
        // The last one at a place is the one that is seen.
        root: mounts.findLast(({ at }) => at === '/'),
        limits,
        facts,
        networks: await Promise.all(on.map(({ id }) => bench.network(id))),
      },
    };
  },
  judge(out, target) {
    const { processes, root, limits } = out;
    const sets = processes.flatMap(({ capabilities }) => Object.entries(capabilities));
    if (processes.length < 2 || !root || !sets.every(([, value]) => /^[0-9a-f]{16}$/.test(value))) {
      return unclear('its main process or its root cannot be looked at');
    }
    const numbers = processes.flatMap(({ noNewPrivileges, seccomp }) => [noNewPrivileges, seccomp]);
    const bounds = [judgeLimit(limits.pids, 'processes'), judgeLimit(limits.memory, 'memory')];
    if (numbers.some(Number.isNaN) || bounds.some(({ is }) => is === 'unclear')) return unclear('a value is missing');
    const network = exposure(out, target);
    const wrong = [
      ...new Set(sets.filter(([, value]) => !/^0+$/.test(value)).map(([name, value]) => `${name} ${value}`)),
      ...(processes.every(({ noNewPrivileges }) => noNewPrivileges === 1) ? [] : ['new privileges are allowed']),
      ...(processes.every(({ seccomp }) => seccomp === 2) ? [] : ['no seccomp filter']),
      ...(root.readOnly ? [] : ['its root file system is writable']),
      ...bounds.filter(({ is }) => is === 'breached').map(({ because }) => because),
      ...(network === undefined ? [] : [network]),
    ];
    return wrong.length > 0 ? breached(wrong.join('; ')) : held('no capability, filtered, read-only, limited, cut off');
  },
});
