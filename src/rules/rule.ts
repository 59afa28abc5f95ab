import type { AttackId, Persona, Problem, Severity } from '../core/finding.ts';
import type { Some } from '../core/span.ts';
import type { Workspace } from '../model/workspace.ts';
import type { Policy } from '../policy/policy.ts';

/** Files of a small repository. What must be found is marked «like this»; the marks are no part of the files. */
export interface Example {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
}

/** One rule: facts in, problems out. Its examples are its tests, its documentation and what `explain` shows. */
export interface Rule {
  /** Readable, and never changed once published: users name it in ignores and acceptances. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly persona: Persona;
  readonly attacks: Some<AttackId>;
  readonly references: Some<string>;
  readonly why: string;
  readonly remedy: string;
  /** What `audit --fix` does, and when it is unsafe; left out where no finding of the rule has a fix. */
  readonly fixes?: string;
  readonly bad: Some<Example>;
  /** At least one near miss: what looks alike and must stay silent. */
  readonly good: Some<Example>;
  check(workspace: Workspace, policy: Policy | undefined): Iterable<Problem>;
}

export const defineRule = (rule: Rule): Rule => rule;
