import type { Finding } from '../core/finding.ts';
import type { AuditReport } from './findings.ts';
import { secretName } from './frame.ts';

const DOT = '•';
/** Shorter values are words that a line may hold for other reasons. */
const TELLING = 8;
/** How far behind a secret its line is searched for the same again: a line may be a megabyte long. */
const REACH = 400;

/** The texts with each secret value dotted out, every character for one, so that all offsets stay. */
export function maskedTexts({ findings, accepted, silenced, texts }: AuditReport): ReadonlyMap<string, string> {
  const secrets = new Map<string, Finding['at'][]>();
  const all = [...findings, ...accepted.flatMap((one) => one.findings), ...silenced.map(({ finding }) => finding)];
  for (const { secret, at } of all) {
    const known = secrets.get(at.file);
    if (secret && known) known.push(at);
    else if (secret) secrets.set(at.file, [at]);
  }
  if (secrets.size === 0) return texts;
  return new Map([...texts].map(([file, text]) => [file, masked(text, secrets.get(file) ?? [])]));
}

function masked(text: string, secrets: readonly Finding['at'][]): string {
  const parts: { start: number; end: number }[] = [];
  for (const { start, end } of secrets) {
    const said = text.slice(start, end);
    const from = start + secretName(said).length;
    parts.push({ start: from, end });
    const value = text.slice(from, end).replace(/^["']|["']$/g, '');
    const rest = text.slice(end, end + REACH).split(/[\r\n]/, 1)[0] ?? '';
    for (let at = rest.indexOf(value); value.length >= TELLING && at >= 0; at = rest.indexOf(value, at + 1)) {
      parts.push({ start: end + at, end: end + at + value.length });
    }
  }
  let result = '';
  let done = 0;
  for (const { start, end } of parts.sort((a, b) => a.start - b.start)) {
    if (!(end > done)) continue;
    const from = Math.max(start, done);
    result += text.slice(done, from) + DOT.repeat(end - from);
    done = end;
  }
  return result + text.slice(done);
}
