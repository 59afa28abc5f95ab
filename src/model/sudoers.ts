import type { Instruction } from './dockerfile.ts';
import type { BuildFacts } from './workspace.ts';

const SUDOERS_FILE = /\/etc\/sudoers\.d\/[^\s"';&|]+/g;

/**
 * Instructions whose rules of sudo a later one of the same stage certainly removes. Only the plainest of forms counts: one
 * file, written by redirection, and an `rm` of it that runs whenever the image gets built.
 */
export function takenBack(build: BuildFacts | undefined): ReadonlySet<Instruction> {
  const none = new Set<Instruction>();
  const about = (build?.chain ?? []).flatMap(({ instructions }) =>
    instructions.filter(({ text, heredocs }) => /sudoers|visudo/.test(`${text}${heredocs.map(({ value }) => value)}`)),
  );
  const [written, removal] = about;
  const stage = build?.chain.find(({ instructions }) => written !== undefined && instructions.includes(written));
  if (about.length !== 2 || !written || !removal || !stage?.instructions.includes(removal)) return none;
  const [file, ...more] = new Set(written.text.match(SUDOERS_FILE));
  if (file === undefined || more.length > 0 || !writesOnly(written, file)) return none;
  // A variable must have the same value in both: declared before, and given another one nowhere later.
  const at = stage.instructions.indexOf(written);
  const declares = (name: string, { name: kind, text }: Instruction): boolean =>
    /^(?:ARG|ENV)$/.test(kind) && text.trim().split(/[\s=]/)[0] === name;
  const sets = (name: string, { text }: Instruction): boolean => new RegExp(`\\b${name}\\b(?:=|\\s+in\\b)`).test(text);
  const steady = (name: string): boolean =>
    stage.instructions.slice(0, at).some((one) => declares(name, one)) &&
    !stage.instructions.slice(at).some((one) => declares(name, one) || sets(name, one));
  if (!variablesOf(file).every(steady)) return none;
  return removes(removal, file) ? new Set([written]) : none;
}

const variablesOf = (path: string): readonly string[] =>
  [...path.matchAll(/\$\{?(\w+)\}?/g)].map(([, name = '']) => name);

/** Whether a RUN puts rules into this file and nowhere else. */
const writesOnly = ({ name, text, heredocs, onbuild }: Instruction, file: string): boolean =>
  name === 'RUN' &&
  !onbuild &&
  heredocs.length === 0 &&
  !/\b(?:doas|visudo|mv|cp|ln|for|while)\b|\/etc\/sudoers(?!\.d\/)/.test(text) &&
  text
    .split(/&&|;|\n/)
    .filter((command) => /\bNOPASSWD\b/.test(command))
    .every(
      (command) =>
        /^["']?\s*(?:$|\|)/.test(command.split(file)[1] ?? 'x') && />\s*["']?$/.test(command.split(file)[0] ?? ''),
    );

/** Whether a RUN removes this file, and does nothing else with it: no condition, pipe, comment or quoted text is in it. */
function removes({ name, text, heredocs, onbuild }: Instruction, file: string): boolean {
  if (name !== 'RUN' || onbuild || heredocs.length > 0) return false;
  const braceless = (part: string): string => part.replace(/\$\{(\w+)\}/g, '$$$1');
  const wanted = braceless(file);
  const plain = braceless(text).replaceAll(`"${wanted}"`, wanted);
  if (/["'|(){}`#<>\\\n]|\b(?:if|for|while|case|exec|exit)\b/.test(plain)) return false;
  const [command, ...others] = plain.split(/&&|;/).filter((part) => part.includes('sudoers'));
  const [program, ...words] = (command ?? '').trim().split(/\s+/);
  const known = words.every((word) => !word.startsWith('-') || /^-[frRv]+$/.test(word));
  return others.length === 0 && program === 'rm' && known && words.includes(wanted);
}
