import type { ErrorKind } from './errors.ts';
import { EXIT } from './exit.ts';

/** Errors of `cofferdam worktree`. */
export const WORKTREE_ERRORS = {
  'worktree-exists': {
    exit: EXIT.usage,
    title: 'Something of that name is there already',
    why: 'A worktree gets a folder beside the main checkout and a branch, both new: what is there is somebody’s.',
  },
  'worktree-unknown': {
    exit: EXIT.usage,
    title: 'There is no such worktree',
    why: 'Worktrees are known by the entries that `cofferdam worktree add` writes in the main checkout, below `.devcontainer/state/worktrees`, where no box can write.',
  },
  'worktree-unfinished': {
    exit: EXIT.usage,
    title: 'A worktree is half made, or half removed',
    why: 'The command that did it was ended. The same command, run again, comes to the end.',
  },
  'worktree-moved': {
    exit: EXIT.usage,
    title: 'A worktree or its main checkout is elsewhere by now',
    why: 'A worktree names its main checkout by an absolute path, and the other way round; moving one of them breaks that.',
  },
  'worktree-changed': {
    exit: EXIT.findings,
    title: 'A worktree’s repository is not as it was made',
    why: 'These files are read-only in the box. That one differs means that it was changed on the host, or that the agent got further than it should.',
  },
  'base-missing': {
    exit: EXIT.usage,
    title: 'There is no commit to begin at',
    why: 'A worktree begins at a commit of the main checkout.',
  },
  'land-refused': {
    exit: EXIT.findings,
    title: 'A branch was not taken over',
    why: 'The branch comes from an agent. What this machine would execute, a rewritten history and unsound objects are taken only when you say so, or not at all.',
  },
  'work-unsaved': {
    exit: EXIT.findings,
    title: 'Removing the worktree would lose work',
    why: 'Changes that are not committed, and commits that are not in the main checkout, would be gone.',
  },
  'git-failed': {
    exit: EXIT.incomplete,
    title: 'git refused',
    why: 'A git command failed, took too long or said more than can be looked at.',
  },
} as const satisfies Record<string, ErrorKind>;
