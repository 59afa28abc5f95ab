import type { Scope } from '../scope.ts';
import { NAME, storedLabels, storedName, UNNAMED } from './names.ts';
import {
  closed,
  flag,
  ignored,
  list,
  malformed,
  pairs,
  type Reader,
  record,
  text,
  whole,
  zero,
  zeroOr,
} from './read.ts';

/** A mount as the engine gets it. Never a bind: only volumes of the client’s own and memory. */
export type Mount =
  | {
      readonly Type: 'volume';
      /** Absent: one that nobody named. */
      readonly Source: string | undefined;
      readonly Target: string;
      readonly ReadOnly: boolean;
      readonly VolumeOptions: {
        readonly NoCopy: boolean;
        readonly Labels: Readonly<Record<string, string>>;
        readonly DriverConfig: { readonly Name: 'local' };
      };
    }
  | {
      readonly Type: 'tmpfs';
      readonly Target: string;
      readonly ReadOnly: boolean;
      readonly TmpfsOptions: { readonly SizeBytes: number; readonly Mode: number | undefined };
    };

export interface MountContext {
  readonly scope: Scope;
  readonly owner: string;
  /** Bytes that one of them takes at most. */
  readonly memory: number;
}

const MAX_MOUNTS = 32;

/**
 * An absolute path in the container. Not below /proc, /sys and /dev: runc has been led astray by what was mounted there
 * (CVE-2019-16884, CVE-2025-31133, CVE-2025-52565, CVE-2025-52881). /dev/shm is memory of the container itself.
 */
export const place: Reader<string> = (value, at) => {
  const path = text(/^\/[^\u0000-\u001f\u007f:]{1,500}$/u)(value, at);
  if (path === '') return malformed(at, 'it is missing');
  const parts = path.split('/').filter((part) => part !== '');
  if (!isPlain(parts)) malformed(at, 'it is not a plain path');
  return isKernels(parts) ? closed(at, 'nothing can be mounted over /proc, /sys and /dev') : `/${parts.join('/')}`;
};

const isPlain = (parts: readonly string[]): boolean =>
  parts.length > 0 && !parts.includes('.') && !parts.includes('..');
const isKernels = (parts: readonly string[]): boolean =>
  ['proc', 'sys', 'dev'].includes(parts[0] ?? '') && parts.join('/') !== 'dev/shm';

/** The same for a path as the engine has it; an image can name places too. */
export function isPlace(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '');
  return path.startsWith('/') && isPlain(parts) && !isKernels(parts);
}

/** The client's volume of that name, or the name that a new one gets. */
export const volumeNamed = ({ scope, owner }: MountContext, name: string): string =>
  scope.clientVolumes.get(name) ?? storedName({ owner }, name);

const volumeMount = (
  context: MountContext,
  name: string,
  target: string,
  { readOnly, noCopy }: { readonly readOnly: boolean; readonly noCopy: boolean },
): Mount => ({
  Type: 'volume',
  Source: name === '' ? undefined : volumeNamed(context, name),
  Target: target,
  ReadOnly: readOnly,
  VolumeOptions: {
    NoCopy: noCopy,
    // What the engine makes for this mount is the client's from the start, with a name or without.
    Labels: storedLabels(context, []),
    DriverConfig: { Name: 'local' },
  },
});

/** `name:/place[:rw|ro|nocopy]`. They become mounts in long form, in which no character separates. */
export const binds = (context: MountContext): Reader<readonly Mount[]> => {
  const bind: Reader<Mount> = (value, at) => {
    const given = text(/^[^\u0000-\u001f\u007f]{1,700}$/u)(value, at);
    const [source = '', target, options = '', ...more] = given.split(':');
    if (target === undefined || more.length > 0) return malformed(at, 'it is not NAME:PATH or NAME:PATH:rw');
    if (!NAME.test(source)) {
      return closed(at, 'folders of the host can’t be mounted; use a named volume (NAME:PATH)');
    }
    const words = options === '' ? [] : options.split(',');
    const unknown = words.find((word) => !['rw', 'ro', 'nocopy'].includes(word));
    if (unknown !== undefined) return closed(at, 'a volume can be mounted rw, ro or nocopy');
    return volumeMount(context, source, place(target, at), {
      readOnly: words.includes('ro'),
      noCopy: words.includes('nocopy'),
    });
  };
  return (value, at) => list(bind, MAX_MOUNTS)(value, at) ?? [];
};

/** The long form of a mount. */
export const mounts = (context: MountContext): Reader<readonly Mount[]> => {
  const mount: Reader<Mount> = record((take, at) => {
    const type = take('Type', text(/^[a-z]{1,16}$/));
    if (type !== 'volume' && type !== 'tmpfs') {
      return closed(`${at}.Type`, 'only volume and tmpfs are (folders of the host and images can’t be mounted)');
    }
    const source = take('Source', text(NAME));
    const target = take('Target', place);
    const readOnly = take('ReadOnly', flag);
    take('Consistency', zeroOr('default', 'consistent', 'cached', 'delegated'));
    take('BindOptions', zero);
    take('ImageOptions', zero);
    take('ClusterOptions', zero);
    const noCopy = take('VolumeOptions', volumeOptions);
    const { size, mode } = take('TmpfsOptions', tmpfsOptions(context.memory));
    if (type === 'volume') return volumeMount(context, source, target, { readOnly, noCopy });
    if (source !== '') closed(`${at}.Source`, 'memory has none');
    return {
      Type: 'tmpfs',
      Target: target,
      ReadOnly: readOnly,
      TmpfsOptions: { SizeBytes: size || context.memory, Mode: mode || undefined },
    };
  });
  return (value, at) => list(mount, MAX_MOUNTS)(value, at) ?? [];
};

/** Whether nothing is copied into it. A volume driver's options can name any place of the host. */
const volumeOptions: Reader<boolean> = record((take) => {
  take('Labels', ignored);
  take('Subpath', zero);
  take(
    'DriverConfig',
    record((inner) => {
      inner('Name', zeroOr('local'));
      inner('Options', zero);
    }),
  );
  return take('NoCopy', flag);
});

const tmpfsOptions = (memory: number): Reader<{ readonly size: number; readonly mode: number }> =>
  record((take) => {
    take('Options', zero);
    return { size: take('SizeBytes', whole(1, memory)), mode: take('Mode', whole(0, 0o1777)) };
  });

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
const WORDS: ReadonlySet<string> = new Set(['rw', 'ro', 'exec', 'noexec', 'nosuid', 'nodev', 'noatime']);

/** `{"/place": "rw,size=64m"}`: as above in words. */
export const tmpfs =
  (memory: number): Reader<Readonly<Record<string, string>> | undefined> =>
  (value, at) => {
    const given = pairs(/^\//, text(/^[a-z0-9=,]{1,200}$/), MAX_MOUNTS)(value, at);
    if (given.length === 0) return undefined;
    return Object.fromEntries(
      given.map(([path, options]) => {
        let size = memory;
        const kept: string[] = [];
        for (const word of options === '' ? [] : options.split(',')) {
          const [, digits, unit = ''] = /^size=(\d{1,15})([kmg]?)$/.exec(word) ?? [];
          if (digits !== undefined) {
            size = Number(digits) * (UNITS[unit] ?? 1);
            if (!(size >= 1 && size <= memory)) closed(at, `a size can be up to ${memory}`);
          } else if (WORDS.has(word) || /^(?:mode=[01]?[0-7]{3}|[ug]id=\d{1,9})$/.test(word)) kept.push(word);
          else closed(at, `${word} is no option that can be used`);
        }
        return [place(path, at), [...kept, `size=${size}`].join(',')];
      }),
    );
  };

/** `{"/place": {}}`: volumes that nobody names. They become mounts too, so that they are the client's. */
export const volumes = (context: MountContext): Reader<readonly Mount[]> => {
  const read = pairs(/^\//, zero, MAX_MOUNTS);
  return (value, at) =>
    read(value, at).map(([path]) => volumeMount(context, '', place(path, at), { readOnly: false, noCopy: false }));
};

/** Named volumes that would be made by these mounts. */
export const newVolumes = ({ scope }: MountContext, all: readonly Mount[]): readonly string[] => {
  const known = new Set(scope.clientVolumes.values());
  return all.flatMap((mount) =>
    mount.Type === 'volume' && mount.Source !== undefined && !known.has(mount.Source) ? [mount.Source] : [],
  );
};

/** Whether a volume's name can be one of the client's. */
export const isClientVolumeName = (owner: string, name: string): boolean =>
  name.startsWith(storedName({ owner }, '')) || UNNAMED.test(name);
