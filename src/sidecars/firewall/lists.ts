import type { Asked, Reply } from './endpoint.ts';
import { parseExactJson, printJson } from './json.ts';
import { type Scope, Unexpected } from './scope.ts';

export type ListReply = Extract<Reply, { kind: 'list' }>;

const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];

const notAList = (): Unexpected => new Unexpected('the engine’s answer is not a list');

/** Where a text ends that starts at `at`. */
function endOfText(json: string, at: number): number {
  for (let end = json.indexOf('"', at + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let slashes = 0;
    while (json.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  throw notAList();
}

/**
 * The entries of a JSON list as they are written. Only where they end is looked at; whether each is JSON shows when it is
 * read by itself, which has to happen before anything of it is used.
 */
export function splitList(json: string): readonly string[] {
  const inner = /^\s*\[([\s\S]*)\]\s*$/.exec(json)?.[1];
  if (inner === undefined) throw notAList();
  const entries: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < inner.length; at++) {
    const code = inner.charCodeAt(at);
    if (code === QUOTE) at = endOfText(inner, at);
    else if (code === OPEN_OBJECT || code === OPEN_LIST) depth++;
    else if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth--;
    else if (code === COMMA && depth === 0) {
      entries.push(inner.slice(from, at));
      from = at + 1;
    }
    if (!(depth >= 0)) throw notAList();
  }
  if (depth !== 0) throw notAList();
  const last = inner.slice(from);
  return entries.length === 0 && last.trim() === '' ? entries : [...entries, last];
}

/** What became of each entry, by its text; an entry that is not shown became nothing. */
export interface Known {
  get(entry: string): string | undefined;
  keep(entry: string, text: string): void;
}

/** Forgets everything when it holds more than so many characters, texts and what became of them together. */
export function makeKnown(most = 4 * 1024 * 1024): Known {
  const texts = new Map<string, string>();
  let size = 0;
  return {
    get: (entry) => texts.get(entry),
    keep(entry, text) {
      size += entry.length + text.length;
      if (!(size <= most)) {
        texts.clear();
        size = entry.length + text.length;
      }
      // A piece of a text keeps the whole text in memory, here the list that it was cut from; a copy does not.
      texts.set(Buffer.from(entry).toString(), text);
    },
  };
}

/** A list built anew from what is shown of each entry. Most entries are the same from one time to the next. */
export function rebuildList(reply: ListReply, json: string, scope: Scope, asked: Asked, known: Known): string {
  const most = reply.most(asked);
  const shown: string[] = [];
  for (const entry of splitList(json)) {
    if (!(shown.length < most)) break;
    let text = known.get(entry);
    if (text === undefined) {
      text = rebuildEntry(reply, entry, scope, asked);
      known.keep(entry, text);
    }
    if (text !== '') shown.push(text);
  }
  return `[${shown.join(',')}]`;
}

function rebuildEntry(reply: ListReply, entry: string, scope: Scope, asked: Asked): string {
  let value: unknown;
  try {
    value = parseExactJson(entry);
  } catch (error) {
    throw new Unexpected('the engine’s answer is not JSON', { cause: error });
  }
  const rebuilt = reply.rebuild(value, scope, asked);
  return rebuilt === undefined ? '' : printJson(rebuilt);
}
