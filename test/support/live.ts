import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/**
 * Whether a live test may run: an engine answers. With LIVE=must a missing engine is a failure, so that a test can
 * never be skipped where it has to run.
 */
export function engineAnswers(): boolean {
  try {
    execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'pipe', timeout: 20_000 });
    return true;
  } catch (error) {
    if (process.env['LIVE'] === 'must') throw new Error('LIVE=must, but no engine answers', { cause: error });
    return false;
  }
}

/** Runs docker and gives its trimmed output; a failing command throws with its error output. */
export function docker(...args: string[]): string {
  return execFileSync('docker', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 << 20,
  }).trim();
}

/** A name that no other test or run uses, for containers, networks and projects. */
export const unique = (prefix: string): string => `${prefix}-${randomBytes(4).toString('hex')}`;
