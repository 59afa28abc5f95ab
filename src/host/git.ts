import { ToolError } from '../core/errors.ts';
import { type RunOptions, type RunResult, run } from './run.ts';

/** A repository, said outright: git does not look for one, so it finds none that an agent put somewhere. */
export interface Repository {
  readonly gitDir: string;
  readonly workTree?: string;
  /** In place of the repository's own index. */
  readonly index?: string;
}

export interface GitOptions extends Pick<RunOptions, 'input' | 'timeoutMs' | 'keep' | 'encoding'> {
  /** `key=value`, for this call. */
  readonly config?: readonly string[];
  /** The one transport that may be used; none otherwise. */
  readonly protocol?: 'file';
}

/**
 * What makes git run a program by itself, or believe a cache that an agent wrote (git-config(1)): hooks, the monitor of the
 * file system, collecting, submodules, and the commit graph, which can lie about ancestors.
 */
const SAFE = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.commitGraph=false',
  'core.multiPackIndex=false',
  'core.alternateRefsCommand=true',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'fetch.writeCommitGraph=false',
  'diff.ignoreSubmodules=all',
  'protocol.allow=never',
  'protocol.ext.allow=never',
];

/**
 * Only what is said here: no GIT_* of the caller's, no configuration of the user's or the machine's (their filters would
 * run on what an agent wrote), no replaced objects, and nothing fetched on the way (GIT_NO_LAZY_FETCH, CVE-2024-32004).
 */
function environment(protocol: string): Readonly<Record<string, string | undefined>> {
  const inherited = Object.keys(process.env).filter((key) => key.startsWith('GIT_'));
  return {
    ...Object.fromEntries(inherited.map((key) => [key, undefined])),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_DEFAULT_REF_FORMAT: 'files',
    HOME: undefined,
    XDG_CONFIG_HOME: undefined,
    LC_ALL: 'C',
  };
}

/** Longer than anything here takes; a pipe in place of a file would make git wait for ever. */
const TIMEOUT = 600_000;
const KEEP = 64 * 1024 * 1024;

/** Runs git so that it starts nothing of the repository's. Any exit status is the caller's to judge. */
export async function tryGit(
  repository: Repository | undefined,
  args: readonly string[],
  options: GitOptions = {},
): Promise<RunResult> {
  const settings = [...SAFE, ...(options.config ?? [])].flatMap((setting) => ['-c', setting]);
  const place = repository
    ? [`--git-dir=${repository.gitDir}`, ...(repository.workTree ? [`--work-tree=${repository.workTree}`] : [])]
    : [];
  const result = await run(['git', '--no-pager', ...settings, ...place, ...args], {
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(repository?.workTree ? { cwd: repository.workTree } : {}),
    timeoutMs: options.timeoutMs ?? TIMEOUT,
    keep: options.keep ?? KEEP,
    encoding: options.encoding ?? 'utf8',
    endWhenFull: true,
    env: {
      ...environment(options.protocol ?? 'none'),
      ...(repository?.index ? { GIT_INDEX_FILE: repository.index } : {}),
    },
  });
  if (result.missing) {
    throw new ToolError('program-missing', 'git is not installed.', 'Install git, then run the command again.');
  }
  if (result.timedOut || result.truncated) {
    const why = result.timedOut ? 'took too long' : 'said more than can be looked at';
    throw new ToolError('git-failed', `git ${args[0]}: ${why}.`, 'Look at what is in the repository.');
  }
  return result;
}

/** As tryGit; any failure is an error. Gives the standard output without the last newline. */
export async function git(
  repository: Repository | undefined,
  args: readonly string[],
  options: GitOptions = {},
): Promise<string> {
  const result = await tryGit(repository, args, options);
  if (result.exit !== 0) {
    throw new ToolError('git-failed', `git ${args[0]}: ${gitSays(result)}`, 'Mend what git names, then run it again.');
  }
  return result.stdout.replace(/\n$/, '');
}

/** The lines in which git says why. */
export const gitSays = ({ stderr, exit }: RunResult): string =>
  stderr
    .split('\n')
    .filter((line) => /^(?:error|fatal|warning): /.test(line))
    .slice(0, 5)
    .join('\n') ||
  stderr.trim().split('\n').at(-1) ||
  `exit status ${exit}`;
