import type { WorkspaceFacts } from '../policy/git-paths.ts';
import type { Policy } from '../policy/policy.ts';
import { actions } from './actions.ts';
import { firewall } from './firewall.ts';
import { forward } from './forward.ts';
import { gitView } from './git-view.ts';
import { guard } from './guard.ts';
import { node } from './node.ts';
import type { Part, PartOf } from './part.ts';
import { shared } from './shared.ts';
import { worktree } from './worktree.ts';

/** In the order in which they stand in the generated files. */
const PARTS: readonly PartOf[] = [worktree, gitView, firewall, guard, node, shared, actions, forward];

/** The parts that a box has by its policy. */
export const partsOf = (policy: Policy, facts: WorkspaceFacts): readonly Part[] =>
  PARTS.flatMap((part) => part(policy, facts) ?? []);
