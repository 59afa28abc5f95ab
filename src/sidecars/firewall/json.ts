/** Marks a whole number that JavaScript can't hold. No text of the engine's that passes starts with it. */
export const EXACT = '\u0000';

/** Texts and numbers, each whole. */
const TOKEN = /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|-?\d[\d.eE+-]*/g;
const LARGE = /^-?\d{16,}$/;
/** Behind a quotation mark there are no numbers; what looks like one inside of a text costs time and no more. */
const MAY_BE_LARGE = /(?:^|[^0-9"a-fA-F.-])-?\d{16}/;
const PRINTED = /"\\u0000(-?\d{16,})"/g;

/**
 * JSON with its large whole numbers kept: `timeNano` of an event or "no limit" (2^63-1) would lose digits as a number,
 * and overflow the reader's int64 when printed again. They become marked texts, and numbers again in `printJson`.
 */
export function parseExactJson(text: string): unknown {
  if (!MAY_BE_LARGE.test(text)) return JSON.parse(text);
  const exact = text.replace(TOKEN, (token) => (LARGE.test(token) ? `"\\u0000${token}"` : token));
  return JSON.parse(exact);
}

export const printJson = (value: unknown): string => JSON.stringify(value).replace(PRINTED, '$1');
