import {
  type Action,
  type Actions,
  type Argument,
  baseOf,
  couldBeOption,
  isRequired,
  isStarter,
  MAX_PER_MINUTE,
  wholly,
  wordOf,
  wrongValue,
} from './actions.ts';
import type { Complaint } from './parse-meaning.ts';
import type { Path } from './parse-yaml.ts';

type Say = (path: Path, message: string, hint: string, on?: Complaint['on']) => Complaint;

/** Which settings a type has. */
const SETTINGS = {
  string: { needs: ['pattern'], may: ['maxLength', 'leadingDash', 'secret'] },
  integer: { needs: ['minimum', 'maximum'], may: [] },
  boolean: { needs: [], may: [] },
  enum: { needs: ['values'], may: [] },
} as const satisfies Record<
  Argument['type'],
  { readonly needs: readonly (keyof Argument)[]; readonly may: readonly (keyof Argument)[] }
>;
const OF_TYPES: readonly (keyof Argument)[] = Object.values(SETTINGS).flatMap(({ needs, may }) => [...needs, ...may]);

/** Programs that read a word as a program, and the options after which they do. */
const INTERPRETERS: readonly (readonly [program: RegExp, option: RegExp])[] = [
  [/^(?:node|perl|ruby|php)$/, /^(?:-[a-zA-Z]*[eEpr]|--eval|--print)=?$/],
  [/^(?:python[0-9.]*|psql)$/, /^(?:-[a-zA-Z]*c|--command)=?$/],
  [/^env$/, /^(?:-[a-z0-9]*S|--split-string)=?$/],
];

const SHELL = /^(?:(?:ba|da|k|z|fi|a)?sh|busybox)$/;

/** Whether a shell takes the word at `index` for its program: the first one after its options, if `c` is among them. */
function isShellProgram(run: readonly string[], shell: number, index: number): boolean {
  let takes = false;
  for (let place = shell + 1; place < index; place++) {
    const text = run[place] ?? '';
    if (/^-[A-Za-z]*c/.test(text) || text.startsWith('--command')) takes = true;
    // The name of an option or file, which belongs to what is before it.
    if (/^[-+][A-Za-z]*[oO]$/.test(text) || /^--(?:rcfile|init-file)$/.test(text)) place++;
    else if (!/^[-+]/.test(text)) return false;
  }
  return takes;
}

/** Whether a value at this word would be the program that `env`, `nice` or `xargs` starts: before it are only options, settings and numbers. */
function isStarted(run: readonly string[], index: number): boolean {
  const before = run.slice(0, index);
  const starter = before.findLastIndex((text) => isStarter(text) && !SHELL.test(baseOf(text)));
  return starter >= 0 && before.slice(starter + 1).every((text) => /^-|=|^[0-9.]+[a-z]?$/.test(text));
}

/** What is wrong with actions whose values are fine each by itself. */
export function checkActions(actions: Actions): Complaint[] {
  const total = Object.values(actions).reduce((sum, { perMinute }) => sum + perMinute, 0);
  const busy: Complaint[] =
    total <= MAX_PER_MINUTE
      ? []
      : [
          {
            path: ['actions'],
            on: 'key',
            message: `the actions may be called ${total} times in a minute together`,
            hint: `Lower \`perMinute\`: for more than ${MAX_PER_MINUTE}, the audit log has no line for each.`,
          },
        ];
  return [
    ...busy,
    ...Object.entries(actions).flatMap(([name, action]) => {
      const say: Say = (path, message, hint, on = 'value') => ({
        path: ['actions', name, ...path],
        on,
        message,
        hint,
      });
      return [
        ...Object.entries(action.arguments).flatMap(([argument, spec]) => checkArgument(argument, spec, say)),
        ...checkCommand(action, say),
      ];
    }),
  ];
}

function checkArgument(name: string, argument: Argument, say: Say): Complaint[] {
  const { needs, may } = SETTINGS[argument.type];
  const own: readonly (keyof Argument)[] = [...needs, ...may];
  const found = [
    ...needs
      .filter((key) => argument[key] === undefined)
      .map((key) =>
        say(
          ['arguments', name],
          `the argument ${name} has no \`${key}\``,
          `\`type: ${argument.type}\` needs it.`,
          'key',
        ),
      ),
    ...OF_TYPES.filter((key) => argument[key] !== undefined && !own.includes(key)).map((key) =>
      say(['arguments', name, key], `\`${key}\` has no effect with \`type: ${argument.type}\``, 'Remove it.', 'key'),
    ),
  ];
  if (found.length > 0) return found;
  const { minimum = 0, maximum = 0, pattern, default: fallback, required } = argument;
  if (!(minimum <= maximum))
    return [
      say(['arguments', name, 'minimum'], `no number is at least ${minimum} and at most ${maximum}`, 'Swap them.'),
    ];
  if (pattern !== undefined && !compiles(pattern)) {
    return [
      say(['arguments', name, 'pattern'], `${pattern} is no regular expression`, 'JavaScript’s, with the flag `u`.'),
    ];
  }
  if (fallback === undefined) return [];
  const at: Path = ['arguments', name, 'default'];
  if (required === true) return [say(at, `${name} is required, so its default has no effect`, 'Remove one of them.')];
  const wrong = wrongValue(argument, fallback, (text, value) => wholly(text).test(value));
  return wrong === undefined
    ? []
    : [say(at, `the default of ${name} must be ${wrong}`, 'Every call is held to the same.')];
}

function compiles(pattern: string): boolean {
  try {
    return wholly(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}

function checkCommand(action: Action, say: Say): Complaint[] {
  const names = Object.keys(action.arguments);
  const used = new Set<string>();
  const found = action.run.flatMap((text, index): Complaint[] => {
    const word = wordOf(text);
    const at: Path = ['run', index];
    if (word.kind === 'literal') {
      const inside = /\{([a-z][a-z0-9_]*)\}/u.exec(text)?.[1];
      return inside === undefined || !names.includes(inside)
        ? []
        : [say(at, `{${inside}} is only a part of its word`, `Write "{${inside}}" or "--option={${inside}}".`)];
    }
    const argument = Object.hasOwn(action.arguments, word.name) ? action.arguments[word.name] : undefined;
    if (argument === undefined) {
      return [say(at, `there is no argument ${word.name}`, `There is: ${names.join(', ') || 'none'}.`)];
    }
    used.add(word.name);
    if (index === 0) return [say(at, 'a call may not choose the program', 'Write the program’s name or path.')];
    return checkPlace(action.run, index, word.name, argument, say);
  });
  const unused = names.filter((name) => !used.has(name));
  return [
    ...found,
    ...unused.map((name) =>
      say(
        ['arguments', name],
        `the argument ${name} is not in \`run\``,
        `Write {${name}} where its value belongs.`,
        'key',
      ),
    ),
  ];
}

function checkPlace(run: readonly string[], index: number, name: string, argument: Argument, say: Say): Complaint[] {
  const at: Path = ['run', index];
  const before = index > 1 ? (run[index - 1] ?? '') : '';
  const word = wordOf(run[index] ?? '');
  const option = word.kind === 'argument' && word.prefix !== '' ? word.prefix : before;
  const program = run.findLast((text, place) => place < index && INTERPRETERS.some(([one]) => one.test(baseOf(text))));
  const shell = run.findLastIndex((text, place) => place < index && SHELL.test(baseOf(text)));
  if (argument.type === 'string' && isStarted(run, index)) {
    return [say(at, 'a call may not choose the program', 'Write the program’s name or path.')];
  }
  const inShell = shell >= 0 && isShellProgram(run, shell, index);
  const reads = INTERPRETERS.some(([one, takes]) => one.test(baseOf(program ?? '')) && takes.test(option));
  if (inShell || reads) {
    return [
      say(
        at,
        `${baseOf((inShell ? run[shell] : program) ?? '')} would run the value of ${name} as a program`,
        'Put the program into .devcontainer/actions and hand it the value as an argument.',
      ),
    ];
  }
  if (!couldBeOption(run, index)) return [];
  if (!isRequired(argument) && argument.default === undefined && before.startsWith('-')) {
    return [say(at, `without ${name}, ${before} would be left alone`, `Write "${before}={${name}}", or a default.`)];
  }
  const dashed =
    argument.type === 'integer' ? (argument.minimum ?? 0) < 0 : argument.values?.some((value) => value.startsWith('-'));
  return dashed === true
    ? [say(at, `${name} may begin with -, which makes it an option`, `Write "--option={${name}}", or "--" before it.`)]
    : [];
}
