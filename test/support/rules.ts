import { accessOf, type Level } from '../../src/sidecars/firewall/access.ts';
import type { Rules, Visible } from '../../src/sidecars/firewall/scope.ts';
import type { Settings } from '../../src/sidecars/firewall/settings.ts';

/** What a firewall of this scope and level goes by, without sandbox. */
export const rulesOf = (visible: Visible, level: Level = 'read'): Rules => ({
  visible,
  access: accessOf(level),
  sandbox: undefined,
});

/** A firewall of the project `shop` on a free port of this machine, in front of the engine at `socket`. */
export const settingsOf = (socket: string, rules: Rules = rulesOf(SHOP)): Settings => ({
  ...rules,
  listen: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
  upstream: { kind: 'unix', path: socket },
  limits: 'box',
  auditLog: undefined,
  metrics: undefined,
  logged: 'all',
});

const SHOP: Visible = { kind: 'project', project: 'shop', services: [] };
