import type { Copied } from './copied.ts';
import { folderOf, insideRoot, resolveFrom } from './files.ts';
import type { RawScript, Reader } from './reader.ts';

/** Scripts that call scripts that call scripts. */
const MAX_DEPTH = 5;
const MAX_CALLED = 200;
/** Names and copies that words are compared with, of all scripts of a configuration. */
const MAX_LOOKUPS = 200_000;

interface Place {
  /** The workspace's root. */
  readonly root: string;
  /** Where the workspace is in the container; undefined if nothing says so. */
  readonly workspaceFolder: string | undefined;
  readonly copied: Copied;
}

/** Scripts of the repository that commands call, as scripts of their own: by their names here or in the image. */
export function withCalled(scripts: readonly RawScript[], place: Place, reader: Reader): readonly RawScript[] {
  const called = new Map<string, RawScript>();
  const dangling = new Set<string>();
  let level: readonly RawScript[] = [...scripts, ...writtenScripts(place.copied)];
  const own = level;
  let lookups = 0;
  for (let depth = 0; level.length > 0; depth++) {
    const next: RawScript[] = [];
    for (const script of level) {
      const known = new Set<string>();
      const folders = changedTo(script.text);
      for (const { word, command } of words(script)) {
        const key = `${command} ${word}`;
        if (known.has(key)) continue;
        known.add(key);
        if (lookups > MAX_LOOKUPS) {
          reader.notChecked.push({
            file: script.span.file,
            reason: 'it has more words that may be files than are looked for',
            span: script.span,
          });
          break;
        }
        const candidates = places(word, script, place, folders);
        if (/[./]/.test(word)) lookups += candidates.length + place.copied.count;
        const path = candidates.find((candidate) => isScript(candidate, reader));
        if (path === undefined) {
          const below = script.hook === 'build' ? undefined : workspacePath(word, place.workspaceFolder);
          const missing = below === undefined ? undefined : resolveFrom(place.root, below);
          if (command && missing !== undefined && /\.(?:ba|z)?sh$/.test(missing))
            dangling.add(`${script.span.file}\n${missing}`);
          continue;
        }
        const where = `${script.on} ${path}`;
        const text = reader.optional(path);
        if (text === undefined || called.has(where) || own.some(({ span }) => span.file === path)) continue;
        const span = { file: path, start: 0, end: text.length };
        const more: RawScript = { hook: script.hook, on: script.on, words: undefined, text, span, start: 0 };
        if (!(depth < MAX_DEPTH && called.size < MAX_CALLED)) {
          reader.notChecked.push({
            file: path,
            reason: 'called by too many others on the way: not read',
            span: script.span,
          });
          continue;
        }
        called.set(where, more);
        next.push(more);
      }
    }
    level = next;
  }
  for (const line of dangling) {
    const [file = '', path = ''] = line.split('\n');
    reader.notChecked.push({ file, reason: `it calls ${path}, which is not in this repository` });
  }
  return [...own, ...called.values()];
}

/** Files that a heredoc of COPY writes, if a shell will read them. */
function writtenScripts({ written }: Copied): readonly RawScript[] {
  return written
    .filter(
      ({ path, body }) =>
        /(?:\.(?:ba|z)?sh|rc|profile|_aliases)$/.test(path) || /^#!.*\b(?:ba|z|da|k)?sh\b/.test(body.value),
    )
    .map(({ body, inline }) => ({
      hook: 'start',
      on: 'container',
      words: undefined,
      text: body.value,
      span: body.span,
      start: inline ? undefined : body.span.start,
    }));
}

/** The words of a script that may name a file, and whether they stand where a command or a shell's script does. */
function words({ words: list, text }: RawScript): readonly { word: string; command: boolean }[] {
  const shell = list === undefined || list.some((word) => /^-[a-z]*c$/.test(word));
  const parts = shell ? text.replace(/^[ \t]*#.*$/gm, '').match(/[^\s;&|()"'`<>]+|[;&|()\n]/g) : list;
  const found: { word: string; command: boolean }[] = [];
  let before = ';';
  for (const part of parts ?? []) {
    const command = /^[;&|()\n]$/.test(before) || /^(?:bash|sh|zsh|source|\.|sudo|exec|then|do|else)$/.test(before);
    if (/^[\w./${}%*:-]+$/.test(part) && !part.startsWith('-')) found.push({ word: part, command });
    if (!part.startsWith('-')) before = part;
  }
  return found;
}

/** Paths in the repository that a word may mean, the likeliest first. */
function places(
  word: string,
  script: RawScript,
  { root, workspaceFolder, copied }: Place,
  folders: readonly string[],
): readonly string[] {
  if (!/[./]/.test(word) || /^\.+$|:\/\//.test(word)) return [];
  const here = script.span.file;
  const inWorkspace = workspacePath(word, workspaceFolder);
  // `$DIR/x.sh`, `${BASH_SOURCE%/*}/x.sh`: most likely beside the script that says so.
  const beside = /^\$\{?\w[^}/]*\}?\/(.+)$/.exec(word)?.[1] ?? (script.hook === 'build' ? word : undefined);
  const found: string[] = [];
  if (script.on !== 'host') {
    const absolute = word.startsWith('/')
      ? [word]
      : word.includes('/')
        ? []
        : ['/usr/local/bin', '/usr/bin', '/bin'].map((bin) => `${bin}/${word}`);
    for (const path of absolute) for (const source of copied.sources(path)) found.push(source);
  }
  if (inWorkspace !== undefined && script.hook !== 'build') found.push(resolveFrom(root, inWorkspace));
  if (beside !== undefined && !beside.startsWith('/')) found.push(resolveFrom(folderOf(here), beside));
  else if (word.startsWith('/') && inWorkspace === undefined) found.push(resolveFrom(folderOf(here), `.${word}`));
  else if (inWorkspace !== undefined) {
    for (const folder of folders) found.push(resolveFrom(resolveFrom(root, folder), inWorkspace));
  }
  return found.filter(insideRoot);
}

/** Folders that a script changes to, each once. */
const changedTo = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/\bcd\s+([\w./-]+)/g)].map(([, folder = '']) => folder)),
];

/** A path below the workspace; undefined for one that is elsewhere. */
function workspacePath(word: string, workspaceFolder: string | undefined): string | undefined {
  const variable = /^\$\{(?:container|local)WorkspaceFolder\}\/(.+)$|^\$\{?(?:PWD|WORKSPACE_FOLDER)\}?\/(.+)$/.exec(
    word,
  );
  if (variable) return variable[1] ?? variable[2];
  if (workspaceFolder?.startsWith('/') && word.startsWith(`${workspaceFolder}/`))
    return word.slice(workspaceFolder.length + 1);
  const usual = /^\/workspaces?\/(?:[^/]+\/)?(.+)$/.exec(word)?.[1];
  if (usual !== undefined && word.startsWith('/workspaces/')) return usual;
  return /^[/$]/.test(word) ? undefined : word;
}

/** A shell's script, by its name or its first line. */
function isScript(path: string, reader: Reader): boolean {
  if (/\.(?:ba|z)?sh$/.test(path)) return reader.optional(path) !== undefined;
  if (/\.\w{1,5}$/.test(path)) return false;
  return /^#!.*\b(?:ba|z|da|k)?sh\b/.test(reader.firstLine(path));
}
