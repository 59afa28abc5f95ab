import type { Attack } from './attack.ts';
import credentials from './credentials.ts';
import editor from './editor.ts';
import engine from './engine.ts';
import extensions from './extensions.ts';
import kernel from './kernel.ts';
import network from './network.ts';
import persistence from './persistence.ts';
import ports from './ports.ts';
import resources from './resources.ts';
import runtime from './runtime.ts';
import shared from './shared.ts';
import supply from './supply.ts';
import tampering from './tampering.ts';
import terminal from './terminal.ts';

export type { Attack, AttackGroup } from './attack.ts';
export { GROUPS } from './attack.ts';

/** Every attack that cofferdam knows, whether or not anything stands against it yet. */
export const ATTACKS: readonly Attack[] = [
  ...engine,
  ...runtime,
  ...credentials,
  ...editor,
  ...tampering,
  ...network,
  ...supply,
  ...shared,
  ...persistence,
  ...resources,
  ...kernel,
  ...ports,
  ...terminal,
  ...extensions,
];

const BY_ID = new Map<string, Attack>(ATTACKS.map((attack) => [attack.id, attack]));

/** The attack of that ID; undefined if there is none. */
export const findAttack = (id: string): Attack | undefined => BY_ID.get(id);
