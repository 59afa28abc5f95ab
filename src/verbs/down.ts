import { docker } from '../host/docker.ts';
import { MEMORY_VOLUMES } from '../policy/layout.ts';
import { boxContainers, boxImages, boxNetworks, boxVolumes, removeNetworks, sandboxed } from './containers.ts';
import { releasePorts } from './forwards.ts';
import { removePlaceholders } from './placeholders.ts';
import { findProject } from './project.ts';
import { leaveServices, type Stopped } from './services.ts';

export interface DownResult {
  readonly project: string;
  /** Containers of the box that this folder had when it was elsewhere: a moved folder's, or the original's of a copy. */
  readonly elsewhere: readonly string[];
  readonly removed: readonly string[];
  /** Volumes and images that stay: caches, which make the next start quick. */
  readonly kept: readonly string[];
}

/**
 * Removes what `up` made of this folder's box and nothing else: everything is found by our label, never by a name that
 * another project could have too. Caches and images go only when asked; placeholders that nobody filled go from the
 * workspace.
 */
export async function down(cwd: string, options: { readonly all: boolean }): Promise<DownResult> {
  const { root, name, former } = findProject(cwd);
  const { removed, kept } = await removeBox(root, name, options);
  const placeholders = removePlaceholders(root);
  return {
    project: name,
    elsewhere: former === undefined ? [] : (await boxContainers(former)).map((container) => container.name),
    removed: [
      ...removed,
      ...(placeholders.length > 0 ? [`${placeholders.length} empty placeholders from the workspace`] : []),
    ],
    kept,
  };
}

/** What the engine holds of a box, also where its folder (`root`) is gone; `main` is then the main checkout's. */
export async function removeBox(
  root: string | undefined,
  name: string,
  options: { readonly all: boolean; readonly main?: string },
): Promise<Pick<DownResult, 'removed' | 'kept'>> {
  const containers = await boxContainers(name);
  if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers.map(({ id }) => id)]);
  const made = await sandboxed(name); // after the agent is gone, so that nothing more comes
  if (made.containers.length > 0) await docker(['rm', '--force', '--volumes', ...made.containers]);
  const networks = [...(await boxNetworks(name)), ...made.networks];
  const services = await leave(root, name, options);
  await removeNetworks(networks);
  const volumes = [...(await boxVolumes(name)), ...made.volumes];
  const memory = new Set(MEMORY_VOLUMES.map((volume) => `${name}_${volume}`));
  const going = volumes.filter((volume) => options.all || memory.has(volume));
  if (going.length > 0) await docker(['volume', 'rm', ...going]);
  const images = await boxImages(name);
  if (options.all && images.length > 0) await docker(['image', 'rm', ...images]);
  const ports = options.all && root !== undefined ? releasePorts(root) : [];
  return {
    removed: [
      ...containers.map((container) => `container ${container.name}`),
      ...made.containers.map((id) => `container ${id}, made by the agent`),
      ...networks.map((id) => `network ${id}`),
      ...services.removed,
      ...going.map((volume) => `volume ${volume}`),
      ...(options.all ? images.map((image) => `image ${image}`) : []),
      ...(ports.length > 0 ? [`the claim on ports ${ports.join(', ')}`] : []),
    ],
    kept: [
      ...services.kept,
      ...volumes.filter((volume) => !going.includes(volume)).map((volume) => `volume ${volume}`),
      ...(options.all ? [] : images.map((image) => `image ${image}`)),
    ],
  };
}

function leave(
  root: string | undefined,
  name: string,
  { all, main }: { readonly all: boolean; readonly main?: string },
): Promise<Stopped> {
  if (root !== undefined) return leaveServices(root, { drop: all });
  return main === undefined
    ? Promise.resolve({ removed: [], kept: [] })
    : leaveServices(main, { drop: true, gone: name });
}
