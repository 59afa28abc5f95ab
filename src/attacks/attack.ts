import type { AttackId, Severity } from '../core/finding.ts';

export type AttackGroup =
  | 'engine'
  | 'runtime'
  | 'credentials'
  | 'editor'
  | 'tampering'
  | 'network'
  | 'supply'
  | 'shared'
  | 'persistence'
  | 'resources'
  | 'kernel'
  | 'ports'
  | 'terminal'
  | 'extensions';

/** One attack of the catalogue. Rules, probes and defences are joined to it by `id`. */
export interface Attack {
  readonly id: AttackId;
  readonly title: string;
  readonly severity: Severity;
  readonly group: AttackGroup;
  /** What the attacker does and what that gives. */
  readonly summary: string;
  /** What remains possible after the defence; printed in reports. */
  readonly residual: string;
}

export const GROUPS: Readonly<Record<AttackGroup, string>> = {
  engine: 'Container engine API',
  runtime: 'Runtime flags and mounts',
  credentials: 'Credentials and forwarding',
  editor: 'Editor IPC and its remote server',
  tampering: 'Files that the host executes later',
  network: 'Network',
  supply: 'Supply chain',
  shared: 'Shared services',
  persistence: 'Persistence and other projects',
  resources: 'Denial of service',
  kernel: 'Kernel and /proc',
  ports: 'Ports and the browser',
  terminal: 'Terminal and URL handlers',
  extensions: 'Editor extensions',
};

/** The attacks of one group. */
export const attacksOf = (group: AttackGroup, attacks: readonly Omit<Attack, 'group'>[]): readonly Attack[] =>
  attacks.map((attack) => ({ ...attack, group }));
