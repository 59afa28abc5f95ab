import { ToolError } from '../core/errors.ts';
import { type RunOptions, type RunResult, run } from './run.ts';

const UNREACHABLE =
  /cannot connect to the docker daemon|is the docker daemon running|error during connect|permission denied while trying to connect|failed to connect to the docker API/i;

/** Runs the docker CLI. A missing program or a silent engine is an error; any other exit status is the caller's to judge. */
export async function tryDocker(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await run(['docker', ...args], options);
  if (result.missing) {
    throw new ToolError(
      'program-missing',
      'docker is not installed.',
      'Install Docker Engine or Docker Desktop, then run `cofferdam doctor`.',
    );
  }
  if (result.exit !== 0 && UNREACHABLE.test(result.stderr)) {
    throw new ToolError(
      'engine-unreachable',
      lastLine(result.stderr),
      'Start Docker, or set DOCKER_HOST; `cofferdam doctor` says what it finds.',
    );
  }
  return result;
}

/** As `tryDocker`, but any failure is an error. Gives the standard output without the last newline. */
export async function docker(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await tryDocker(args, options);
  if (result.exit !== 0) {
    const why = result.timedOut ? 'took too long' : lastLine(result.stderr);
    throw new ToolError(
      'engine-failed',
      `docker ${args.slice(0, 2).join(' ')}: ${why}`,
      'Run the same command by hand to see more; `cofferdam doctor` checks the engine.',
    );
  }
  return result.stdout.replace(/\n$/, '');
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
