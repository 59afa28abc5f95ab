import { createHash } from 'node:crypto';
import { type AuditEntry, CHAIN_START, isSidecar } from '../core/decision.ts';

export interface Checked {
  /** undefined: the line is not one of the audit log. */
  readonly entry: AuditEntry | undefined;
  /** What is wrong with the line's place in the chain. */
  readonly problem: string | undefined;
  /** The first line that is kept is not the first that was written. */
  readonly cutOff: boolean;
}

/**
 * Checks one sidecar's lines in the order in which it wrote them. On standard output each start begins a new chain; in
 * files (`starts: 'go on'`) it goes on from the last line. What is taken from the end can't show; what is changed, or
 * taken from between, does.
 */
export function chainChecker({ starts }: { starts: 'anew' | 'go on' } = { starts: 'anew' }): (line: string) => Checked {
  let previous: string | undefined;
  return (line) => {
    const entry = parseEntry(line);
    const before = previous;
    previous = createHash('sha256').update(line).digest('hex');
    if (entry === undefined) {
      const torn = line.startsWith('{') ? 'a torn line: a crash or a full disk cut it' : 'not a line of the audit log';
      return { entry, problem: torn, cutOff: false };
    }
    const first = before === undefined || starts === 'anew';
    const fresh = first && entry.previous === CHAIN_START && entry.event === 'started';
    const cutOff = before === undefined && !fresh;
    const holds = fresh || cutOff || entry.previous === before;
    return { entry, problem: holds ? undefined : 'a line before this one was changed or removed', cutOff };
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isDetail = (value: unknown): value is AuditEntry['detail'] =>
  isRecord(value) && Object.values(value).every((item) => ['string', 'number', 'boolean'].includes(typeof item));

export function parseEntry(line: string): AuditEntry | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(parsed)) return undefined;
  const { time, sidecar, event, detail, previous } = parsed;
  if (typeof time !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(time)) return undefined;
  if (!isSidecar(sidecar)) return undefined;
  if (typeof event !== 'string' || typeof previous !== 'string' || !isDetail(detail)) return undefined;
  return { time, sidecar, event, detail, previous };
}
