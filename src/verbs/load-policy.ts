import { ToolError } from '../core/errors.ts';
import { readTextFile } from '../host/disk.ts';
import { parsePolicy } from '../policy/parse.ts';
import { POLICY_PATH, type PolicyFile } from '../policy/policy.ts';

/** More than any policy: at this size it is not one. */
const MAX_BYTES = 256 * 1024;

/** The policy of a workspace folder, or the one in the file `path` of it: whole and valid, or an error. */
export function loadPolicy(root: string, path: string = POLICY_PATH): PolicyFile {
  let text: string | undefined;
  try {
    text = readTextFile(root, path, { maxBytes: MAX_BYTES });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new ToolError('policy-unreadable', error.message, error.hint, { cause: error.cause });
  }
  if (text === undefined) {
    throw new ToolError('policy-missing', `No ${path} in ${root}.`, 'cofferdam init');
  }
  return parsePolicy(text, path);
}
