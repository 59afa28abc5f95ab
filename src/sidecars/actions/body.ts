/** Large enough for twenty long texts. */
export const MAX_BODY = 65_536;

const SCALARS: ReadonlySet<string> = new Set(['string', 'number', 'boolean']);
const MEMBER = /"(?:[^"\\]|\\.)*(?:"(\s*:)?|\\?$)/gs;

/**
 * The arguments of a call: one object whose values are texts, numbers or booleans. A name that is there twice is
 * refused: two readers of it may each take another one (RFC 8259, section 4).
 */
export function readArguments(bytes: Uint8Array): ReadonlyMap<string, unknown> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value);
    if (!entries.every(([, one]) => SCALARS.has(typeof one))) return undefined;
    // What is flat has as many members as texts with a colon behind them.
    const members = [...text.matchAll(MEMBER)].filter(([, colon]) => colon !== undefined);
    return members.length === entries.length ? new Map(entries) : undefined;
  } catch {
    return undefined;
  }
}
