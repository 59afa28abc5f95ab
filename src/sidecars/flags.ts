import type { ToolError } from '../core/errors.ts';

/** `--name value` and `--name=value`; `--name` alone where it is a switch. Anything else is a doubt. */
export function parseFlags(
  argv: readonly string[],
  known: readonly string[],
  repeatable: ReadonlySet<string>,
  wrong: (message: string) => ToolError,
  switches: ReadonlySet<string> = new Set(),
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (!known.includes(name)) throw wrong(`unknown argument ${JSON.stringify(word)}; known: ${known.join(', ')}`);
    if (switches.has(name) && equals >= 0) throw wrong(`${name} takes no value`);
    const value = switches.has(name) ? name : equals < 0 ? argv[++at] : word.slice(equals + 1);
    if (value === undefined || value === '') throw wrong(`${name} needs a value`);
    const before = found.get(name) ?? [];
    if (before.length > 0 && !repeatable.has(name)) throw wrong(`${name} is given twice`);
    found.set(name, [...before, value]);
  }
  return found;
}
