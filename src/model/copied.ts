import type { Located } from '../core/span.ts';
import type { Dockerfile, Instruction } from './dockerfile.ts';
import { insideRoot, resolveFrom } from './files.ts';
import type { BuildFacts } from './workspace.ts';

/** What COPY and ADD bring into an image, by the name it has there. */
export interface Copied {
  /** How many copies each path is compared with. */
  readonly count: number;
  /** Files of the repository that may be at this path of the image; the last copy first. */
  readonly sources: (path: string) => readonly string[];
  /** Files that a heredoc writes, by their path. */
  readonly written: readonly { readonly path: string; readonly body: Located<string>; readonly inline: boolean }[];
}

interface Copy {
  readonly source: string;
  readonly target: string;
  /** The target is a folder whatever the source is. */
  readonly into: boolean;
}

export function copied(builds: readonly BuildFacts[]): Copied {
  const copies: Copy[] = [];
  const written: Copied['written'][number][] = [];
  for (const { dockerfile, context } of builds) readCopies(dockerfile, context, copies, written);
  copies.reverse();
  return { count: copies.length, written, sources: (path) => copies.flatMap((copy) => at(copy, path)) };
}

function readCopies(
  dockerfile: Dockerfile,
  context: string,
  copies: Copy[],
  written: Copied['written'][number][],
): void {
  for (const { instructions } of dockerfile.stages) {
    let folder = '/';
    for (const instruction of instructions) {
      if (instruction.name === 'WORKDIR') folder = resolveFrom(folder, instruction.text.trim());
      if (instruction.name !== 'COPY' && instruction.name !== 'ADD') continue;
      // Out of another stage or image.
      if (instruction.flags.some(({ value }) => value.startsWith('from='))) continue;
      const words = copyWords(instruction);
      const last = words.pop();
      if (last === undefined) continue;
      const target = resolveFrom(folder, last);
      const into = words.length + instruction.heredocs.length > 1 || last.endsWith('/');
      for (const word of words) {
        const source = resolveFrom(context, word.replace(/^\/+/, ''));
        if (insideRoot(source)) copies.push({ source, target, into });
      }
      const [body] = instruction.heredocs;
      if (body && !into) written.push({ path: target, body, inline: instruction.inline === true });
    }
  }
}

export function copyWords({ text }: Instruction): string[] {
  const exec = /^\s*\[/.test(text);
  return (text.match(exec ? /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)/g : /"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) =>
    word.replace(/^(["'])(.*)\1$/, '$2'),
  );
}

/** A file's name is no longer (limits.h). */
const NAME_MAX = 255;

/** Whether a name is one that `*` and `?` describe: on a difference the last `*` takes one character more. */
function matches(pattern: string, name: string): boolean {
  if (name.length > NAME_MAX) return false;
  let [at, from] = [0, 0];
  let star: { readonly at: number; from: number } | undefined;
  while (from < name.length) {
    if (pattern[at] === '*') star = { at: at++, from };
    else if (pattern[at] === '?' || pattern[at] === name[from]) {
      at++;
      from++;
    } else if (star) {
      from = ++star.from;
      at = star.at + 1;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/** The repository's files that a copy may have put at `path`. */
function at({ source, target, into }: Copy, path: string): readonly string[] {
  const found: string[] = [];
  const glob = /[*?[]/.test(source);
  if (path === target && !into && !glob) found.push(source);
  const below =
    target === '/' ? path.slice(1) : path.startsWith(`${target}/`) ? path.slice(target.length + 1) : undefined;
  if (below === undefined || below === '') return found;
  const name = source.slice(source.lastIndexOf('/') + 1);
  if (glob) {
    const folder = source.slice(0, -name.length);
    const plain = !/[*?[]/.test(folder) && !name.includes('[') && !below.includes('/');
    if (plain && matches(name, below)) found.push(`${folder}${below}`);
    return found;
  }
  if (name === below) found.push(source);
  // A folder's contents are copied, not the folder.
  found.push(source === '.' ? below : `${source}/${below}`);
  return found;
}
