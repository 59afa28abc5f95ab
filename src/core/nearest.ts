/** Edits (insert, remove, replace a character) from `a` to `b`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** `There is no rule privleged. Did you mean privileged?`; what was written is cut where it is no name at all. */
export function unknownName(lead: string, written: string, near: string | undefined): string {
  const shown = written.length > 60 ? `${written.slice(0, 57)}…` : written;
  return `${lead} ${shown}.${near === undefined ? '' : ` Did you mean ${near}?`}`;
}

/** The known name that `written` most likely means: at most two letters away, and not a different word altogether. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const word = written.trim().toLowerCase();
  if (word.length === 0 || word.length > 60) return undefined;
  const best = known
    .map((name) => ({ name, away: distance(word, name.toLowerCase()) }))
    .sort((a, b) => a.away - b.away)[0];
  return best !== undefined && best.away <= 2 && best.away < Math.max(best.name.length - 1, 1) ? best.name : undefined;
}
