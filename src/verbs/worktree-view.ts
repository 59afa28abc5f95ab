import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { kindOf, readTextFile } from '../host/disk.ts';
import { git, type Repository } from '../host/git.ts';
import type { WorktreeEntry } from '../policy/worktree-entry.ts';
import { type Main, objectFormat } from './worktree-main.ts';
import { ALTERNATES, borrowed, configHash } from './worktree-make.ts';
import { copyObjects } from './worktree-objects.ts';

export interface View {
  readonly repository: Repository;
  /** A folder for what is needed on the way; it goes with the view. */
  readonly folder: string;
}

/**
 * A repository of ours for the time of one command, which has nothing of the worktree’s but a copy of its objects: no configuration,
 * hooks, attributes, refs, grafts or index of the agent’s takes part in what git does on the host.
 */
export async function withView<T>(main: Main, entry: WorktreeEntry, use: (view: View) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-view-'));
  try {
    const gitDir = join(folder, 'view.git');
    const format = await objectFormat(main.repository);
    await git(undefined, ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, gitDir]);
    // git-upload-pack(1) is started by a fetch and sees nothing of that command’s own settings.
    for (const setting of ['core.commitGraph', 'core.multiPackIndex']) {
      await git(undefined, ['config', '--file', join(gitDir, 'config'), setting, 'false']);
    }
    mkdirSync(join(gitDir, 'objects/info'), { recursive: true });
    writeFileSync(join(gitDir, 'objects/info/alternates'), borrowed(main.root));
    if (entry.isolation === 'clone') copyObjects(entry.path, join(gitDir, 'objects'));
    return await use({ repository: { gitDir }, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Refuses a worktree whose repository is not as `add` made it: the box holds these files read-only. */
export function refuseChanged(main: Main, { path, config, name }: WorktreeEntry): void {
  const changed: string[] = [];
  if (kindOf(path, '.git') !== 'folder') changed.push('.git');
  else {
    if (kindOf(path, '.git/config') !== 'file' || configHash(path) !== config) changed.push('.git/config');
    if (readTextFile(path, ALTERNATES, { maxBytes: 65_536 }) !== borrowed(main.root)) changed.push(ALTERNATES);
    const common = readTextFile(path, '.git/commondir', { maxBytes: 4096 });
    if (common !== undefined && common.trim() !== '.') changed.push('.git/commondir');
    if ((readTextFile(path, '.git/config.worktree', { maxBytes: 65_536 }) ?? '') !== '')
      changed.push('.git/config.worktree');
  }
  if (changed.length > 0) {
    throw new ToolError(
      'worktree-changed',
      `Not as \`worktree add\` wrote it: ${changed.join(', ')} of ${path}.`,
      `Look at it (git config --file .git/config --list). If the change is yours, \`cofferdam worktree add ${name}\` writes it anew.`,
    );
  }
}
