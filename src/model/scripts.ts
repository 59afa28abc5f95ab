import type { Located } from '../core/span.ts';
import type { RawScript } from './reader.ts';
import type { ShellFacts } from './shell.ts';
import { isTelling } from './telling.ts';
import type { Script } from './workspace.ts';

const DOWNLOAD = /\b(?:curl|wget|fetch|aria2c|https?|iwr)\b/i;
/** Something that could execute, or keep, what a download prints. */
const PASSED_ON = /[^|]\|(?!\|)|[`>]|<\(|\$\(|\s-\w*[oO]\b|--output/;

/** Whether the shell text could hold a fact that a rule asks for. The parser takes longer to load than most audits last. */
const needsParser = ({ hook, text: line, words }: RawScript): boolean =>
  (DOWNLOAD.test(line) && PASSED_ON.test(line)) ||
  isTelling(line) ||
  (hook === 'initializeCommand' && !plainWords(words));

/** A list of words that is no `sh -c TEXT`: one command, as it stands. */
const plainWords = (words: RawScript['words']): words is readonly string[] =>
  words !== undefined && !words.some((word) => /^-[a-z]*c$/.test(word));

/** Adds what the shell text does. */
export async function withFacts(scripts: readonly RawScript[]): Promise<readonly Located<Script>[]> {
  const parse = scripts.some(needsParser) ? (await import('./shell.ts')).shellFacts : undefined;
  return scripts.map((script) => {
    const { hook, on, words, text: line, span, start } = script;
    const facts: ShellFacts =
      parse && needsParser(script)
        ? parse(line, span.file, start ?? 0)
        : { commands: plainWords(words) ? [{ value: words, span }] : [], piped: [] };
    const place = <T>(located: Located<T>): Located<T> => (start === undefined ? { ...located, span } : located);
    const shell = { commands: facts.commands.map(place), piped: facts.piped.map(place) };
    return { value: { hook, on, words, text: line, shell }, span };
  });
}
