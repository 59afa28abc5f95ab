import type { Located } from '../core/span.ts';
import type { RawScript, Reader } from './reader.ts';
import type { ShellText } from './shell.ts';
import { isTelling } from './telling.ts';
import type { Script } from './workspace.ts';

const DOWNLOAD = /\b(?:curl|wget|fetch|aria2c|https?|iwr|irm|invoke-\w+)\b/i;
/** Something that could execute, or keep, what a download prints. */
const PASSED_ON = /[^|]\|(?!\|)|[`>]|<\(|\$\(|\s-\w*[oO]\b|--output|\bwget\b/;

/** Whether the shell text could hold a fact that a rule asks for. The parser takes longer to load than most audits last. */
const needsParser = ({ hook, text: line, words }: RawScript): boolean =>
  (DOWNLOAD.test(line) && PASSED_ON.test(line)) ||
  isTelling(line) ||
  (hook === 'initializeCommand' && !plainWords(words));

/** A list of words that is no `sh -c TEXT`: one command, as it stands. */
const plainWords = (words: RawScript['words']): words is readonly string[] =>
  words !== undefined && !words.some((word) => /^-[a-z]*c$/.test(word));

/** A word that may check what was downloaded. */
const CHECK = /\b(?:sha\d+sum|shasum|md5sum|b2sum|gpgv?|cosign|minisign|openssl|slsa-verifier)\b/;

/** Adds what the shell text does. */
export async function withFacts(scripts: readonly RawScript[], reader: Reader): Promise<readonly Located<Script>[]> {
  const needed = scripts.some((script) => needsParser(script) || names(script, script.added));
  const parse = needed ? (await import('./shell.ts')).shellFacts : undefined;
  // What one RUN of a Dockerfile downloads, a later one may execute.
  const left = new Map<string, readonly string[]>();
  return scripts.map((script) => {
    const { hook, on, words, text: line, span, start, added = [] } = script;
    const earlier = [...(left.get(span.file) ?? []), ...added];
    const facts: ShellText =
      parse && (needsParser(script) || names(script, earlier))
        ? parse(line, span.file, start ?? 0, earlier)
        : { commands: plainWords(words) ? [{ value: words, span }] : [], piped: [], downloaded: earlier };
    if (facts.unread) reader.notChecked.push({ file: span.file, reason: facts.unread, span });
    if (on === 'build') left.set(span.file, CHECK.test(line) ? [] : facts.downloaded);
    const place = <T>(located: Located<T>): Located<T> => (start === undefined ? { ...located, span } : located);
    const shell = { commands: facts.commands.map(place), piped: facts.piped.map(place) };
    return { value: { hook, on, words, text: line, shell, start }, span };
  });
}

/** Whether a script mentions one of these files. */
const names = ({ text }: RawScript, files: readonly string[] = []): boolean =>
  files.some((file) => text.includes(file));
