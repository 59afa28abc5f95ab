/** What may stand for one word of a command. A value never becomes two words, nor part of one that it could change the meaning of. */
export interface Argument {
  readonly type: 'string' | 'integer' | 'boolean' | 'enum';
  readonly describe?: string | undefined;
  /** Without it: required, if there is no default. */
  readonly required?: boolean | undefined;
  readonly default?: string | number | boolean | undefined;
  /** Of a string: the whole value must match; a JavaScript regular expression with the flag `u`. */
  readonly pattern?: string | undefined;
  /** Of a string: in UTF-16 units. */
  readonly maxLength?: number | undefined;
  /** Of a string: it may begin with `-` also where that makes it an option. */
  readonly leadingDash?: boolean | undefined;
  /** Of a string: the log gets its length only. */
  readonly secret?: boolean | undefined;
  /** Of an integer; both included. */
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  /** Of an enum. */
  readonly values?: readonly string[] | undefined;
}

/** A command that the agent may trigger and not script. */
export interface Action {
  readonly describe: string;
  /** Program and words; `{name}` and `--option={name}` stand for an argument. */
  readonly run: readonly string[];
  readonly arguments: Readonly<Record<string, Argument>>;
  readonly perMinute: number;
  /** Runs at a time. */
  readonly concurrency: number;
  /** Seconds. */
  readonly timeout: number;
  /** Bytes of both streams together. */
  readonly output: number;
  /** Names of variables that the program gets, secrets among them. */
  readonly environment: readonly string[];
}

export type Actions = Readonly<Record<string, Action>>;
export type Value = string | number | boolean;

/** Calls of all actions together in a minute: the audit log keeps a line of its own for each of so many. */
export const MAX_PER_MINUTE = 200;
export const DEFAULT_MAX_LENGTH = 200;
const MAX_LENGTH = 4096;

export type Word =
  | { readonly kind: 'literal'; readonly text: string }
  /** `prefix` is empty, or an option with its equals sign. */
  | { readonly kind: 'argument'; readonly prefix: string; readonly name: string };

const PLACEHOLDER = /^((?:--?[A-Za-z][A-Za-z0-9-]*=)?)\{([a-z][a-z0-9_]*)\}$/u;

export function wordOf(text: string): Word {
  const [, prefix, name] = PLACEHOLDER.exec(text) ?? [];
  return prefix === undefined || name === undefined ? { kind: 'literal', text } : { kind: 'argument', prefix, name };
}

export const isRequired = ({ required, default: fallback }: Argument): boolean => required ?? fallback === undefined;

/** Programs that start another one, whose words follow theirs: a `--` is the one’s or the other’s, or `$0` of a shell. */
const STARTERS: ReadonlySet<string> = new Set(
  `ash bash busybox chroot chrt dash doas env fish flock ionice ksh nice nohup parallel runuser setpriv setsid sh stdbuf
  strace su sudo taskset time timeout unshare watch xargs zsh`.split(/\s+/),
);

export const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const isStarter = (text: string): boolean => STARTERS.has(baseOf(text));

/**
 * Whether a value at this word could be taken for an option: it is a word by itself, and no `--` came before (POSIX,
 * guideline 10) that is surely of the program that gets it.
 */
export const couldBeOption = (run: readonly string[], index: number): boolean => {
  const word = wordOf(run[index] ?? '');
  if (word.kind !== 'argument' || word.prefix !== '') return false;
  const before = run.slice(0, index);
  return before.some(isStarter) || !before.includes('--', 1);
};

/** Whether `value` matches all of a pattern. Not simply RegExp.test: what is slow on purpose must end, too. */
export type Matches = (pattern: string, value: string) => boolean;

export const wholly = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`, 'u');

/** What a value is not, in words that complete “… must be”; undefined if it is fine. */
export function wrongValue(argument: Argument, value: unknown, matches: Matches): string | undefined {
  switch (argument.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'integer': {
      const [low, high] = [argument.minimum ?? 0, argument.maximum ?? 0];
      return Number.isSafeInteger(value) && typeof value === 'number' && value >= low && value <= high
        ? undefined
        : `a whole number from ${low} to ${high}`;
    }
    case 'enum':
      return typeof value === 'string' && argument.values?.includes(value)
        ? undefined
        : `one of ${argument.values?.join(', ')}`;
    case 'string': {
      const most = argument.maxLength ?? DEFAULT_MAX_LENGTH;
      if (!(typeof value === 'string' && value.length <= Math.min(most, MAX_LENGTH)))
        return `a text of at most ${most} characters`;
      // execve(2) ends a word at NUL, and half a surrogate pair would arrive as another character.
      if (/[\0\ud800-\udfff]/u.test(value)) return 'a text without NUL and half characters';
      return argument.pattern !== undefined && matches(argument.pattern, value)
        ? undefined
        : `a text that matches ${argument.pattern}`;
    }
  }
}

export type Checked =
  | { readonly ok: true; readonly argv: readonly string[]; readonly values: Readonly<Record<string, Value>> }
  | { readonly ok: false; readonly why: string };

const isValue = (value: unknown): value is Value => ['string', 'number', 'boolean'].includes(typeof value);

/** The command for these arguments, or why there is none. */
export function prepare(action: Action, given: ReadonlyMap<string, unknown>, matches: Matches): Checked {
  const known = Object.keys(action.arguments);
  for (const name of given.keys()) {
    if (!known.includes(name)) {
      return {
        ok: false,
        why: `there is no argument ${JSON.stringify(name)}; there is: ${known.join(', ') || 'none'}`,
      };
    }
  }
  const values = new Map<string, Value>();
  for (const [name, argument] of Object.entries(action.arguments)) {
    const value = given.has(name) ? given.get(name) : argument.default;
    if (value === undefined) {
      if (isRequired(argument)) return { ok: false, why: `the argument ${name} is missing` };
      continue;
    }
    const wrong = wrongValue(argument, value, matches);
    if (wrong !== undefined || !isValue(value)) return { ok: false, why: `${name} must be ${wrong}` };
    values.set(name, value);
  }
  const argv: string[] = [];
  for (const [index, text] of action.run.entries()) {
    const word = wordOf(text);
    if (word.kind === 'literal') {
      argv.push(word.text);
      continue;
    }
    const value = values.get(word.name);
    if (value === undefined) continue; // not given and not needed: its word is left out
    const shown = String(value);
    const dashed = shown.startsWith('-') && action.arguments[word.name]?.leadingDash !== true;
    if (dashed && couldBeOption(action.run, index)) {
      return { ok: false, why: `${word.name} must not begin with -, which would make it an option` };
    }
    argv.push(word.prefix + shown);
  }
  return { ok: true, argv, values: Object.fromEntries(values) };
}
