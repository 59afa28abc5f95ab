import type { CommandSpec } from './command.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Word {
  readonly text: string;
  readonly summary: string;
  /** What may follow: words, or anything; undefined: the word stands alone. */
  readonly values: readonly string[] | undefined;
}

/** One command with what may be typed behind it. `path`: the words that lead to it, '' for the program itself. */
interface Place {
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
}

const HELP: Word = { text: '--help', summary: 'display help for command', values: undefined };

const optionsOf = ({ options = [] }: Pick<CommandSpec, 'options'>): readonly Word[] => [
  ...options.flatMap(({ flags, summary, choices }) => {
    const names = flags.match(/(?<![\w-])--?[a-z][a-z-]*/g) ?? [];
    return names.map((text) => ({ text, summary, values: /[<[]/.test(flags) ? (choices ?? []) : undefined }));
  }),
  HELP,
];

function places(path: string, commands: readonly CommandSpec[], options: readonly Word[]): readonly Place[] {
  const words = commands.map(({ name, summary }): Word => ({ text: name, summary, values: undefined }));
  const below = commands.flatMap((spec) =>
    places(path === '' ? spec.name : `${path} ${spec.name}`, spec.subcommands ?? [], optionsOf(spec)),
  );
  return [{ path, commands: words, options }, ...below];
}

const ROOT: readonly Word[] = [
  { text: '--version', summary: 'print the version', values: undefined },
  { text: '--verbose', summary: 'say more about errors', values: undefined },
  HELP,
];

/** A completion script for a shell: it knows commands and options by itself and never starts the program. */
export function completionScript(shell: Shell, commands: readonly CommandSpec[]): string {
  const all = places('', commands, ROOT);
  return { bash, zsh, fish }[shell](all);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const list = (words: readonly Word[]): string => words.map(({ text }) => text).join(' ');

/** `case` arms that walk from one command to the next below it. */
const steps = (all: readonly Place[]): readonly string[] =>
  all
    .filter(({ path }) => path !== '')
    .map(({ path }) => {
      const [last = '', ...before] = path.split(' ').reverse();
      return `${quoted(`${before.reverse().join(' ')}|${last}`)}) at=${quoted(path)} ;;`;
    });

const withChoices = (all: readonly Place[]): readonly (readonly [string, Word])[] =>
  all.flatMap(({ path, options }) => options.filter(({ values }) => values).map((word) => [path, word] as const));

const bash = (all: readonly Place[]): string => `# bash completion of cofferdam: source <(cofferdam completion bash)
_cofferdam() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at|\${COMP_WORDS[i]}" in
${steps(all)
  .map((arm) => `      ${arm}`)
  .join('\n')}
    esac
  done
  COMPREPLY=()
  case "$at|$prev" in
${withChoices(all)
  .map(([path, { text, values = [] }]) => {
    const reply = values.length > 0 ? `COMPREPLY=($(compgen -W ${quoted(values.join(' '))} -- "$cur")); ` : '';
    return `    ${quoted(`${path}|${text}`)}) ${reply}return ;;`;
  })
  .join('\n')}
  esac
  case "$at" in
${all
  .map(
    ({ path, commands, options }) =>
      `    ${quoted(path)}) if [[ $cur == -* ]]; then words=${quoted(list(options))}; else words=${quoted(list(commands))}; fi ;;`,
  )
  .join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _cofferdam cofferdam
`;

const described = (words: readonly Word[]): string =>
  words.map(({ text, summary }) => quoted(`${text}:${summary.replaceAll(':', '\\:')}`)).join(' ');

const zsh = (all: readonly Place[]): string => `#compdef cofferdam
# zsh completion of cofferdam: source <(cofferdam completion zsh)
_cofferdam() {
  local at='' i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "$at|\${words[i]}" in
${steps(all)
  .map((arm) => `      ${arm}`)
  .join('\n')}
    esac
  done
  case "$at|\${words[CURRENT-1]}" in
${withChoices(all)
  .map(([path, { text, values = [] }]) => {
    const reply = values.length > 0 ? `compadd -- ${values.map(quoted).join(' ')}` : '_files';
    return `    ${quoted(`${path}|${text}`)}) ${reply}; return ;;`;
  })
  .join('\n')}
  esac
  case "$at" in
${all
  .map(
    ({ path, commands, options }) =>
      `    ${quoted(path)}) if [[ \${words[CURRENT]} == -* ]]; then found=(${described(options)}); else found=(${described(commands)}); fi ;;`,
  )
  .join('\n')}
  esac
  if ((\${#found})); then _describe 'cofferdam' found; else _files; fi
}
compdef _cofferdam cofferdam
`;

const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Whether the words of a path were typed, and none of the commands below it. */
function fishCondition({ path, commands }: Place): string {
  const seen = path.split(' ').filter(Boolean);
  const below = commands.map(({ text }) => text);
  const conditions = seen.map((word) => `__fish_seen_subcommand_from ${word}`);
  if (below.length > 0) conditions.push(`not __fish_seen_subcommand_from ${below.join(' ')}`);
  return conditions.join('; and ');
}

const fish = (all: readonly Place[]): string =>
  [
    '# fish completion of cofferdam: cofferdam completion fish | source',
    ...all.flatMap((place) => {
      const when = `complete -c cofferdam -n ${fishQuoted(fishCondition(place))}`;
      return [
        ...place.commands.map(({ text, summary }) => `${when} -f -a ${text} -d ${fishQuoted(summary)}`),
        ...place.options.map(({ text, summary, values }) => {
          const name = text.startsWith('--') ? `-l ${text.slice(2)}` : `-s ${text.slice(1)}`;
          const value =
            values === undefined ? '' : values.length > 0 ? ` -x -a ${fishQuoted(values.join(' '))}` : ' -r';
          return `${when} ${name}${value} -d ${fishQuoted(summary)}`;
        }),
      ];
    }),
    '',
  ].join('\n');
