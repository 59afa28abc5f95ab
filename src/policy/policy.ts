import type { Span } from '../core/span.ts';
import type { Actions } from './actions.ts';
import type { AgentName } from './agents.ts';

export type PackageManager = 'npm' | 'pnpm' | 'yarn';

/** How the image gets its language tools. */
export type Stack =
  | { readonly name: 'debian' }
  | {
      readonly name: 'node';
      /** A version that a tag of the `node` image exists for: `22`, `22.11`, `22.11.0`. */
      readonly node: string;
      readonly packageManager: PackageManager;
      /** Its exact version; absent for the npm that comes with Node. */
      readonly packageManagerVersion?: string;
      /** Minutes since its publication from which on a version is resolved; 0: at once. */
      readonly minimumReleaseAge: number;
      /** Packages whose install scripts run when the box installs what the lockfile pins. */
      readonly installScripts: readonly string[];
    };

/** Sizes are strings as Docker takes them: `512m`, `8g`. */
export interface Limits {
  readonly memory: string;
  readonly cpus: number;
  readonly pids: number;
}

/** Ceilings for containers that the agent makes through the Docker firewall. */
export interface Sandbox {
  /** Images that may be pulled and run, as IMAGE_PATTERN has them. None: nothing can be made. */
  readonly images: readonly string[];
  /** Containers at once. */
  readonly containers: number;
  /** For each of them. */
  readonly memory: string;
  readonly cpus: number;
  readonly pids: number;
}

/** Services that a repository and its worktrees have in common. */
export interface Shared {
  readonly postgres: {
    /** A tag of the official image. */
    readonly version: string;
    /** A port of 127.0.0.1 on the host at which it answers, too. */
    readonly publish?: number | undefined;
  };
}

/** What `cofferdam worktree add` makes. */
export interface Worktrees {
  /** `clone`: a repository of its own that borrows the main one's objects. `shared`: a linked worktree of git's. */
  readonly isolation: 'clone' | 'shared';
}

/** A risk that the user accepts knowingly. It is printed in every report. */
export interface Acceptance {
  readonly id: string;
  readonly because: string;
}

/**
 * `.devcontainer/cofferdam.yaml`, validated and with defaults filled in. Settings are levels
 * with names instead of switches, so that each combination can be tested. Values that a later version will bring
 * (allowlist) are not accepted yet.
 */
export interface Policy {
  readonly stack: Stack;
  readonly agents: readonly AgentName[];
  /** Debian packages that the image gets besides those of every box. */
  readonly packages: readonly string[];
  /** `attached`: editor and agent in one container. `split`: one for each, with the workspace in common. */
  readonly topology: 'attached' | 'split';
  /** What is done about the sockets of an editor's server, in the container where it runs. */
  readonly ipc: 'prevent' | 'guard' | 'allow';
  readonly docker: 'none' | 'read' | 'sandboxed';
  /** What the agent may make with `docker: sandboxed`. */
  readonly sandbox: Sandbox;
  readonly egress: 'open';
  /** Containers outside of this project that the firewall may show: `project/service` of docker compose. */
  readonly services: readonly string[];
  /** Services that run once for the repository and all its worktrees. */
  readonly shared?: Shared | undefined;
  /** Ports of the box's localhost that the host's localhost reaches, in order. */
  readonly forward?: readonly number[] | undefined;
  /** More paths, relative to the workspace, that are read-only inside. */
  readonly readOnly: readonly string[];
  readonly limits: Limits;
  readonly worktrees: Worktrees;
  /** Commands that the agent may trigger and not change. */
  readonly actions: Actions;
  /** Base images by digest: `node:22-bookworm-slim` → `sha256:…`. One that is not named is taken by its tag alone. */
  readonly images: Readonly<Record<string, string>>;
  readonly accept: readonly Acceptance[];
}

/** A policy and the place of each of its values: `where('egress')`, `where('readOnly.2')`. */
export interface PolicyFile {
  readonly policy: Policy;
  where(path: string): Span;
}

export const POLICY_PATH = '.devcontainer/cofferdam.yaml';
