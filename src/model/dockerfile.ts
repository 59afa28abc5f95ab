import type { NotChecked } from '../core/finding.ts';
import type { Located, Span } from '../core/span.ts';
import { interpolate } from './interpolate.ts';

export interface Instruction {
  /** In capitals; of an ONBUILD, the instruction that it holds back. */
  readonly name: string;
  readonly onbuild: boolean;
  /** `--mount=type=secret,…` as `mount` → `type=secret,…`. */
  readonly flags: readonly Located<string>[];
  /**
   * What follows the name, with the length of the original so that offsets hold: comment lines, line continuations and
   * heredoc markers are blanked out.
   */
  readonly text: string;
  /** Offset of `text` in the file. */
  readonly start: number;
  readonly span: Span;
  readonly heredocs: readonly Located<string>[];
  /** Part of another file: offsets are those of its own text, only `span` holds. */
  readonly inline?: true;
}

export interface Stage {
  readonly name: string | undefined;
  /** The image or stage that it starts from, with the ARG values that are known. */
  readonly from: Located<string>;
  /** FROM names a variable whose value is not known. */
  readonly open: boolean;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  readonly file: string;
  readonly stages: readonly Stage[];
  /** ARGs before the first FROM; a stage has those that it names again. */
  readonly globals: ReadonlyMap<string, string>;
  /** Build arguments that were passed. */
  readonly args: ReadonlyMap<string, string>;
  readonly notChecked: readonly NotChecked[];
}

const MAX_INSTRUCTIONS = 20_000;

/**
 * A Dockerfile as BuildKit reads it: escape directive, comments inside continuations, heredocs of RUN, COPY and ADD,
 * ONBUILD. https://docs.docker.com/reference/dockerfile/. `args` are the build arguments that win over ARG defaults,
 * and the options of a template.
 */
export function parseDockerfile(
  file: string,
  source: string,
  args: ReadonlyMap<string, string> = new Map(),
): Dockerfile {
  const instructions = readInstructions(file, source);
  const notChecked: NotChecked[] = [];
  const globals = new Map([...args].filter(([name]) => name.includes(':')));
  const stages: { name: string | undefined; from: Located<string>; open: boolean; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    const current = stages.at(-1);
    if (instruction.name === 'FROM' && !instruction.onbuild) {
      const match = /^\s*(\S+)(?:\s+as\s+(\S+))?/i.exec(instruction.text);
      if (!match?.[1]) {
        notChecked.push({ file, reason: 'FROM without an image', span: instruction.span });
        continue;
      }
      const start = instruction.start + instruction.text.indexOf(match[1]);
      const from = interpolate(match[1].replace(/^(["'])(.*)\1$/, '$2'), (name) => globals.get(name));
      stages.push({
        name: match[2]?.toLowerCase(),
        from: { value: from.text, span: { file, start, end: start + match[1].length } },
        // A value that was passed may be unknown itself.
        open: from.open || from.text.includes('${'),
        instructions: [],
      });
    } else if (current) {
      current.instructions.push(instruction);
    } else if (instruction.name === 'ARG') {
      for (const { name, value: fallback } of assignments(instruction.text)) {
        const value = args.get(name) ?? fallback;
        if (value !== undefined) globals.set(name, interpolate(value, (other) => globals.get(other)).text);
      }
    }
  }
  if (stages.length === 0) notChecked.push({ file, reason: 'no FROM: not a Dockerfile, or an empty one' });
  if (instructions.length >= MAX_INSTRUCTIONS) {
    notChecked.push({ file, reason: `more than ${MAX_INSTRUCTIONS} instructions; the rest was not read` });
  }
  return { file, stages, globals, args, notChecked };
}

/** The stages that the image is made of, last first: the target, the stage it starts from, and so on. */
export function stageChain(dockerfile: Dockerfile, target: string | undefined): readonly Stage[] {
  const { stages } = dockerfile;
  const find = (name: string, before: number): number => {
    for (let i = before - 1; i >= 0; i--) if (stages[i]?.name === name.toLowerCase()) return i;
    return -1;
  };
  const wanted = target === undefined ? stages.length - 1 : find(target, stages.length);
  const chain: Stage[] = [];
  for (let i = wanted >= 0 ? wanted : stages.length - 1; i >= 0; ) {
    const stage = stages[i];
    if (!stage) break;
    chain.push(stage);
    i = find(stage.from.value, i);
  }
  return chain;
}

/** `A=1 B="x y" C`, as ARG and ENV have them. */
const assignments = (text: string): { name: string; value: string | undefined }[] =>
  [...text.matchAll(/([A-Za-z_]\w*)(?:=(?:"([^"]*)"|'([^']*)'|(\S*)))?/g)].map(
    ([, name = '', double, single, plain]) => ({ name, value: double ?? single ?? plain }),
  );

/** The user that the image ends with, with the values that variables have where USER stands; `chain` as by `stageChain`. */
export function lastUser({ globals, args }: Dockerfile, chain: readonly Stage[]): Located<string> | undefined {
  const known = new Map<string, string>();
  let user: Located<string> | undefined;
  let waiting: readonly Instruction[] = [];
  for (const { instructions } of [...chain].reverse()) {
    // What the stage below holds back comes first, and only here.
    for (const { name, text, span } of [...waiting, ...instructions.filter(({ onbuild }) => !onbuild)]) {
      const fill = (value: string): string => interpolate(value, (variable) => known.get(variable)).text;
      if (name === 'USER') user = { value: fill(text.trim().replace(/^(["'])(.*)\1$/, '$2')), span };
      if (name !== 'ARG' && name !== 'ENV') continue;
      const old = name === 'ENV' ? /^(\w+)\s([^=]*)$/.exec(text.trim()) : null;
      for (const { name: variable, value } of old
        ? [{ name: old[1] ?? '', value: old[2]?.trim() }]
        : assignments(text)) {
        const passed = name === 'ARG' ? args.get(variable) : undefined;
        const found = passed ?? value ?? globals.get(variable);
        if (found !== undefined) known.set(variable, fill(found));
      }
    }
    waiting = instructions.filter(({ onbuild }) => onbuild);
  }
  return user;
}

function readInstructions(file: string, source: string): Instruction[] {
  const instructions: Instruction[] = [];
  const escapeWith = escapeCharacter(source);
  let at = source.startsWith('\ufeff') ? 1 : 0;
  while (at < source.length && instructions.length < MAX_INSTRUCTIONS) {
    const line = lineEnd(source, at);
    if (/^\s*(?:#|$)/.test(source.slice(at, line.content))) {
      at = line.next;
      continue;
    }
    // The logical line: continued lines joined, comment and empty lines between them blanked.
    const first = at;
    let text = '';
    let next = first;
    for (;;) {
      const { content, next: after } = lineEnd(source, next);
      const raw = source.slice(next, content);
      const blank = next !== first && /^\s*(?:#|$)/.test(raw);
      const continued = continuation(raw, escapeWith);
      if (blank) text += ' '.repeat(after - next);
      else if (continued >= 0) text += raw.slice(0, continued) + ' '.repeat(after - next - continued);
      else text += raw;
      next = after;
      if ((!blank && continued < 0) || next >= source.length) break;
    }
    const read = readOne(file, source, first, text, next);
    if (read) instructions.push(read.instruction);
    at = Math.max(read?.next ?? next, first + 1);
  }
  return instructions;
}

function readOne(file: string, source: string, start: number, logical: string, next: number) {
  const match = /^\s*(?:(onbuild)\s+)?([A-Za-z]+)(?=\s|$)/i.exec(logical);
  if (!match) return undefined;
  const name = (match[2] ?? '').toUpperCase();
  let offset = match[0].length;
  const flags: Located<string>[] = [];
  for (;;) {
    const flag = /^\s+--([a-z][\w-]*(?:=\S*)?)(?=\s|$)/i.exec(logical.slice(offset));
    if (!flag?.[1]) break;
    const end = offset + flag[0].length;
    flags.push({ value: flag[1], span: { file, start: start + end - flag[1].length - 2, end: start + end } });
    offset = end;
  }
  let text = logical.slice(offset);
  const heredocs: Located<string>[] = [];
  let end = start + logical.trimEnd().length;
  if (/^(?:RUN|COPY|ADD)$/.test(name) && !/^\s*\[/.test(text)) {
    for (const { delimiter, dash } of heredocWords(text)) {
      const body = heredocBody(source, next, delimiter, dash);
      heredocs.push({ value: source.slice(next, body.end), span: { file, start: next, end: body.end } });
      next = body.next;
      end = next;
    }
    if (heredocs.length > 0)
      text = text.replace(/(?<!\d)\d*<<-?\s*(["']?)[\w.-]+\1/g, (word) => ' '.repeat(word.length));
  }
  const span: Span = { file, start: start + (match[0].length - match[0].trimStart().length), end };
  return {
    instruction: { name, onbuild: match[1] !== undefined, flags, text, start: start + offset, span, heredocs },
    next,
  };
}

/** Words that open a heredoc: quotes hide `<<` that is only text (`echo "a <<EOF b"`). */
function heredocWords(text: string): { delimiter: string; dash: boolean }[] {
  const words: string[] = text.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? [];
  return words.flatMap((word) => {
    const match = /^\d*<<(-?)(["']?)([^<"'\s]+)\2$/.exec(word);
    return match?.[3] ? [{ delimiter: match[3], dash: match[1] === '-' }] : [];
  });
}

/** From `from` to the line that is only the delimiter; a heredoc that is never closed takes the rest. */
function heredocBody(source: string, from: number, delimiter: string, dash: boolean): { end: number; next: number } {
  let at = from;
  while (at < source.length) {
    const { content, next } = lineEnd(source, at);
    const line = source.slice(at, content);
    if ((dash ? line.replace(/^\t+/, '') : line) === delimiter) return { end: at, next };
    at = next;
  }
  return { end: source.length, next: source.length };
}

function escapeCharacter(source: string): string {
  for (const line of source.replace(/^\ufeff/, '').split('\n', 20)) {
    const directive = /^#\s*([A-Za-z]+)\s*=([\s\S]*)$/.exec(line.trim());
    if (!directive) return '\\';
    if (directive[1]?.toLowerCase() === 'escape' && directive[2]?.trim() === '`') return '`';
  }
  return '\\';
}

/** Where the escape at the end of a line stands; -1 if the line is not continued. */
function continuation(line: string, escapeWith: string): number {
  const trimmed = line.trimEnd();
  return trimmed.endsWith(escapeWith) && !trimmed.endsWith(escapeWith + escapeWith) ? trimmed.length - 1 : -1;
}

/** End of the line without its line break, and where the next line starts. */
function lineEnd(source: string, at: number): { content: number; next: number } {
  const newline = source.indexOf('\n', at);
  if (newline < 0) return { content: source.length, next: source.length };
  return { content: source[newline - 1] === '\r' && newline > at ? newline - 1 : newline, next: newline + 1 };
}
