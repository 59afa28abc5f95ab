/** Commands whose arguments are another command. */
const WRAPPERS = new Set([
  'sudo',
  'doas',
  'env',
  'exec',
  'command',
  'nohup',
  'time',
  'nice',
  'xargs',
  'su',
  'gosu',
  'runuser',
  'busybox',
  'chroot',
  'tee',
]);

/** A program without its folder. */
export const base = (program: string): string => program.replace(/^.*[\\/]/, '');

/** The program behind `sudo -E env A=b bash -s`, and where its own words start. */
export function innermost(words: readonly string[]): readonly string[] {
  let at = 0;
  while (at < words.length) {
    const word = words[at] ?? '';
    const wrapper = WRAPPERS.has(base(word));
    if (!wrapper && !/^[A-Za-z_]\w*=/.test(word)) break;
    at++;
    if (!wrapper) continue;
    // Options of the wrapper, with the arguments of those that take one.
    while (/^-/.test(words[at] ?? '')) at += /^-(?:[ugCnpR]|-user|-group)$/.test(words[at] ?? '') ? 2 : 1;
  }
  return words.slice(at);
}

/** Options after which these programs take no program from standard input: it is in the option, or nothing is run. */
const GIVEN: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:ba|z|da|k|a|fi)?sh$/, /^-(?=[a-z]*[cn])[a-z]*$/],
  [/^python[\d.]*$/, /^-[A-Za-z]*[cm]$/],
  [/^node$/, /^(?:-[a-z]*[epc]|--(?:eval|print|check)(?:=.*)?)$/],
  [/^(?:perl|ruby)$/, /^-[A-Za-z0-9]*[eEc]/],
  [/^php$/, /^-[rBREl]$/],
];
/** Options whose argument is the next word. */
const WITH_ARGUMENT = /^(?:[-+][a-z]*[oO]|-[WXrI]|--require|--import|--rcfile)$/;

/** Whether an interpreter takes its program from standard input: `sh`, `bash -s -- -y`, `python3 -`, not `node -e …`. */
export function readsProgram([program = '', ...rest]: readonly string[]): boolean {
  const name = base(program).toLowerCase();
  const given = GIVEN.find(([names]) => names.test(name))?.[1];
  if (/^(?:pwsh|powershell|iex|invoke-expression)$/.test(name)) return true;
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? '';
    if (/^-[a-z]*s$/.test(word) && /sh$/.test(name)) return true;
    if (word === '--' && name === 'php') return true;
    // xargs puts what it reads behind an option that nothing follows.
    if (given?.test(word)) return i === rest.length - 1 && /^-[a-z]*[ce]$/.test(word) && /sh$/.test(name);
    if (word === '-' || word === '/dev/stdin') return true;
    if (WITH_ARGUMENT.test(word)) i++;
    else if (!/^[-+]/.test(word) && !(word === 'run' && /^(?:deno|bun)$/.test(name))) return false;
  }
  return true;
}
