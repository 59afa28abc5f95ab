import { WORKTREE_ERRORS } from './errors-worktree.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Span } from './span.ts';

export interface ErrorKind {
  readonly exit: ExitCode;
  readonly title: string;
  readonly why: string;
}

/**
 * The closed catalogue of errors. `cofferdam explain CODE` and docs/errors are made from it. Sentences about one
 * occurrence (what, where, next step) are given where the error is raised.
 */
export const ERRORS = {
  usage: {
    exit: EXIT.usage,
    title: 'The command line is wrong',
    why: 'An argument is unknown, missing or has a value that is not allowed.',
  },
  'policy-missing': {
    exit: EXIT.usage,
    title: 'There is no policy here',
    why: 'The command works on a repository that `cofferdam init` has prepared; it looks for `.devcontainer/cofferdam.yaml` in the current folder and its parents.',
  },
  'policy-syntax': {
    exit: EXIT.usage,
    title: 'The policy is not valid YAML',
    why: 'A policy that cannot be read whole is not used in part: a default in its place could protect less than you wrote.',
  },
  'policy-invalid': {
    exit: EXIT.usage,
    title: 'The policy says something that cofferdam does not know',
    why: 'Unknown keys and values are errors, so that a spelling mistake never switches a control off silently.',
  },
  'policy-unreadable': {
    exit: EXIT.usage,
    title: 'The policy file cannot be read',
    why: 'It is too large, not UTF-8, not a regular file, or reached through a link.',
  },
  'folder-unsupported': {
    exit: EXIT.usage,
    title: 'The box cannot be made for this folder',
    why: 'Something about the folder (its kind, a link in a protected place, a linked worktree) would leave a control without effect.',
  },
  'devcontainer-exists': {
    exit: EXIT.usage,
    title: 'There is a dev container already',
    why: 'cofferdam never overwrites files that it did not write.',
  },
  'edited-file': {
    exit: EXIT.usage,
    title: 'A generated file was edited by hand',
    why: 'Regenerating would lose the edit.',
  },
  drift: {
    exit: EXIT.findings,
    title: 'The dev container is not what the policy says',
    why: 'The policy, a generated file or cofferdam itself has changed since the last `cofferdam sync`; a box made from it would have other controls than the ones you read.',
  },
  'tree-changed': {
    exit: EXIT.incomplete,
    title: 'The files changed while the command ran',
    why: 'Nothing was written: the plan was made against other contents.',
  },
  'write-failed': {
    exit: EXIT.incomplete,
    title: 'A file could not be written',
    why: 'The file system refused it. What had been written before was put back.',
  },
  'box-not-running': {
    exit: EXIT.usage,
    title: 'The box is not running',
    why: 'The command needs the running containers of this folder.',
  },
  'registry-silent': {
    exit: EXIT.incomplete,
    title: 'A registry could not be asked',
    why: 'The digest behind an image’s tag comes from its registry. Nothing was written: half of the images pinned would look like all of them.',
  },
  'engine-unreachable': {
    exit: EXIT.incomplete,
    title: 'No container engine answers',
    why: 'Docker is not running, or DOCKER_HOST points elsewhere, or this user may not use it.',
  },
  'engine-failed': {
    exit: EXIT.incomplete,
    title: 'The container engine refused',
    why: 'A docker or compose command failed.',
  },
  'program-missing': {
    exit: EXIT.missing,
    title: 'A needed program is not installed',
    why: 'cofferdam drives docker, docker compose and the devcontainer CLI; it does not replace them.',
  },
  'up-failed': {
    exit: EXIT.incomplete,
    title: 'The box did not come up',
    why: 'Building or starting failed; what had been started was stopped again.',
  },
  'services-absent': {
    exit: EXIT.usage,
    title: 'The policy has no shared services',
    why: 'The command starts and stops what the key `shared` of the policy names.',
  },
  'services-failed': {
    exit: EXIT.incomplete,
    title: 'The shared services are not what the box needs',
    why: 'An image is missing, Postgres does not get healthy, or it refused to make a folder’s database. A box without the database that its policy promises is not started.',
  },
  'services-in-use': {
    exit: EXIT.usage,
    title: 'Boxes still use the shared services',
    why: 'Programs in those boxes would lose their database in the middle of what they do.',
  },
  'settings-invalid': {
    exit: EXIT.usage,
    title: 'A sidecar got settings that it does not understand',
    why: 'A sidecar that cannot be sure what it may allow does not start.',
  },
  'unknown-id': {
    exit: EXIT.usage,
    title: 'There is nothing of that name',
    why: 'Rules, probes, attacks and errors are known by the names that the docs list.',
  },
  'file-unreadable': {
    exit: EXIT.incomplete,
    title: 'A file cannot be read',
    why: 'It is missing, too large, a device or not permitted.',
  },
  ...WORKTREE_ERRORS,
  internal: { exit: EXIT.bug, title: 'A fault of cofferdam', why: 'This should not happen, whatever the input.' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** An error that a user can act on: what happened, where, and one next step that can be pasted. */
export class ToolError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly at: Span | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    hint: string,
    options: { at?: Span | undefined; cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'ToolError';
    this.code = code;
    this.hint = hint;
    this.at = options.at;
  }

  get exit(): ExitCode {
    return ERRORS[this.code].exit;
  }
}
