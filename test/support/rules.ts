import { accessOf, type Level } from '../../src/sidecars/firewall/access.ts';
import type { Rules, Visible } from '../../src/sidecars/firewall/scope.ts';

/** What a firewall of this scope and level goes by, without sandbox. */
export const rulesOf = (visible: Visible, level: Level = 'read'): Rules => ({
  visible,
  access: accessOf(level),
  sandbox: undefined,
});
