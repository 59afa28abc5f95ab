import type { Facts, Outcome } from '../../core/probing.ts';
import type { Bench, Site } from '../probe.ts';
import { need } from './judge.ts';

/** A process in which nothing is restricted, in the words of proc_pid_status(5). */
const WEAK_STATUS = `Name:\tcanary
Uid:\t0\t0\t0\t0
Gid:\t0\t0\t0\t0
Groups:\t0
CapInh:\t0000000000000000
CapPrm:\t00000000a80425fb
CapEff:\t00000000a80425fb
CapBnd:\t00000000a80425fb
CapAmb:\t0000000000000000
NoNewPrivs:\t0
Seccomp:\t0
`;

/** Version 2 control group files without a limit (kernel documentation, "Control Group v2"). */
const WEAK_LIMITS = {
  'cgroup.controllers': 'cpu memory pids',
  'pids.max': 'max',
  'memory.max': 'max',
  'memory.swap.max': 'max',
  'cpu.max': 'max 100000',
};

async function plant(bench: Bench, folder: string, name: string, text: string): Promise<string> {
  const path = `${folder}/${name}`;
  need(await (await bench.at('box')).perform({ do: 'create', path, text }), 'canary');
  return path;
}

/** A made-up /proc/PID/status of an unrestricted process: shows that the detector works, for no weak box can be made here. */
export const weakStatus = async (bench: Bench): Promise<string> =>
  plant(bench, await bench.spare(), 'status', WEAK_STATUS);

/** The same of a control group. */
export async function weakLimits(bench: Bench): Promise<string> {
  const folder = await bench.spare();
  for (const [name, text] of Object.entries(WEAK_LIMITS)) await plant(bench, folder, name, `${text}\n`);
  return folder;
}

/** What evidence says of such a control. */
export const ofFixture = (file: string | undefined): string =>
  file === undefined ? '' : ' of a made-up weak process (a control of the detector only)';

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/**
 * Whether a file or folder could be renamed, without doing it: it is renamed over a folder that is not empty. The kernel
 * checks permissions, the sticky bit and (for folders) mount points before it says EISDIR or ENOTEMPTY (rename(2)); for
 * files the mount point is asked by a hard link, which across mounts is EXDEV (link(2)).
 */
export async function moved(
  site: Site,
  path: string,
  kind: 'file' | 'folder',
  nonce: string,
): Promise<Outcome<Facts['rename']>> {
  const spare = `${parentOf(path).replace(/\/$/, '')}/${nonce}-spare`;
  if (kind === 'file') {
    const link = await site.perform({ do: 'link', path: spare, to: path });
    if (link.ok) await site.perform({ do: 'unlink', path: spare });
    else if (link.code === 'EXDEV') return { ok: false, code: 'EBUSY', message: 'it is a mount point' };
  }
  const made = await site.perform({ do: 'mkdir', path: spare });
  if (!made.ok) return made; // where nothing can be made nothing can be renamed to, nor away
  try {
    need(await site.perform({ do: 'create', path: `${spare}/full`, text: '' }), 'file in a spare folder');
    const outcome = await site.perform({ do: 'rename', path, to: spare });
    const possible = !outcome.ok && ['EISDIR', 'ENOTEMPTY', 'EEXIST'].includes(outcome.code);
    return possible ? { ok: true, value: { done: true } } : outcome;
  } finally {
    await site.perform({ do: 'unlink', path: `${spare}/full` });
    await site.perform({ do: 'rmdir', path: spare });
  }
}
