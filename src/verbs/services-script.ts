import { ToolError } from '../core/errors.ts';
import { run } from '../host/run.ts';
import { planGenerated } from './generated.ts';
import { loadPolicy } from './load-policy.ts';

const SCRIPT = '.devcontainer/shared.sh';

/** What the script says went wrong, as an error with its next step; undefined if it was not the script that failed. */
export function servicesFault(stderr: string): ToolError | undefined {
  // Lines before these are remarks.
  const [, message = '', next = ''] = /^cofferdam: (.*)\ncofferdam: next: (.*)$/m.exec(stderr) ?? [];
  if (next === '') return undefined;
  const code = message.startsWith('still in use') ? 'services-in-use' : 'services-failed';
  return new ToolError(code, `${message.charAt(0).toUpperCase()}${message.slice(1)}.`, next);
}

/**
 * Runs a folder's shared.sh, which "Reopen in Container" runs as well: one place where things happen. It is a file of the
 * repository, so it must be what the policy makes, to the byte.
 */
export async function runShared(
  root: string,
  words: readonly string[],
  progress: (line: string) => void = () => {},
): Promise<string> {
  const { policy } = loadPolicy(root);
  if (policy.shared === undefined) {
    throw new ToolError(
      'services-absent',
      'The policy of this folder names no shared services.',
      'Add `shared: { postgres: { version: "16" } }` to .devcontainer/cofferdam.yaml, then run `cofferdam sync`.',
    );
  }
  const { changes } = await planGenerated(root, policy);
  const differing = changes.map(({ change }) => change.path).filter((path) => /shared\.(?:sh|yml)$/.test(path));
  if (differing.length > 0) {
    throw new ToolError('drift', `Not what the policy says: ${differing.join(', ')}.`, 'cofferdam sync');
  }
  const result = await run(['sh', SCRIPT, ...words], {
    cwd: root,
    onOutput: (stream, text) => {
      for (const [, image] of stream === 'stderr' ? text.matchAll(/^cofferdam: pulling (.*)$/gm) : []) {
        progress(`pulling ${image}`);
      }
    },
  });
  if (result.exit === 0) return result.stdout;
  throw (
    servicesFault(result.stderr) ??
    new ToolError(
      'services-failed',
      result.stderr.replace(/^cofferdam: /gm, '').trim() || `${SCRIPT} failed.`,
      'cofferdam doctor',
    )
  );
}
