import { insideRoot, resolveFrom } from './files.ts';

export interface Mount {
  /**
   * For a bind: the host path. Below the workspace root it is relative (`.`, `.devcontainer`), above it starts with
   * `..`, the home folder is `~`. For a volume: its name, '' if it has none.
   */
  readonly source: string;
  /** Path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'other';
  /** No open variables in it. */
  readonly resolved: boolean;
  /** A volume whose name the project does not become part of: every project that names it has the same one. */
  readonly shared?: true;
  /** Variables of the host that it is made from, with a default or without: there the host decides. */
  readonly hostVariables?: readonly string[];
}

const typeOf = (name: string | undefined): Mount['type'] =>
  name === 'bind' || name === 'volume' || name === 'tmpfs' ? name : name === undefined ? 'volume' : 'other';

/** Begins with a variable that only the host knows. */
export const isOpen = (source: string): boolean => /^\$[{\w]/.test(source);

/** Whether the source of a short mount is a path; otherwise it is a volume's name. */
const isPath = (source: string): boolean => /^(?:[./~]|[A-Za-z]:[\\/]|\\\\)/.test(source);

const normalizeTarget = (target: string): string => resolveFrom('', target) || '/';

/** Host paths as the model writes them. */
export function hostPath(source: string, folder: string): string {
  if (isOpen(source)) return source;
  if (/^[A-Za-z]:[\\/]|^\\\\/.test(source)) return source.replace(/\\/g, '/').replace(/(.)\/$/, '$1');
  const fromRoot = resolveFrom(folder, source);
  return fromRoot === '' ? '.' : fromRoot;
}

/** `SOURCE:TARGET[:MODE]`, `TARGET`: volumes of compose and of `docker run -v`. */
export function shortMount(text: string, folder: string, open: boolean): Mount | undefined {
  const parts = split(text);
  const [first = '', second, mode = ''] = parts;
  if (first === '') return undefined;
  if (second === undefined) {
    return { source: '', target: normalizeTarget(first), readOnly: false, type: 'volume', resolved: !open };
  }
  const bind = isPath(first) || (open && isOpen(first));
  return {
    source: bind ? hostPath(first, folder) : first,
    target: normalizeTarget(second),
    readOnly: mode.split(',').includes('ro'),
    type: bind ? 'bind' : 'volume',
    resolved: !open,
  };
}

/** Splits at colons, but not in a drive letter (`C:\x`) nor in a variable that was left open (`${A:-b}`). */
function split(text: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (character === '{') depth++;
    if (character === '}') depth--;
    const drive = parts.at(-1)?.length === 1 && /[A-Za-z]/.test(parts.at(-1) ?? '') && /[\\/]/.test(text[i + 1] ?? '');
    if (character === ':' && depth <= 0 && !(drive && parts.length === 1)) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/** The fields of a long mount, whatever they were written in. */
export function longMount(
  field: (name: string) => string | undefined,
  folder: string,
  open: boolean,
): Mount | undefined {
  const target = field('target') ?? field('dst') ?? field('destination');
  if (target === undefined) return undefined;
  const source = field('source') ?? field('src') ?? '';
  const type = typeOf(field('type'));
  const readOnly = field('read_only') ?? field('readonly') ?? field('ro');
  return {
    source: type === 'bind' ? hostPath(source, folder) : source,
    target: normalizeTarget(target),
    readOnly: readOnly !== undefined && /^(?:|true|1|yes|on)$/i.test(readOnly),
    type,
    resolved: !open,
  };
}

/** `type=bind,source=…,target=…`: `docker run --mount` and the strings of devcontainer.json (comma-separated values). */
export function mountString(text: string, folder: string, open: boolean): Mount | undefined {
  const fields = new Map<string, string>();
  for (const [, quoted, plain] of text.matchAll(/"((?:[^"]|"")*)"|([^,"]+)/g)) {
    const part = (quoted?.replace(/""/g, '"') ?? plain ?? '').trim();
    const equals = part.indexOf('=');
    fields.set((equals < 0 ? part : part.slice(0, equals)).toLowerCase(), equals < 0 ? '' : part.slice(equals + 1));
  }
  return longMount((name) => fields.get(name), folder, open);
}

/** Whether a mount brings the host path `path` along: the path itself or a folder above it. */
export function covers(mount: Mount, path: string): boolean {
  if (mount.type !== 'bind') return false;
  if (mount.source === path || mount.source === '/') return true;
  if (mount.source === '.' || isAbove(mount.source)) return insideRoot(path);
  return path.startsWith(`${mount.source}/`);
}

/** `..`, `../..`: a folder that contains the root. */
export const isAbove = (source: string): boolean => /^\.\.(?:\/\.\.)*$/.test(source);

/** Whether it is below the home of root, where another user can hardly read it: who mounts it there knows who works. */
export const inRootsHome = ({ target }: Mount): boolean => /^\/root(?:\/|$)/.test(target);
