import type { Located } from '../core/span.ts';
import { insideRoot, within } from './files.ts';
import { covers, type Mount } from './mount.ts';
import type { Container } from './workspace.ts';

/** A mount through which a container can change a file of the workspace. */
export interface Writable {
  readonly through: Located<Mount>;
  /** Why an existing read-only mount does not help; undefined if there is none. */
  readonly despite: Located<Mount> | undefined;
}

/**
 * Whether a container can change what is at `path` (relative to the audited root). A read-only mount protects a path if
 * it is mounted over it and every folder between it and the writable mount is a mount point as well: otherwise the
 * folder above is renamed and made anew (rename(2) gives EBUSY only for mount points).
 */
export function writable(container: Container, path: string): Writable | undefined {
  for (const through of container.mounts) {
    const { value: mount } = through;
    if (mount.readOnly || !covers(mount, path)) continue;
    const inner = targetOf(mount, path);
    if (inner === undefined) return { through, despite: undefined };
    // The nearest mount over the path decides; one on the path itself or on a folder above it.
    const over = container.mounts
      .filter(
        ({ value }) => value !== mount && within(inner, value.target) && value.target.length > mount.target.length,
      )
      .sort((a, b) => b.value.target.length - a.value.target.length)[0];
    if (!over) return { through, despite: undefined };
    if (over.value.type === 'bind' && !over.value.readOnly) {
      // A second writable view of the same files, or of others: judged by its own source.
      if (covers(over.value, path)) return { through: over, despite: undefined };
      continue;
    }
    if (!anchored(container, mount.target, over.value.target)) return { through, despite: over };
  }
  return undefined;
}

/** Where `path` appears below a mount's target; undefined if the names in between are not known. */
function targetOf(mount: Mount, path: string): string | undefined {
  if (mount.source === path) return mount.target;
  const join = (rest: string): string => `${mount.target === '/' ? '' : mount.target}/${rest}`;
  if (mount.source === '.') return insideRoot(path) ? join(path) : undefined;
  return path.startsWith(`${mount.source}/`) ? join(path.slice(mount.source.length + 1)) : undefined;
}

/** Whether each folder from the writable mount down to the protected one is a mount point. */
function anchored(container: Container, top: string, target: string): boolean {
  const points = new Set(container.mounts.map(({ value }) => value.target));
  const between = target.slice(top.length).split('/').filter(Boolean).slice(0, -1);
  let folder = top === '/' ? '' : top;
  return between.every((name) => {
    folder = `${folder}/${name}`;
    return points.has(folder);
  });
}
