import type { Located } from '../core/span.ts';
import { insideRoot, resolveFrom } from './files.ts';
import type { RawScript, Reader } from './reader.ts';
import type { Script } from './workspace.ts';

/** Scripts of the workspace that commands call, as scripts of their own. */
export function withCalled(scripts: readonly RawScript[], root: string, reader: Reader): readonly RawScript[] {
  const called = new Map<string, RawScript>();
  for (const { hook, on, text: line, words } of scripts) {
    if (hook === 'build' || hook === 'start') continue;
    for (const word of words ?? line.split(/[\s;&|"'()]+/)) {
      if (!/^[\w./${}:-]+\.(?:sh|bash|zsh)$/.test(word)) continue;
      const path = resolveFrom(root, word.replace(/^\$\{(?:container|local)WorkspaceFolder\}\//, './'));
      if (!insideRoot(path) || called.has(path)) continue;
      const source = reader.optional(path);
      if (source === undefined) continue;
      const span = { file: path, start: 0, end: source.length };
      called.set(path, { hook, on, words: undefined, text: source, span, start: 0 });
    }
  }
  return [...scripts, ...called.values()];
}

const NEEDS_SHELL = /\b(?:curl|wget|fetch|aria2c|https?|iwr|sudo|NOPASSWD)\b/i;

/** Adds what the shell text does. The shell parser is loaded only where some text could have a fact in it. */
export async function withFacts(scripts: readonly RawScript[]): Promise<readonly Located<Script>[]> {
  const needed = scripts.some(({ text: line, hook }) => NEEDS_SHELL.test(line) || hook === 'initializeCommand');
  const parse = needed ? (await import('./shell.ts')).shellFacts : undefined;
  return scripts.map(({ hook, on, words, text: line, span, start }) => {
    const facts =
      parse && (NEEDS_SHELL.test(line) || hook === 'initializeCommand')
        ? parse(line, span.file, start ?? 0)
        : { commands: [], piped: [] };
    const place = <T>(located: Located<T>): Located<T> => (start === undefined ? { ...located, span } : located);
    const shell = { commands: facts.commands.map(place), piped: facts.piped.map(place) };
    return { value: { hook, on, words, text: line, shell }, span };
  });
}
