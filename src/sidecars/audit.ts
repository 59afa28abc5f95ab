import { hash } from 'node:crypto';
import { type AuditEntry, CHAIN_START } from '../core/decision.ts';

/** `at` is when it was decided, as `Date.now()` gives it; now if it is left out. */
export type Audit = (event: string, detail: AuditEntry['detail'], at?: number) => void;

/** What is kept of a word and of a name of an event; longer ones would be the caller's, to fill the log with. */
const MAX_VALUE = 1_000;
const MAX_EVENT = 64;

/**
 * One JSON line for each decision. Each holds the SHA-256 of the line before it, so that a line that was taken out or
 * changed shows. What goes in is chosen by the caller: never header values, never contents.
 */
export function auditTo(
  sidecar: AuditEntry['sidecar'],
  write: (line: string) => void,
  previous: string = CHAIN_START,
): Audit {
  let before = previous;
  return (event, detail, at = Date.now()) => {
    const time = new Date(at).toISOString();
    const line = printLine({
      time,
      sidecar,
      event: event.slice(0, MAX_EVENT),
      detail: bounded(detail),
      previous: before,
    });
    before = hash('sha256', line);
    write(`${line}\n`);
  };
}

/** ASCII only, so that no reader's decoding can change the line and with it the hash. */
const printLine = (entry: AuditEntry): string =>
  JSON.stringify(entry).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

type Value = AuditEntry['detail'][string];

const isPlain = (value: Value): boolean =>
  typeof value === 'string' ? value.length <= MAX_VALUE : typeof value === 'boolean' || Number.isFinite(value);

/** JSON has no NaN: it would become null, which no reader of the log expects. */
const plain = (value: Value): Value =>
  isPlain(value) ? value : typeof value === 'string' ? `${value.slice(0, MAX_VALUE)}…` : String(value);

function bounded(detail: AuditEntry['detail']): AuditEntry['detail'] {
  return Object.values(detail).every(isPlain)
    ? detail
    : Object.fromEntries(Object.entries(detail).map(([key, value]) => [key, plain(value)]));
}
