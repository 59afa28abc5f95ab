import type { Finding } from '../core/finding.ts';
import { sha256Hex } from '../core/sha256.ts';
import type { Reported } from '../report/findings.ts';
import { secretName } from '../report/frame.ts';

/**
 * Names each finding by its rule, its file and the text that it points at, so that it keeps its name when lines move.
 * What is there several times is numbered. A secret's value is left out: a hash of a short one can be guessed.
 */
export function fingerprinted(
  findings: readonly Finding[],
  texts: ReadonlyMap<string, string>,
): ReadonlyMap<Finding, Reported> {
  const seen = new Map<string, number>();
  const named = new Map<Finding, Reported>();
  for (const finding of [...findings].sort(byPlace)) {
    const { rule, at, secret } = finding;
    const marked = (texts.get(at.file) ?? '').slice(at.start, at.end);
    const evidence = (secret ? secretName(marked) : marked).replace(/\s+/g, ' ').trim();
    const key = JSON.stringify([rule, at.file, evidence]);
    const number = seen.get(key) ?? 0;
    seen.set(key, number + 1);
    named.set(finding, { ...finding, fingerprint: sha256Hex(JSON.stringify([key, number])).slice(0, 32) });
  }
  return named;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byPlace = (a: Finding, b: Finding): number =>
  compare(a.at.file, b.at.file) || a.at.start - b.at.start || a.at.end - b.at.end || compare(a.message, b.message);
