import { randomBytes } from 'node:crypto';
import type { SandboxSettings } from '../sandbox.ts';
import type { Scope } from '../scope.ts';
import { MAX_VOLUMES } from './container.ts';
import { NAME, storedLabels, storedName } from './names.ts';
import { labels } from './networks.ts';
import { conflict, type Reader, record, text, zero, zeroOr } from './read.ts';

/** For what nobody named: the engine would give it a name that is not the client's. */
export const freshName = (): string => randomBytes(8).toString('hex');

/** A volume to be made. Its driver's options could name any folder, disk or server. */
export const volumeBody = (sandbox: SandboxSettings, scope: Scope): Reader<object> =>
  record((take) => {
    const name = take('Name', text(NAME));
    take('Driver', zeroOr('local'));
    take('DriverOpts', zero);
    take('ClusterVolumeSpec', zero);
    const own = take('Labels', labels);
    if (!(scope.clientVolumes.has(name) || scope.clientVolumes.size < MAX_VOLUMES)) {
      conflict(`There are ${MAX_VOLUMES} volumes already; remove one first.`);
    }
    return {
      Name: scope.clientVolumes.get(name) ?? storedName(sandbox, name === '' ? freshName() : name),
      Driver: 'local',
      Labels: storedLabels(sandbox, own),
    };
  });
