import type { Action, ActionName, Outcome } from '../../core/probing.ts';
import type { Attempt, Bench, Judged, Scratch, Site } from '../probe.ts';
import { breached, held, REFUSALS, unclear } from './judge.ts';
import { tamperHere } from './tamper-here.ts';

/** A path of the workspace that the host trusts, as seen in one of two containers, or (`box`) where we stand. */
export interface TamperTarget {
  readonly place: 'twin' | 'weak' | 'box';
  /** Relative to the workspace. */
  readonly path: string;
  /** For a folder: the file in it that the host would use. */
  readonly leaf?: string;
  /** The path is below this worktree's own folder in the repository. */
  readonly own?: true;
  /** The path is below the main checkout of a worktree. */
  readonly main?: true;
  /** Instead of the workspace's path: a folder of this run. */
  readonly at?: string;
  /** Only replacing the path itself counts; what is in it may change. */
  readonly replaceOnly?: true;
}

export interface RouteResult {
  readonly route: string;
  /** `ok`, or the errno of the step that was refused. */
  readonly code: string;
  /** The host reads the canary there. */
  readonly hostSees: boolean;
  /** git on the host ran it. */
  readonly fired: boolean;
}

type Step = Action<'create' | 'append' | 'overwrite' | 'unlink' | 'mkdir' | 'rmdir' | 'rename' | 'symlink' | 'link'>;

interface Route {
  readonly name: string;
  readonly steps: readonly Step[];
}

const WORKSPACE = '/workspace';
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** Where the attacked path is in the container: below a folder that the host has, with room for files of this run. */
interface Ground {
  readonly base: string;
  readonly path: string;
  readonly spare: string;
}

/** A linked worktree's repository is not in the workspace; a file is renamed to it only from the same file system. */
function groundOf(target: TamperTarget, { gitBase, entry, main }: Scratch, nonce: string): Ground {
  if (target.main) return { base: main ?? WORKSPACE, path: target.path, spare: `${WORKSPACE}/${nonce}` };
  if (gitBase === undefined || (target.own === undefined && !target.path.startsWith('.git/'))) {
    return { base: WORKSPACE, path: target.path, spare: `${WORKSPACE}/${nonce}` };
  }
  if (target.own === undefined) return { base: gitBase, path: target.path, spare: `${gitBase}/.git/${nonce}` };
  const own = `.git/worktrees/${entry}`;
  return { base: gitBase, path: `${own}/${target.path}`, spare: `${gitBase}/${own}/${nonce}` };
}

/** Every way we know to get `text` to where the host looks. */
function routes(
  { base, path, spare }: Ground,
  kind: 'folder' | 'file' | 'absent',
  target: TamperTarget,
  text: string,
  nonce: string,
): Route[] {
  const leaf = target.leaf ?? 'canary';
  const at = `${base}/${path}`;
  const file = kind === 'folder' ? `${at}/${leaf}` : at;
  const create = (path: string): Step => ({ do: 'create', path, text, mode: 0o755 });
  const mkdir = (path: string): Step => ({ do: 'mkdir', path });
  const rename = (path: string, to: string): Step => ({ do: 'rename', path, to });
  const replace: Route[] =
    kind === 'absent'
      ? []
      : kind === 'folder'
        ? [
            { name: 'rename away, make anew', steps: [rename(at, `${at}.${nonce}`), mkdir(at), create(file)] },
            {
              name: 'rename another folder over it',
              steps: [mkdir(spare), create(`${spare}/${leaf}`), rename(spare, at)],
            },
            {
              name: 'rename away, link in its place',
              steps: [
                mkdir(spare),
                create(`${spare}/${leaf}`),
                rename(at, `${at}.${nonce}`),
                { do: 'symlink', path: at, to: relativeTo(at, spare) },
              ],
            },
            { name: 'remove, make a file of it', steps: [{ do: 'rmdir', path: at }, create(at)] },
            { name: 'rename away, make a file of it', steps: [rename(at, `${at}.${nonce}`), create(at)] },
          ]
        : [
            { name: 'rename away, make anew', steps: [rename(at, `${at}.${nonce}`), create(at)] },
            { name: 'remove, make anew', steps: [{ do: 'unlink', path: at }, create(at)] },
            {
              name: 'remove, link in its place',
              steps: [
                create(spare),
                { do: 'unlink', path: at },
                { do: 'symlink', path: at, to: relativeTo(at, spare) },
              ],
            },
            { name: 'rename another file over it', steps: [create(spare), rename(spare, at)] },
          ];
  const swaps = ancestors(path).map((ancestor): Route => {
    const folder = `${base}/${ancestor}`;
    const between = ancestors(path).filter((one) => one.startsWith(`${ancestor}/`));
    const inside = [...between.map((one) => `${base}/${one}`), ...(kind === 'folder' ? [at] : [])];
    return {
      name: `swap ${ancestor}`,
      steps: [rename(folder, `${folder}.${nonce}`), mkdir(folder), ...inside.map(mkdir), create(file)],
    };
  });
  if (target.replaceOnly) return [...replace, ...swaps];
  const other = at.slice(base.length).toUpperCase();
  return [
    kind === 'file'
      ? { name: 'write', steps: [{ do: 'append', path: file, text }] }
      : { name: 'create', steps: [create(file)] },
    kind === 'file'
      ? { name: 'empty and write', steps: [{ do: 'overwrite', path: file, text }] }
      : { name: 'write to what is there', steps: [{ do: 'append', path: file, text }] },
    { name: 'rename over', steps: [create(spare), rename(spare, file)] },
    {
      name: 'hard link',
      steps: [
        create(spare),
        { do: 'link', path: kind === 'file' ? `${file}.${nonce}` : file, to: kind === 'file' ? file : spare },
        ...(kind === 'file' ? [{ do: 'append', path: `${file}.${nonce}`, text } as const] : []),
      ],
    },
    {
      name: 'symbolic link',
      steps: [
        create(spare),
        { do: 'symlink', path: kind === 'file' ? `${file}.${nonce}` : file, to: relativeTo(file, spare) },
        ...(kind === 'file' ? [rename(`${file}.${nonce}`, file)] : []),
      ],
    },
    {
      name: 'through /proc/self/root',
      steps: [
        kind === 'file' ? { do: 'append', path: `/proc/self/root${file}`, text } : create(`/proc/self/root${file}`),
      ],
    },
    // Where the host's file system ignores case, another spelling is the same file.
    {
      name: 'other spelling',
      steps: [...folders(other), create(`${base}${other}${kind === 'folder' ? `/${leaf}` : ''}`)],
    },
    ...replace,
    ...swaps,
  ];

  function folders(spelled: string): Step[] {
    const depth = spelled.split('/').slice(1, kind === 'folder' ? undefined : -1);
    return depth.map((_, index) => mkdir(`${base}/${depth.slice(0, index + 1).join('/')}`));
  }
}

/** `a/b/c` → `a`, `a/b`. */
function ancestors(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** A link from `from` to `to`, both below one folder: the host has the workspace elsewhere. */
function relativeTo(from: string, to: string): string {
  const [start, end] = [parentOf(from).split('/'), to.split('/')];
  const parted = start.findIndex((part, index) => part !== end[index]);
  const common = parted < 0 ? start.length : parted;
  return `${'../'.repeat(start.length - common)}${end.slice(common).join('/')}`;
}

const inverse: { readonly [K in Step['do']]: (step: Action<K>, before: string | undefined) => readonly Action[] } = {
  create: ({ path }) => [{ do: 'unlink', path }],
  append: ({ path }, before) => [{ do: 'overwrite', path, text: before ?? '' }],
  overwrite: ({ path }, before) => [{ do: 'overwrite', path, text: before ?? '' }],
  unlink: ({ path }, before) => [{ do: 'create', path, text: before ?? '' }],
  mkdir: ({ path }) => [{ do: 'rmdir', path }],
  rmdir: ({ path }) => [{ do: 'mkdir', path }],
  rename: ({ path, to }, before) => [
    { do: 'rename', path: to, to: path },
    ...(before === undefined ? [] : [{ do: 'create', path: to, text: before } as const]),
  ],
  symlink: ({ path }) => [{ do: 'unlink', path }],
  link: ({ path }) => [{ do: 'unlink', path }],
};

const undo = <K extends Step['do']>(step: Action<K> & { readonly do: K }, before: string | undefined) =>
  inverse[step.do](step, before);

async function perform(site: Site, action: Action): Promise<Outcome<unknown>> {
  return await site.perform<ActionName>(action);
}

/** Tries each route, looks from the host, and puts back what it changed before the next. */
export async function tamper(bench: Bench, target: TamperTarget): Promise<Attempt<readonly RouteResult[]>> {
  const { place } = target;
  if (place === 'box') return await tamperHere(bench, target);
  const site = await bench.at(place);
  const scratch = await bench.scratch(place);
  const ground = groundOf(target, scratch, bench.nonce);
  const at = `${ground.base}/${ground.path}`;
  const list = await site.perform({ do: 'list', path: at });
  const kind = list.ok ? 'folder' : list.code === 'ENOTDIR' ? 'file' : 'absent';
  const text = `${scratch.canary}# ${bench.nonce}\n`;
  const victims = [ground.path, `${ground.path}/${target.leaf ?? 'canary'}`];
  const results: RouteResult[] = [];
  for (const { name, steps } of routes(ground, kind, target, text, bench.nonce)) {
    const undone: Action[] = [];
    let code = 'ok';
    for (const step of steps) {
      const touched = step.do === 'rename' ? step.to : step.path;
      const before = await site.perform({ do: 'read', path: touched });
      const outcome = await perform(site, step);
      if (!outcome.ok) {
        code = outcome.code;
        break;
      }
      undone.unshift(...undo(step, before.ok ? before.value.text : undefined));
    }
    const seen = await Promise.all(victims.map((victim) => scratch.read(victim, target.main)));
    const hostSees = seen.some((contents) => contents?.includes(bench.nonce));
    const fired = hostSees && target.path === '.git/hooks' && (await scratch.hostGitFires());
    results.push({ route: name, code, hostSees, fired });
    for (const action of undone) await perform(site, action);
  }
  return { did: `${results.length} routes to ${target.path}${target.leaf ? `/${target.leaf}` : ''}`, out: results };
}

/** Besides the refusals: a link or rename across mounts, and what is in the way or missing. */
const ALSO_REFUSED = new Set([...REFUSALS, 'EXDEV', 'EEXIST', 'ENOTEMPTY', 'EISDIR', 'ENOTDIR', 'ENOENT']);

/** Routes of `tamperHere`: that they are open is all there is to see. */
const HARMLESS = new Set(['make a file in it', 'make it', 'open for writing', 'rename it']);

export function judgeTamper(out: readonly RouteResult[]): Judged {
  const through = out.filter(({ hostSees }) => hostSees);
  if (through.length > 0) {
    const fired = through.some((result) => result.fired) ? '; git on the host ran it' : '';
    return breached(`the host sees the canary after: ${through.map(({ route }) => route).join(', ')}${fired}`);
  }
  const allowed = out.filter(({ route, code }) => code === 'ok' && HARMLESS.has(route));
  if (allowed.length > 0) return breached(`allowed: ${allowed.map(({ route }) => route).join(', ')}`);
  // Another spelling is another file on most hosts: made, and of no use.
  const counted = out.filter(({ route, code }) => !(route === 'other spelling' && code === 'ok'));
  const odd = counted.filter(({ code }) => !ALSO_REFUSED.has(code));
  if (odd.length > 0) return unclear(odd.map(({ route, code }) => `${route}: ${code}`).join(', '));
  // ENOENT and the like alone could be a mistake of ours.
  if (!counted.some(({ code }) => REFUSALS.has(code))) return unclear('no route was refused by a control');
  const tally = new Map<string, number>();
  for (const { code } of counted) tally.set(code, (tally.get(code) ?? 0) + 1);
  return held([...tally].map(([code, times]) => `${code} ×${times}`).join(', '));
}

/** What the probes of this kind have in common. */
export const tamperProbe = (
  paths: readonly Omit<TamperTarget, 'place'>[],
  /** What else there is in a worktree. */
  more: Partial<Record<Bench['git']['kind'], readonly Omit<TamperTarget, 'place'>[]>> = {},
) => ({
  group: 'tampering' as const,
  inside: async (bench: Bench): Promise<TamperTarget> => ({ place: 'box', path: 'canary', at: await bench.spare() }),
  exclusive: 'scratch',
  targets: ({ from, git }: Bench) =>
    Promise.resolve(
      [...paths, ...(more[git.kind] ?? [])].map(
        (path): TamperTarget => ({ ...path, place: from === 'inside' ? 'box' : 'twin' }),
      ),
    ),
  control: (): Promise<TamperTarget> => {
    const [first] = paths;
    return first ? Promise.resolve({ ...first, place: 'weak' }) : Promise.reject(new Error('no path'));
  },
  attempt: tamper,
  judge: judgeTamper,
});
