import type { Verification } from '../core/verification.ts';

/** For programs: schema/verify.schema.json. */
export function verdictsJson({ target, probes, residual, summary }: Verification): string {
  return `${JSON.stringify({ schemaVersion: 1, target, probes, residual, summary }, null, 2)}\n`;
}
