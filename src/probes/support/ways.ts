/** One way to start a program in a box; what it starts comes after it as arguments. */
export interface Way {
  readonly name: string;
  /** A way whose program is not there is no way. */
  readonly program: string;
  readonly argv: readonly string[];
}

const shell = (program: string, flags: string): Way => ({
  name: `${program} ${flags}`,
  program,
  argv: [program, flags, 'exec "$0" "$@"'],
});
const way = (name: string, ...argv: readonly [string, ...string[]]): Way => ({ name, program: argv[0], argv });

const NODE_CHILD =
  'const[,...a]=process.argv;const c=require("child_process").spawn(a[0],a.slice(1),{stdio:"inherit"});c.on("exit",(e)=>process.exit(e??1))';

/**
 * How agents, editors, package scripts and people start programs: environments, start-up files, sessions and parents
 * differ between them.
 */
export const WAYS: readonly Way[] = [
  { name: 'directly', program: 'node', argv: [] },
  ...['-c', '-lc', '-ic'].map((flags) => shell('sh', flags)),
  ...['-c', '-lc', '-ic', '-lic'].map((flags) => shell('bash', flags)),
  ...['-c', '-lc', '-ic'].map((flags) => shell('zsh', flags)),
  way('fish -c', 'fish', '-c', 'exec $argv'),
  way('a child of node', 'node', '-e', NODE_CHILD),
  way('a child of sh', 'sh', '-c', '"$0" "$@"; exit'),
  way('a grandchild in the background', 'sh', '-c', 'exec 3<&0; ("$0" "$@" <&3 & wait)'),
  way('a session of its own', 'setsid', '--wait'),
  way('an empty environment', 'env', '--ignore-environment'),
  way('nohup', 'nohup'),
  way('python', 'python3', '-c', 'import os,sys;os.execvp(sys.argv[1],sys.argv[1:])'),
  way('perl', 'perl', '-e', 'exec @ARGV', '--'),
  way('an alias of git', 'git', '-c', 'alias.run=!"$@"', 'run'),
];
