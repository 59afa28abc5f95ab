import type { Severity } from '../core/finding.ts';

interface ExampleFacts {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
}

/** What reports tell about a rule besides its findings. */
export interface RuleFacts {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly attacks: readonly string[];
  readonly references: readonly string[];
  readonly why: string;
  readonly remedy: string;
  readonly bad: readonly ExampleFacts[];
}
