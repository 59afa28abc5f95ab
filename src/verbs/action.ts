import { ToolError } from '../core/errors.ts';
import { nearest, unknownName } from '../core/nearest.ts';
import { exec } from './exec.ts';
import { loadPolicy } from './load-policy.ts';
import { findRoot } from './project.ts';

/** Calls an action of this folder's box, from inside of it; gives the action's exit status. */
export async function action(cwd: string, words: readonly string[]): Promise<number> {
  const names = Object.keys(loadPolicy(findRoot(cwd)).policy.actions);
  const [name = '--list'] = words;
  if (names.length === 0) {
    throw new ToolError('usage', 'The policy has no actions.', 'Write some under `actions` (docs/guide/actions.md).');
  }
  if (!name.startsWith('-') && !names.includes(name)) {
    throw new ToolError(
      'usage',
      unknownName('The policy has no action', name, nearest(name, names)),
      `It has ${names.join(', ')}.`,
    );
  }
  return exec(cwd, ['/usr/local/bin/cofferdam', 'action', ...(words.length === 0 ? ['--list'] : words)]);
}
