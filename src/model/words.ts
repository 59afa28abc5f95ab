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
