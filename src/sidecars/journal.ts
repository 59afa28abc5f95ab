import type { AuditEntry } from '../core/decision.ts';
import { type Audit, auditTo } from './audit.ts';
import { type AuditFile, FILE_LIMITS, type FileLimits, openAuditFile } from './audit-file.ts';
import { type Coalesced, coalesce, type KindOf, type Limits, NARROW } from './coalesce.ts';

/** What is done must be told: while that can't be, nothing may be allowed (docs/adr/0011-audit-log-that-can-fail.md). */
export class Untold extends Error {
  override readonly name = 'Untold';
}

/** Where a sidecar's decisions are written down. */
export interface Journal {
  /**
   * Takes a decision in about a microsecond; its line is made and written soon after. Throws `Untold` for what is
   * `allowed` while the file can't be written.
   */
  readonly audit: Audit;
  /** Why the file can't be written now (`ENOSPC`). */
  blocked(): string | undefined;
  counts(): { readonly coalesced: number; readonly lost: number };
  /** Writes what waits, and the sums whose time has come, or all. Again and again: this also tries a full disk anew. */
  flush(everything: boolean): void;
  /** Writes all that is held. What comes later is not told. */
  close(): void;
}

interface Outputs {
  readonly out: (text: string) => void;
  /** For words to people. */
  readonly err: (text: string) => void;
  readonly file: string | undefined;
  /** An event that is not written down at all. */
  readonly omit?: string | undefined;
  readonly limits?: FileLimits;
}

/** Lines are made in batches of so many, or after so long: few enough that no request waits for them noticeably. */
const BATCH = 128;
const BATCH_MS = 50;
/** What is kept in memory while the disk is full. */
const MAX_WAITING = 10_000;
/** Of a line with all its fields. */
const LINE_BYTES = 512;
const DAY_SECONDS = 86_400;

/** Repeating one thing does not turn the files over; steady requests of every kind, a few a second, need half a day for it. */
export function wide({ maxBytes, files }: FileLimits): Limits {
  const lines = (maxBytes * files) / LINE_BYTES;
  return { times: 100, burst: lines / 5, perSecond: (lines * 0.5) / DAY_SECONDS };
}

export function openJournal(sidecar: AuditEntry['sidecar'], kindOf: KindOf, outputs: Outputs): Journal {
  let queue: Parameters<Audit>[] = [];
  let timer: NodeJS.Timeout | undefined;
  let text = '';
  let closed = false;
  const keep = (line: string): void => {
    text += line;
  };
  const logs: Coalesced[] = [coalesce(auditTo(sidecar, keep), kindOf, NARROW)];
  const file = outputs.file === undefined ? undefined : openFile(sidecar, outputs.file, outputs);
  if (file) logs.push(coalesce(file.audit, kindOf, wide(outputs.limits ?? FILE_LIMITS)));

  function write(): void {
    clearTimeout(timer);
    timer = undefined;
    const batch = queue;
    queue = [];
    for (const entry of batch) for (const log of logs) log.audit(...entry);
    if (text !== '') outputs.out(text);
    text = '';
    if (file?.blocked() === undefined) file?.commit(); // or else when the next flush comes, not for each request
  }

  function flush(everything: boolean): void {
    write();
    for (const log of logs) log.flush(everything);
    write();
    file?.commit();
  }

  return {
    audit(event, detail, at = Date.now()) {
      if (event === 'allowed' && file?.blocked() !== undefined) throw new Untold(file.blocked());
      if (event === outputs.omit) return;
      const length = queue.push([event, detail, at]);
      if (length === 1) timer = setTimeout(write, BATCH_MS).unref();
      else if (length === BATCH) setImmediate(write);
    },
    blocked: () => file?.blocked(),
    counts: () => ({
      coalesced: logs.at(-1)?.coalesced() ?? 0,
      lost: file?.lost() ?? 0,
    }),
    flush,
    close() {
      if (closed) return;
      flush(true);
      closed = true;
      file?.close();
    },
  };
}

interface FileLog {
  readonly audit: Audit;
  commit(): void;
  blocked(): string | undefined;
  lost(): number;
  close(): void;
}

function openFile(sidecar: AuditEntry['sidecar'], path: string, { err, limits }: Outputs): FileLog {
  const file: AuditFile = openAuditFile(path, limits);
  const audit = auditTo(sidecar, file.add, file.previous);
  if (file.torn > 0) audit('torn', { bytes: file.torn });
  let blocked: string | undefined;
  let lost = 0;
  let untold = 0;

  function commit(): void {
    if (file.waiting() === 0 && blocked === undefined) return;
    try {
      file.write();
      if (untold > 0) {
        audit('lost', { count: untold });
        untold = 0;
        file.write();
      }
      if (blocked !== undefined) err('the audit log can be written again; requests are answered\n');
      blocked = undefined;
    } catch (error) {
      const code =
        error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'it broke';
      if (blocked === undefined)
        err(`the audit log can't be written (${code}); all requests are refused until it can\n`);
      blocked = code;
    }
  }

  return {
    audit(event, detail, at) {
      if (file.waiting() < MAX_WAITING) {
        audit(event, detail, at);
        return;
      }
      lost++;
      untold++;
    },
    commit,
    blocked: () => blocked,
    lost: () => lost,
    close() {
      if (file.waiting() > 0) err(`${file.waiting()} lines of the audit log could not be written\n`);
      file.close();
    },
  };
}
