import { createHash } from 'node:crypto';
import type { AuditEntry } from '../core/decision.ts';

/** What the first line of a start points at. */
export const CHAIN_START = '0'.repeat(64);

export type Audit = (event: string, detail: AuditEntry['detail']) => void;

/**
 * One JSON line for each decision. Each holds the SHA-256 of the line before it, so that a line that was taken out or
 * changed shows. What goes in is chosen by the caller: never header values, never contents.
 */
export function auditTo(sidecar: AuditEntry['sidecar'], write: (line: string) => void): Audit {
  let previous = CHAIN_START;
  return (event, detail) => {
    const entry: AuditEntry = { time: new Date().toISOString(), sidecar, event, detail, previous };
    const line = JSON.stringify(entry);
    previous = createHash('sha256').update(line).digest('hex');
    write(`${line}\n`);
  };
}
