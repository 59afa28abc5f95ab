import { hash } from 'node:crypto';
import type { AuditEntry } from '../../core/decision.ts';
import type { Action, Value } from '../../policy/actions.ts';

/** Longer ones are shortened. Less than a shortened one has, so that no value looks like another one's short form. */
const MAX_TOLD = 80;
const BEGINNING = 40;

function told(value: Value): Value {
  if (typeof value !== 'string' || value.length <= MAX_TOLD) return value;
  return `${value.slice(0, BEGINNING)}… (${value.length} characters, SHA-256 ${hash('sha256', value)})`;
}

/** What the log gets of the arguments: a field for each, so that none can push another one out. Of secrets the length. */
export const toldOf = (action: Action, values: Readonly<Record<string, Value>>): AuditEntry['detail'] =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `argument.${name}`,
      action.arguments[name]?.secret === true ? `(${String(value).length} characters)` : told(value),
    ]),
  );
