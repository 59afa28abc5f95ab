import { lstatSync, readdirSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { isReadOnly } from '../plans/init.ts';
import type { WorkspaceFacts } from '../policy/git-paths.ts';
import { protectedPaths } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';

/** More files than any folder of configuration holds; beyond it nothing is known, and nothing is promised. */
const MAX_ENTRIES = 20_000;
/** The agents' own data, which is theirs to write. */
const STATE = '.devcontainer/state';

const unsupported = (message: string, hint: string): ToolError => new ToolError('folder-unsupported', message, hint);

/**
 * Refuses what would let the agent write a protected file although its mount is read-only: another name of the file
 * (link(2)), or a pipe, which a read-only mount does not close. Gives the paths of the workspace that links below
 * protected folders lead to and that the agent could write.
 */
export function refuseUnsealed(
  root: string,
  policy: Pick<Policy, 'readOnly'>,
  facts: WorkspaceFacts,
): readonly string[] {
  const leads = new Set<string>();
  let seen = 0;
  const visit = (path: string): void => {
    if (path === STATE) return;
    const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
    if (!stat) return;
    seen += 1;
    if (!(seen <= MAX_ENTRIES))
      throw unsupported(
        `There are more than ${MAX_ENTRIES} files in ${path} and the other protected folders.`,
        'Move what is no configuration elsewhere.',
      );
    refuse(path, stat);
    if (stat.isSymbolicLink()) {
      const target = targetOf(root, path);
      if (target !== undefined && !isReadOnly(target, policy)) leads.add(target);
    }
    if (stat.isDirectory()) for (const name of readdirSync(join(root, path))) visit(`${path}/${name}`);
  };
  for (const { path, access } of protectedPaths(policy, facts)) if (access === 'read-only') visit(path);
  return [...leads].sort();
}

function refuse(path: string, stat: Stats): void {
  if (stat.isFile() && stat.nlink > 1) {
    throw unsupported(
      `${path} has another name (a hard link), through which the agent could write it.`,
      `cp -p ${path} ${path}.new && mv ${path}.new ${path}`,
    );
  }
  if (!stat.isFile() && !stat.isDirectory() && !stat.isSymbolicLink()) {
    throw unsupported(
      `${path} is neither a file nor a folder; a read-only mount does not stop writing to it.`,
      `rm ${path}`,
    );
  }
}

/** Where a link leads, relative to the workspace; undefined if that is outside. What does not exist yet counts too. */
function targetOf(root: string, path: string): string | undefined {
  const top = realpathSync(root);
  const place = join(root, path);
  let target: string;
  try {
    target = realpathSync(place);
  } catch {
    target = resolve(realpathSync(dirname(place)), readlinkSync(place));
  }
  const inside = relative(top, target).split(sep).join('/');
  return inside === '' || inside === '..' || inside.startsWith('../') ? undefined : inside;
}
