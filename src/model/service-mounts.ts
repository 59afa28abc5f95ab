import type { Located } from '../core/span.ts';
import type { ComposeProject } from './compose.ts';
import { ENGINE_SOCKETS } from './knowledge.ts';
import { hostPath, isOpen, longMount, type Mount, shortMount } from './mount.ts';
import type { Reader } from './reader.ts';
import { child, hostVariablesOf, items, strings, type Tree, text, truthy } from './tree.ts';

/** Everything that is mounted into a service of a compose project. */
export function serviceMounts(tree: Tree, project: ComposeProject, reader: Reader): readonly Located<Mount>[] {
  return [
    ...readMounts(child(tree, 'volumes'), project, reader),
    ...readSecrets(child(tree, 'secrets'), project.secrets, '/run/secrets/', project.folder),
    ...readSecrets(child(tree, 'configs'), project.configs, '/', project.folder),
    ...inheritedMounts(child(tree, 'volumes_from'), project, reader),
  ];
}

function readMounts(tree: Tree | undefined, project: ComposeProject, reader: Reader): readonly Located<Mount>[] {
  const byTarget = new Map<string, Located<Mount>>();
  for (const item of items(tree)) {
    const open = hasOpen(item);
    const source = text(item);
    const mount =
      item.kind === 'map'
        ? longMount((field) => text(child(item, field)), project.folder, open)
        : source === undefined
          ? undefined
          : shortMount(source, project.folder, open);
    if (!mount) continue;
    // A named volume may be a bind in disguise: driver_opts with `device` (docs.docker.com/engine/storage/volumes).
    const device = child(child(child(project.volumes, mount.source), 'driver_opts'), 'device');
    const path = mount.type === 'volume' ? text(device) : undefined;
    const real: Mount =
      device && path !== undefined && /^[./~$]/.test(path)
        ? { ...mount, type: 'bind', source: hostPath(path, project.folder), resolved: !hasOpen(device) }
        : named(asSocket(mount), child(project.volumes, mount.source));
    if (real.type === 'bind' && !real.resolved && isOpen(real.source)) {
      reader.notChecked.push({
        file: item.span.file,
        reason: `the mount’s source ${real.source} is known to the host only`,
        span: item.span,
      });
    }
    // As compose does: a later mount on the same target takes the place of the earlier one.
    const hostVariables = [...hostVariablesOf(item), ...(path === undefined ? [] : hostVariablesOf(device))];
    byTarget.set(real.target, { value: { ...real, hostVariables }, span: item.span });
  }
  return [...byTarget.values()];
}

/** A volume with a name of its own, or from elsewhere (`external`), is the same in every project. */
function named(mount: Mount, declared: Tree | undefined): Mount {
  const own = text(child(declared, 'name'));
  const fixed = truthy(child(declared, 'external')) || (own !== undefined && !own.includes('${'));
  return mount.type === 'volume' && fixed ? { ...mount, shared: true } : mount;
}

/** A path that only the host knows, mounted where the engine's socket is looked for, is that socket. */
const asSocket = (mount: Mount): Mount =>
  isOpen(mount.source) && ENGINE_SOCKETS.some((socket) => socket === mount.target)
    ? { ...mount, source: mount.target }
    : mount;

const hasOpen = (tree: Tree): boolean =>
  tree.kind === 'scalar'
    ? tree.open === true
    : tree.kind === 'list'
      ? tree.items.some(hasOpen)
      : tree.entries.some(({ value }) => hasOpen(value));

/** Secrets and configs that are files of the host: read-only mounts of them. */
function readSecrets(
  tree: Tree | undefined,
  declared: Tree | undefined,
  target: string,
  folder: string,
): readonly Located<Mount>[] {
  return items(tree).flatMap((item): Located<Mount>[] => {
    const name = text(item) ?? text(child(item, 'source'));
    const file = child(child(declared, name ?? ''), 'file');
    const source = text(file);
    if (name === undefined || source === undefined) return [];
    const mount = longMount(
      (key) =>
        ({ type: 'bind', source, target: below(target, text(child(item, 'target')) ?? name), readonly: 'true' })[key],
      folder,
      file !== undefined && hasOpen(file),
    );
    return mount ? [{ value: mount, span: item.span }] : [];
  });
}

/** A target that is no path from the root is one below the usual folder. */
const below = (folder: string, path: string): string => (path.startsWith('/') ? path : `${folder}${path}`);

/** `volumes_from: [SERVICE[:MODE]]`: what the other service mounts. */
function inheritedMounts(tree: Tree | undefined, project: ComposeProject, reader: Reader): readonly Located<Mount>[] {
  return strings(tree).flatMap(({ value, span }): Located<Mount>[] => {
    const [from = '', mode] = value.split(':');
    const other = project.services.find(({ key }) => key === from);
    if (!other) {
      reader.notChecked.push({ file: span.file, reason: `volumes_from ${value}: no service of this project`, span });
      return [];
    }
    return readMounts(child(other.value, 'volumes'), project, reader).map((mount) => ({
      value: mode === 'ro' ? { ...mount.value, readOnly: true } : mount.value,
      span,
    }));
  });
}
