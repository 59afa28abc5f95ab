import { ToolError } from '../core/errors.ts';
import { readFile, sha256, textOf } from '../host/disk.ts';
import { DiskFault } from '../host/folder.ts';
import { program } from '../host/programs.ts';
import { boxFiles } from '../plans/box.ts';
import { isReadOnly } from '../plans/init.ts';
import { type Known, planSync, type SyncPlan } from '../plans/sync.ts';
import type { Policy } from '../policy/policy.ts';
import { hooksInside, refuseLinks, workspaceFacts } from './facts.ts';
import { refuseUnsealed } from './sealed.ts';

/** A file of the workspace as plans see it. */
export function known(root: string, path: string): Known | undefined {
  const file = readFile(root, path);
  if (!file) return undefined;
  let text: string | undefined;
  try {
    text = textOf(file, path);
  } catch (error) {
    if (!(error instanceof DiskFault)) throw error;
  }
  return { sha256: file.sha256, text, executable: (file.mode & 0o100) !== 0 };
}

/** What differs between the generated files of a folder and what its policy says. */
export async function planGenerated(root: string, policy: Policy): Promise<SyncPlan> {
  const facts = workspaceFacts(root);
  refuseLinks(root, policy, facts);
  const [lead] = refuseUnsealed(root, policy, facts);
  if (lead !== undefined) {
    throw new ToolError(
      'folder-unsupported',
      `A link in a protected folder leads to ${lead}, which the agent could write.`,
      `Add ${JSON.stringify(lead)} to readOnly in .devcontainer/cofferdam.yaml, then run \`cofferdam sync\`.`,
    );
  }
  const hooks = (await hooksInside(root, facts)).find((path) => !isReadOnly(path, policy));
  if (hooks !== undefined) {
    throw new ToolError(
      'folder-unsupported',
      `git on this machine runs hooks from ${hooks} (core.hooksPath), which the agent could write.`,
      `Add ${JSON.stringify(hooks)} to readOnly in .devcontainer/cofferdam.yaml, then run \`cofferdam sync\`.`,
    );
  }
  return planSync({
    wanted: boxFiles(policy, facts, { sidecar: program('sidecar'), relay: program('relay') }),
    disk: (path) => known(root, path),
    sha256,
  });
}
