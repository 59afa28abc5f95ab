import { type MountEntry, parseMountinfo } from '../core/mountinfo.ts';
import type { ProtectedPath } from './git-paths.ts';
import { LAYOUT } from './layout.ts';

/**
 * The protected paths (of the workspace, or absolute) that are not (or no longer) what the policy says in a container's mount table.
 *
 * A mount can go away while the box runs: when a program on the host renames another file over a mounted one, or
 * removes a mounted folder, the kernel lifts the mount in every other mount namespace (Linux 3.18,
 * "vfs: Lazily remove mounts on unlinked files and directories"). Git does that to .git/config whenever it writes it.
 * Measured: the agent could then write the new file.
 */
export function lostMounts(protectedPaths: readonly ProtectedPath[], mountinfo: string): readonly string[] {
  const mounts = new Map<string, MountEntry>();
  for (const entry of parseMountinfo(mountinfo)) mounts.set(entry.mountPoint, entry); // the last one is on top
  return protectedPaths
    .filter(({ path, access }) => {
      const mount = mounts.get(path.startsWith('/') ? path : `${LAYOUT.workspace}/${path}`);
      return !mount || mount.root.endsWith('//deleted') || (access === 'read-only' && !mount.readOnly);
    })
    .map(({ path }) => path);
}
