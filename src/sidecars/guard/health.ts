import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const HEARTBEAT = 'heartbeat';
/** Three missed beats. */
const FRESH_MS = 20_000;

export function beat(state: string): void {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const path = join(state, HEARTBEAT);
  writeFileSync(`${path}.new`, `${new Date().toISOString()}\n`);
  renameSync(`${path}.new`, path);
}

/**
 * Whether the guard has proved lately that it works. It beats only after it has removed a socket that it planted in its
 * own folder and while all its folders are watched; the agent sees neither that folder nor the guard's processes, so it
 * can fake neither.
 */
export function isBeating(state: string): boolean {
  const stat = statSync(join(state, HEARTBEAT), { throwIfNoEntry: false });
  const age = Date.now() - (stat?.mtimeMs ?? Number.NaN);
  return age >= -FRESH_MS && age < FRESH_MS;
}
