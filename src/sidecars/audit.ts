import { createHash } from 'node:crypto';
import { type AuditEntry, CHAIN_START } from '../core/decision.ts';

export type Audit = (event: string, detail: AuditEntry['detail']) => void;

/**
 * One JSON line for each decision. Each holds the SHA-256 of the line before it, so that a line that was taken out or
 * changed shows. What goes in is chosen by the caller: never header values, never contents.
 */
export function auditTo(sidecar: AuditEntry['sidecar'], write: (line: string) => void): Audit {
  let previous = CHAIN_START;
  return (event, detail) => {
    const entry: AuditEntry = { time: new Date().toISOString(), sidecar, event, detail, previous };
    // ASCII only, so that no reader's decoding can change the line and with it the hash.
    const line = JSON.stringify(entry).replace(
      /[\u007f-\uffff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    previous = createHash('sha256').update(line).digest('hex');
    write(`${line}\n`);
  };
}
