import type { SandboxSettings } from '../sandbox.ts';
import type { Scope } from '../scope.ts';
import { hostConfig } from './host-config.ts';
import { isAllowed, isAllowedName, parseReference, printReference } from './images.ts';
import type { Json } from './json.ts';
import { newVolumes, volumes } from './mounts.ts';
import { storedLabels } from './names.ts';
import { endpoints, joined, labels } from './networks.ts';
import { exposed } from './ports.ts';
import {
  absent,
  closed,
  conflict,
  flag,
  free,
  ignored,
  list,
  malformed,
  type Reader,
  readBody,
  record,
  text,
  whole,
  zero,
} from './read.ts';

/** Volumes with a name at once. */
export const MAX_VOLUMES = 32;

/** Of a command line or an environment. */
export const words = list(free(65_536), 1024);
export const user = text(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?$/);
export const folder = text(/^\/[^\u0000-\u001f\u007f]{0,500}$/u);

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;
/** By number or name. */
export const SIGNAL = /^(?:\d{1,2}|(?:SIG)?[A-Z]{2,6}\d?(?:[+-]\d{1,2})?)$/;
const SECOND = 1e9;

/** The body of a create request, built anew. `name` is what the client calls the container. */
export const createBody = (sandbox: SandboxSettings, scope: Scope, name: string): Reader<object> =>
  record((take) => {
    const context = { scope, owner: sandbox.owner, memory: sandbox.memory };
    const image = take('Image', allowedImage(sandbox, scope));
    const host = take('HostConfig', hostConfig(sandbox, context));
    const unnamed = take('Volumes', volumes(context));
    const mounts = [...host.mounts, ...unnamed];
    const network = joined(sandbox, scope, name, host.network, take('NetworkingConfig', endpoints));
    for (const field of ['MacAddress', 'NetworkDisabled', 'OnBuild', 'Shell', 'ArgsEscaped']) take(field, zero);
    take('VolumesFrom', zero); // of old APIs; dockerode’s `run` sends it empty
    take('name', ignored); // dockerode repeats the query
    if (!(scope.containers.filter((container) => container.sandbox).length < sandbox.containers)) {
      conflict(`There are ${sandbox.containers} containers already; remove one first.`);
    }
    if (!(scope.clientVolumes.size + new Set(newVolumes(context, mounts)).size <= MAX_VOLUMES)) {
      conflict(`There can be ${MAX_VOLUMES} volumes; remove one first.`);
    }
    return {
      Image: image,
      Hostname: take('Hostname', text(HOST)),
      Domainname: take('Domainname', text(HOST)),
      User: take('User', user),
      AttachStdin: take('AttachStdin', flag),
      AttachStdout: take('AttachStdout', flag),
      AttachStderr: take('AttachStderr', flag),
      Tty: take('Tty', flag),
      OpenStdin: take('OpenStdin', flag),
      StdinOnce: take('StdinOnce', flag),
      ExposedPorts: take('ExposedPorts', exposed),
      Env: take('Env', words),
      Cmd: take('Cmd', words),
      Entrypoint: take('Entrypoint', words),
      WorkingDir: take('WorkingDir', folder),
      Healthcheck: take('Healthcheck', healthcheck),
      StopSignal: take('StopSignal', text(SIGNAL)) || undefined,
      StopTimeout: take('StopTimeout', whole(1, 300)) || undefined,
      Labels: storedLabels(sandbox, take('Labels', labels)),
      HostConfig: { ...host.built, NetworkMode: network.NetworkMode, Mounts: mounts },
      NetworkingConfig: { EndpointsConfig: network.EndpointsConfig },
    };
  });

/**
 * Images that the settings name, by name: an id could stand for any. One that is not in sight is answered as one that
 * does not exist; clients then pull it.
 */
const allowedImage =
  (sandbox: SandboxSettings, scope: Scope): Reader<string> =>
  (value, at) => {
    const given = free(255)(value, at);
    const image = parseReference(given);
    if (image === undefined) return malformed(at, 'it is not the name of an image');
    const reference = printReference(image);
    const open = sandbox.images.join(', ') || '(none)';
    if (!isAllowed(sandbox.images, image, true)) return closed(at, `${reference} is none of ${open}`);
    const local = scope.images.find(({ names }) => names.includes(reference));
    if (local === undefined) return absent(`No such image: ${reference}`);
    if (!isAllowedName(sandbox.images, reference, local.names)) {
      return closed(at, `${reference} was not pulled, so the settings have to name it (${open} covers what was)`);
    }
    if (local.marked)
      return closed(at, `${reference} has labels of compose or cofferdam, which would be the container’s`);
    return reference;
  };

/** The engine runs it again and again; not more often than a few times a second. */
const healthcheck: Reader<object | undefined> = (value, at) => {
  if (value === undefined || value === null) return undefined;
  const time = whole(SECOND / 10, 3600 * SECOND);
  return record((take) => ({
    Test: take('Test', words) ?? undefined,
    Interval: take('Interval', time),
    Timeout: take('Timeout', time),
    StartPeriod: take('StartPeriod', time),
    StartInterval: take('StartInterval', time),
    Retries: take('Retries', whole(1, 10_000)),
  }))(value, at);
};

/** The image that a body asks for, for the engine's message that there is none. */
export function imageOf(body: Uint8Array): string {
  const read = readBody(body, (value: Json | undefined) => (value instanceof Map ? value.get('Image') : undefined));
  const image = typeof read === 'string' ? parseReference(read) : undefined;
  return image === undefined ? '' : printReference(image);
}
