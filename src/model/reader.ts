import type { NotChecked } from '../core/finding.ts';
import type { Located, Span } from '../core/span.ts';
import { copyWords } from './copied.ts';
import { type Dockerfile, type Instruction, lastUser, parseDockerfile, type Stage, stageChain } from './dockerfile.ts';
import { type Files, insideRoot, resolveFrom } from './files.ts';
import { templateOption } from './interpolate.ts';
import { parseJsonc } from './jsonc.ts';
import { child, entries, text } from './tree.ts';
import type { BuildFacts, Flag, Hook, Script } from './workspace.ts';

/** A script before its shell text was looked at. */
export interface RawScript {
  readonly hook: Hook;
  readonly on: Script['on'];
  readonly words: readonly string[] | undefined;
  /** Shell text, with the length of the original where it can be. */
  readonly text: string;
  /** Where the whole thing is said. */
  readonly span: Span;
  /** Offset of `text` in the file if both have the same length; otherwise facts are located at `span`. */
  readonly start: number | undefined;
  /** Files that the Dockerfile's ADD has downloaded before, without a checksum. */
  readonly added?: readonly string[];
}

/** Reads files once, remembers their texts, and lists what could not be read. */
export class Reader {
  readonly files: Files;
  readonly texts = new Map<string, string>();
  readonly notChecked: NotChecked[] = [];
  readonly #options = new Map<string, ReadonlyMap<string, string>>();

  constructor(files: Files) {
    this.files = files;
  }

  /** The text of a file that something names; listed as not checked if it can't be read. */
  readonly read = (path: string, named?: Span): string | undefined => {
    const known = this.texts.get(path);
    if (known !== undefined) return known;
    const at = named ? { file: named.file, span: named } : { file: path };
    if (!insideRoot(path)) {
      this.notChecked.push({ ...at, reason: `${path} lies outside of the audited folder` });
      return undefined;
    }
    const found = this.files.read(path);
    if (found.kind === 'text') {
      this.texts.set(path, found.text);
      return found.text;
    }
    const reason = found.kind === 'absent' ? 'does not exist' : found.reason;
    this.notChecked.push({ ...at, reason: named ? `${path}: ${reason}` : reason });
    return undefined;
  };

  /** As `read`, where the file may as well be missing. */
  readonly optional = (path: string): string | undefined => {
    if (!insideRoot(path) || this.files.read(path).kind === 'absent') return undefined;
    return this.read(path);
  };

  /** What was not checked, each once. */
  reasons(): readonly NotChecked[] {
    const seen = new Set<string>();
    return this.notChecked.filter(({ file, reason, span }) => {
      const key = `${file}\n${reason}\n${span?.start ?? ''}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  }

  /** The first line of a file that may be anything; '' if there is none. Nothing else of it is used. */
  firstLine(path: string): string {
    const found = this.files.read(path);
    return found.kind === 'text' ? (found.text.split('\n', 1)[0] ?? '') : '';
  }

  /** The network of a container that only the engine knows. */
  foreignNetwork(flags: readonly Located<Flag>[]): void {
    for (const { value, span } of flags) {
      if (value.name !== 'network_mode' || !value.value.startsWith('container:')) continue;
      const reason = `the network is that of ${value.value}, which is not in this repository`;
      this.notChecked.push({ file: span.file, reason, span });
    }
  }

  /** Defaults of the template that `root` holds, under the names that `interpolate` asks for. */
  templateOptions(root: string): ReadonlyMap<string, string> {
    const known = this.#options.get(root);
    if (known) return known;
    const file = resolveFrom(root, 'devcontainer-template.json');
    const source = this.optional(file);
    const { tree, notChecked } = source === undefined ? { tree: undefined, notChecked: [] } : parseJsonc(file, source);
    this.notChecked.push(...notChecked);
    const options = new Map(
      entries(child(tree, 'options')).flatMap(({ key, value }) => {
        const fallback = text(child(value, 'default'));
        return fallback === undefined ? [] : [[templateOption(key), fallback] as const];
      }),
    );
    this.#options.set(root, options);
    return options;
  }

  dockerfile(
    path: string,
    args: ReadonlyMap<string, string>,
    target: string | undefined,
    context: string,
    named: Span,
  ): BuildFacts | undefined {
    const text = this.read(path, named);
    return text === undefined ? undefined : this.#build(parseDockerfile(path, text, args), target, context);
  }

  /** A Dockerfile in a compose file: what it says is located at the whole of it. */
  inlineDockerfile(
    span: Span,
    text: string,
    args: ReadonlyMap<string, string>,
    target: string | undefined,
    context: string,
  ): BuildFacts {
    const { stages, ...rest } = parseDockerfile(span.file, text, args);
    const relocated = stages.map((stage) => ({
      ...stage,
      from: { ...stage.from, span },
      instructions: stage.instructions.map((instruction) => ({
        ...instruction,
        inline: true as const,
        span,
        flags: instruction.flags.map(({ value }) => ({ value, span })),
        heredocs: instruction.heredocs.map(({ value }) => ({ value, span })),
      })),
    }));
    return this.#build(
      { ...rest, stages: relocated, notChecked: rest.notChecked.map((item) => ({ ...item, span })) },
      target,
      context,
    );
  }

  #build(dockerfile: Dockerfile, target: string | undefined, context: string): BuildFacts {
    for (const item of dockerfile.notChecked) this.notChecked.push(item);
    const chain = stageChain(dockerfile, target);
    return { dockerfile, context, chain, sudoers: chain.flatMap((stage) => this.#sudoers(stage, context)) };
  }

  #sudoers({ instructions }: Stage, context: string): BuildFacts['sudoers'] {
    return instructions.flatMap((instruction) => {
      const { name, flags, span } = instruction;
      if (!/^(?:COPY|ADD)$/.test(name) || flags.some(({ value }) => value.startsWith('from='))) return [];
      const words = copyWords(instruction);
      const target = words.pop() ?? '';
      if (!/^\/etc\/(?:sudoers(?:$|\.d\b)|doas(?:\.conf$|\.d\b))/.test(target)) return [];
      return words.flatMap((word) => {
        const path = resolveFrom(context, word.replace(/^\/+/, ''));
        const text = insideRoot(path) ? this.optional(path) : undefined;
        return text === undefined ? [] : [{ value: { text, target }, span }];
      });
    });
  }
}

/** The USER that the image ends with. */
export const imageUser = (build: BuildFacts | undefined): Located<string> | undefined =>
  build && lastUser(build.dockerfile, build.chain);

/** The RUN instructions and heredocs of an image, as scripts. */
export function buildScripts({ dockerfile }: BuildFacts): readonly RawScript[] {
  return dockerfile.stages.flatMap(({ instructions }) => {
    const added = instructions.flatMap(downloadedByAdd);
    return instructions
      .filter(({ name }) => name === 'RUN')
      .flatMap((instruction): RawScript[] => {
        const common = { hook: 'build', on: 'build', span: instruction.span, added } as const;
        const words = jsonWords(instruction.text);
        const own: RawScript = words
          ? { ...common, words, text: words.map(quoted).join(' '), start: undefined }
          : {
              ...common,
              words: undefined,
              text: instruction.text,
              start: instruction.inline ? undefined : instruction.start,
            };
        const bodies = instruction.heredocs.map(({ value, span }) => ({
          ...common,
          words: undefined,
          text: value,
          start: instruction.inline ? undefined : span.start,
        }));
        return [own, ...bodies];
      });
  });
}

/** Where `ADD https://… TARGET` puts its file, unless a checksum holds it. */
function downloadedByAdd({ name, text, flags }: Instruction): readonly string[] {
  if (name !== 'ADD' || flags.some(({ value }) => value.startsWith('checksum='))) return [];
  const [target = '', url, ...more] = (jsonWords(text) ?? text.trim().split(/\s+/)).toReversed();
  if (url === undefined || more.length > 0 || !/^https?:/.test(url)) return [];
  return [/(?:^|\/)\.?$/.test(target) ? target + url.replace(/[?#][\s\S]*$/, '').replace(/^.*\//, '') : target];
}

/** A word as a shell has to be told it. */
const quoted = (word: string): string => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The exec form, `["a", "b"]`; undefined for shell text. */
export function jsonWords(text: string): readonly string[] | undefined {
  if (!/^\s*\[/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined;
  } catch {
    // Docker takes a malformed exec form as shell text too.
    return undefined;
  }
}
