import type { Finding } from '../core/finding.ts';
import { baseImages } from '../plans/dockerfiles.ts';
import { LAYOUT } from '../policy/layout.ts';
import type { Acceptance, Policy } from '../policy/policy.ts';

/** An acceptance that may hold for some places only. */
export interface Accepting extends Acceptance {
  /** What a finding has to point at; left out: anything. */
  readonly only?: readonly string[];
}

/** Whether an acceptance covers a finding that points at this text. */
export const accepts = ({ id, only }: Accepting, finding: Finding, text: string): boolean =>
  (finding.rule === id || finding.attacks[0] === id) && (only === undefined || only.includes(text));

/** What the policy accepts in so many words, and what its settings accept by being chosen. */
export function acceptedBy(policy: Policy): readonly Accepting[] {
  const unpinned = baseImages(policy).filter((image) => !Object.hasOwn(policy.images, image));
  const settings: readonly Accepting[] = [
    ...(policy.egress === 'open' ? [{ id: 'open-egress', because: 'the policy says `egress: open`' }] : []),
    ...(unpinned.length > 0
      ? [
          {
            id: 'unpinned-image',
            because: 'the policy names no digest for it; `cofferdam sync --pin` asks the registry',
            only: unpinned,
          },
        ]
      : []),
    ...(policy.shared === undefined
      ? []
      : [
          {
            id: 'shared-network',
            because: 'this network is the folder’s own: it holds its agent and what the policy shares (`shared`)',
            only: [LAYOUT.servicesNetwork],
          },
        ]),
  ];
  const own = new Set(policy.accept.map(({ id }) => id));
  return [...policy.accept, ...settings.filter(({ id }) => !own.has(id))];
}
