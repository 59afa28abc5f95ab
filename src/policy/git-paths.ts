/** What is on the disk of a workspace that decides which paths the box protects. */
export interface WorkspaceFacts {
  /**
   * `directory`: an ordinary repository; `none`: no repository here (yet). Of `cofferdam worktree add`: `worktree`, a
   * linked worktree of git's; `borrowed`, a repository that has its older objects from another one.
   */
  readonly git: 'directory' | 'none' | 'worktree' | 'borrowed';
}

export interface ProtectedPath {
  /** Relative to the workspace, forward slashes. */
  readonly path: string;
  /** `file`: a regular file is mounted; `directory`: a folder. A missing path becomes an empty folder, whatever its name. */
  readonly kind: 'file' | 'directory' | 'any';
  /** `read-only`, or `anchor`: writable, but a mount point of its own so that it can't be renamed away from below one. */
  readonly access: 'read-only' | 'anchor';
  /** What the host runs from there. */
  readonly why: string;
  /** Variable of .env that names what is mounted there, where that is not always the path itself. */
  readonly from?: string;
}

/**
 * Which file the box sees as one of git's: the host's own or, where git in the box would not understand that, a copy below
 * .devcontainer/state/git. Relative worktrees need it (`extensions.relativeWorktrees`, git 2.48): older git opens no
 * repository with an extension that it does not know (git's Documentation/technical/repository-version).
 */
export const GIT_VIEW = {
  config: 'COFFERDAM_GIT_CONFIG',
  /** The worktree's `.git`, and git's note of where that is. */
  link: 'COFFERDAM_GIT_LINK',
  gitdir: 'COFFERDAM_GIT_DIR',
} as const;

/** Where those copies are. */
export const GIT_VIEW_FOLDER = '.devcontainer/state/git';

/** What git on the host trusts in an ordinary repository. */
export const GIT: readonly ProtectedPath[] = [
  {
    path: '.git',
    kind: 'directory',
    access: 'anchor',
    why: 'the parent of the next ones must not be swapped for another',
  },
  {
    path: '.git/config',
    kind: 'file',
    access: 'read-only',
    why: 'git on the host runs programs that it names (core.fsmonitor, core.sshCommand, aliases, filters)',
    from: GIT_VIEW.config,
  },
  {
    path: '.git/config.worktree',
    kind: 'file',
    access: 'read-only',
    why: 'as .git/config, where extensions.worktreeConfig is on',
  },
  {
    path: '.git/commondir',
    kind: 'file',
    access: 'read-only',
    why: 'points git at another config and other hooks; holds "." which is harmless',
  },
  {
    path: '.git/info',
    kind: 'directory',
    access: 'read-only',
    why: 'attributes and grafts that git on the host follows; the host itself adds to exclude',
  },
  {
    path: '.git/remotes',
    kind: 'directory',
    access: 'read-only',
    why: 'old-style remotes: git push on the host would go where one leads, and run its hooks',
  },
  { path: '.git/branches', kind: 'directory', access: 'read-only', why: 'as .git/remotes' },
  {
    path: '.gitmodules',
    kind: 'file',
    access: 'read-only',
    why: 'would make git on the host look into a nested repository, whose configuration names programs',
  },
  { path: '.git/hooks', kind: 'directory', access: 'read-only', why: 'git on the host runs them' },
  { path: '.git/modules', kind: 'directory', access: 'read-only', why: 'configuration and hooks of submodules' },
  {
    path: '.git/worktrees',
    kind: 'directory',
    access: 'read-only',
    why: 'metadata of linked worktrees points git at their configuration',
  },
];

const BORROWED: readonly ProtectedPath[] = [
  ...GIT,
  { path: '.git/objects', kind: 'directory', access: 'anchor', why: 'parent of a read-only path' },
  { path: '.git/objects/info', kind: 'directory', access: 'anchor', why: 'parent of a read-only path' },
  {
    path: '.git/objects/info/alternates',
    kind: 'file',
    access: 'read-only',
    why: 'names the repository that objects are borrowed from',
  },
];

/** The rest is outside of the workspace: see worktree.ts. */
const WORKTREE: readonly ProtectedPath[] = [
  {
    path: '.git',
    kind: 'file',
    access: 'read-only',
    why: 'says where the repository is, and so whose configuration and hooks git on the host follows',
    from: GIT_VIEW.link,
  },
  ...GIT.filter(({ path }) => path === '.gitmodules'),
];

const NO_GIT: readonly ProtectedPath[] = [
  {
    path: '.git',
    kind: 'directory',
    access: 'read-only',
    why: 'a repository made by the agent would bring its own hooks and configuration',
  },
];

/** What git on the host trusts, by what the workspace is. */
export const GIT_PATHS: Readonly<Record<WorkspaceFacts['git'], readonly ProtectedPath[]>> = {
  directory: GIT,
  none: NO_GIT,
  worktree: WORKTREE,
  borrowed: BORROWED,
};
