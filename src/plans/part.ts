import type { WorkspaceFacts } from '../policy/git-paths.ts';
import type { Policy } from '../policy/policy.ts';
import type { BoxFile } from './box.ts';

/** What the agent's or the editor's container gets for a part of the box. */
export interface Given {
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables that only the host knows: a file below .devcontainer that compose reads, and the names in it. */
  readonly secrets?: { readonly file: string; readonly names: readonly string[] };
  /** Networks that it joins, besides its own way out. */
  readonly networks?: readonly string[];
  /** Entries of its `volumes`, as YAML. */
  readonly volumes?: readonly string[];
  /** Words before its command: a program that does something beside it, and becomes it. */
  readonly starts?: readonly string[];
  /** Services that must be healthy before it starts. */
  readonly waitsFor?: readonly string[];
}

/**
 * Something that a box has or has not, by its policy: sidecars, and what the other containers and the host do for them.
 * Texts are YAML, sh and Dockerfile lines without indentation.
 */
export interface Part {
  /** Services of compose, each as YAML that begins with its name. */
  readonly services?: readonly string[];
  /** Entries of compose's `networks` and `volumes`. */
  readonly networks?: readonly string[];
  readonly volumes?: readonly string[];
  readonly agent?: Given;
  readonly editor?: Given;
  /** Files of its own below .devcontainer. */
  readonly files?: readonly BoxFile[];
  /** Lines for the Dockerfile of the agent's image, run as root. */
  readonly image?: readonly string[];
  /** The same for the editor's image in topology `split`. */
  readonly editorImage?: readonly string[];
  /** Lines for initialize.sh, where $project, $uid and $gid are known: the host runs them before the box is made. */
  readonly host?: readonly string[];
  /** Lines of .env, expanded by that script's shell: no value may need quotes. */
  readonly variables?: readonly string[];
}

/** Gives the part, or nothing where the policy leaves it out. */
export type PartOf = (policy: Policy, facts: WorkspaceFacts) => Part | undefined;
