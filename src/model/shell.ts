import { forEachChild, parse, type SyntaxNode } from 'unbash';
import type { Located, Span } from '../core/span.ts';
import { base, innermost, readsProgram } from './words.ts';

export interface ShellFacts {
  /** Every simple command: its words without their quotes. */
  readonly commands: readonly Located<readonly string[]>[];
  /** What is downloaded and executed at once; the value says how. */
  readonly piped: readonly Located<string>[];
}

/** Also the files that were downloaded and neither checked nor executed so far. */
export interface ShellText extends ShellFacts {
  readonly downloaded: readonly string[];
  /** Why the text, or what is deepest in it, was not read. */
  readonly unread?: string;
}

const DOWNLOADERS = new Set([
  'curl',
  'wget',
  'fetch',
  'aria2c',
  'http',
  'https',
  'iwr',
  'irm',
  'invoke-webrequest',
  'invoke-restmethod',
]);
const INTERPRETERS =
  /^(?:(?:ba|z|da|k|a|fi|)sh|python[\d.]*|node|perl|ruby|php|deno|bun|pwsh|powershell|iex|invoke-expression)$/i;
const SHELLS = /^(?:(?:ba|z|da|k|a)?sh|su|runuser)$/;
const CHECKS = /^(?:sha\d+sum|shasum|md5sum|b2sum|gpgv?|cosign|minisign|openssl|slsa-verifier)$/;

/** Scripts that people write have a handful; each may have to be looked for to the end of the text. */
const MAX_HEREDOCS = 2_000;
/** Brackets that are open at a time: the parser reads again what is inside of each. */
const MAX_BRACKETS = 500;
const MAX_DEPTH = 200;
/** Shell texts in shell texts: `sh -c "sh -c …"`. */
const MAX_NESTING = 8;
const TOO_DEEP = 'its commands are nested too deeply to be read';

/** Facts about a shell script. `start` is the offset of `text` in `file`; `earlier` are files that were downloaded before. */
export function shellFacts(
  text: string,
  file: string,
  start: number,
  earlier: readonly string[] = [],
  nesting = 0,
): ShellText {
  const commands: Located<readonly string[]>[] = [];
  const piped: Located<string>[] = [];
  const downloads = new Map<string, Span | undefined>(earlier.map((path) => [path, undefined]));
  let checked = false;
  let unread: string | undefined;
  const span = (node: { pos: number; end: number }): Span => ({ file, start: start + node.pos, end: start + node.end });

  const words = (node: SyntaxNode): readonly string[] =>
    node.type === 'Command'
      ? [node.name, ...node.args].flatMap((word) => (word?.type === 'Word' ? [word.value] : []))
      : [];
  const isDownload = (node: SyntaxNode): boolean =>
    DOWNLOADERS.has(base(innermost(words(node))[0] ?? '').toLowerCase());
  /** Whether a node or what is in it is so; each is looked at once. */
  const containing = (test: (inner: SyntaxNode) => boolean): ((node: SyntaxNode) => boolean) => {
    const known = new WeakMap<SyntaxNode, boolean>();
    const ask = (node: SyntaxNode, depth: number): boolean => {
      const before = known.get(node);
      if (before !== undefined) return before;
      let found = test(node);
      if (!(depth < MAX_DEPTH)) unread = TOO_DEEP;
      else if (!found) {
        forEachChild(node, (inner) => {
          found ||= ask(inner, depth + 1);
        });
      }
      known.set(node, found);
      return found;
    };
    return (node) => ask(node, 0);
  };
  const hasDownload = containing(isDownload);
  /** Whether a substitution's script downloads something. */
  const childDownloads = (node: SyntaxNode): boolean => {
    let found = false;
    forEachChild(node, (inner) => {
      found ||= hasDownload(inner);
    });
    return found;
  };
  const hasSubstitution = containing(
    (inner) => (inner.type === 'CommandExpansion' || inner.type === 'ProcessSubstitution') && childDownloads(inner),
  );

  function visit(node: SyntaxNode, depth: number): void {
    if (!(depth < MAX_DEPTH)) {
      unread = TOO_DEEP;
      return;
    }
    if (node.type === 'Pipeline') {
      let from = -1;
      node.commands.forEach((command, index) => {
        if (from < 0 && hasDownload(command)) from = index;
        const own = innermost(words(command));
        const program = base(own[0] ?? '');
        if (from >= 0 && index > from && INTERPRETERS.test(program) && readsProgram(own)) {
          piped.push({ value: `a download is piped into ${program}`, span: span(node) });
          from = -1;
        }
      });
    }
    if (node.type === 'Command') visitCommand(node);
    forEachChild(node, (inner) => visit(inner, depth + 1));
  }

  function visitCommand(node: SyntaxNode & { pos: number; end: number }): void {
    const all = words(node);
    for (const part of node.type === 'Command' ? node.prefix : []) {
      // `X=$(curl …)`: as good as a file, which `bash -c "$X"` executes.
      if (part.type !== 'Assignment' || !childDownloads(part)) continue;
      for (const name of [`$${part.name}`, `\${${part.name}}`]) downloads.set(name, span(node));
    }
    if (all.length === 0) return;
    commands.push({ value: all, span: span(node) });
    const own = innermost(all);
    const program = base(own[0] ?? '');
    if (CHECKS.test(program)) checked = true;
    // `sh -c '…'`, `su user -c '…'`: the string is a script of its own.
    const option = all.findIndex((word) => /^-[a-z]*c$/.test(word));
    const inner = all[option + 1];
    if (option > 0 && inner !== undefined && all.some((word) => SHELLS.test(base(word)))) {
      if (nesting < MAX_NESTING) readInner(inner, span(node));
      else unread = TOO_DEEP;
    }
    if (INTERPRETERS.test(program) || program === 'eval' || program === 'source' || program === '.') {
      const script = own.slice(1).find((word) => !word.startsWith('-'));
      if (hasSubstitution(node)) piped.push({ value: `${program} executes what a download prints`, span: span(node) });
      else if (script !== undefined) ranFile(script, node);
    } else if (DOWNLOADERS.has(program.toLowerCase())) {
      const target = output(node, own);
      if (target !== undefined) downloads.set(target, span(node));
    } else ranFile(own[0] ?? '', node);
  }

  function readInner(inner: string, outer: Span): void {
    const facts = shellFacts(inner, file, start, [], nesting + 1);
    for (const { value } of facts.commands) commands.push({ value, span: outer });
    for (const { value } of facts.piped) piped.push({ value, span: outer });
    unread ??= facts.unread;
  }

  function ranFile(path: string, node: { pos: number; end: number }): void {
    const name = path.replace(/^\.\//, '');
    if (!downloads.has(name) || checked) return;
    const from = downloads.get(name) ?? span(node);
    piped.push({
      value: 'a file is downloaded and executed without a check of its contents',
      span: { file, start: from.start, end: start + node.end },
    });
    downloads.delete(name);
  }

  function output(node: SyntaxNode, own: readonly string[]): string | undefined {
    const clean = (path: string | undefined): string | undefined => path?.replace(/^\.\//, '');
    for (let i = 1; i < own.length; i++) {
      const word = own[i] ?? '';
      const short = /^-(?!-)\w*[oO]$/.test(word);
      const curl = base(own[0] ?? '') === 'curl';
      if (word === '--output' || word === '--output-document' || (short && !(curl && word.endsWith('O'))))
        return clean(own[i + 1]);
      const long = /^--output(?:-document)?=(.+)$/.exec(word)?.[1];
      if (long) return clean(long);
      if (short && curl) return clean(own.find((other) => /^https?:/.test(other))?.replace(/^.*\//, ''));
    }
    const redirect =
      node.type === 'Command' ? node.redirects.find((candidate) => /^>/.test(candidate.operator)) : undefined;
    if (redirect && 'target' in redirect) return clean(redirect.target?.value);
    // wget names the file as the address does.
    if (
      base(own[0] ?? '') !== 'wget' ||
      own.some((word) => /^(?:-[a-z]*[OP]|--output-document)/.test(word) && !isFolder(word))
    )
      return undefined;
    const option = own.findIndex(isFolder);
    const inline = /^(?:-P|--directory-prefix=)(.+)$/.exec(own[option] ?? '')?.[1];
    const folder = option < 0 ? undefined : (inline ?? own[option + 1]);
    const name = own
      .find((word) => /^https?:/.test(word))
      ?.replace(/[?#][\s\S]*$/, '')
      .replace(/^.*\//, '');
    return name && (folder === undefined ? name : clean(`${folder.replace(/\/$/, '')}/${name}`));
  }

  const tree = parsed(text);
  if (typeof tree === 'string') unread = tree;
  else visit(tree, 0);
  return { commands, piped, downloaded: checked ? [] : [...downloads.keys()], ...(unread && { unread }) };
}

/** The tree of a shell text, or why there is none: the parser goes as deep as the text does. */
function parsed(text: string): SyntaxNode | string {
  if (depthOf(text) > MAX_BRACKETS) return `more than ${MAX_BRACKETS} brackets are open at a time in it`;
  const heredocs = text.match(/(?<!<)<<(?!<)/g)?.length ?? 0;
  if (heredocs > MAX_HEREDOCS) return `it has \`<<\` more than ${MAX_HEREDOCS} times`;
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof RangeError) return TOO_DEEP;
    throw error;
  }
}

/** How many brackets are open at a time, those in quotes and comments among them. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === '(' || character === '{') deepest = Math.max(deepest, ++depth);
    else if (character === ')' || character === '}') depth = Math.max(0, depth - 1);
  }
  return deepest;
}

/** wget's option for the folder that its files go to. */
const isFolder = (word: string): boolean => /^(?:-P|--directory-prefix)/.test(word);
