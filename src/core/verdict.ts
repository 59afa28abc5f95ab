import type { AttackId } from './finding.ts';
import type { Some } from './span.ts';

/**
 * The result of a probe. `held` takes more than a failed attack: the same attack must have worked on the control.
 * `residual`: the attack works, and the policy has a setting that says so.
 */
export type Verdict = 'held' | 'breached' | 'residual' | 'not-applicable' | 'inconclusive';

/** What one attempt shows: the attack was stopped, it worked, or the attempt proves nothing. */
export type Judgement = 'held' | 'breached' | 'unclear';

/** What an attempt did and what came back: redacted and bounded. */
export interface Evidence {
  /** One line: what was tried, where. */
  readonly did: string;
  /** What came back, as data that the probe's own judge reads. */
  readonly out: unknown;
}

/** One probe's result in a report. */
export interface ProbeResult {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly attacks: Some<AttackId>;
  readonly verdict: Verdict;
  readonly evidence: string;
  readonly control: { readonly ran: boolean; readonly detected: boolean };
}

/** Evidence of what needs an engine, where there is none: it is inconclusive, and must not look like a pass. */
export const NOT_TRIED = 'not tried from inside: run `cofferdam verify` on the host';

/**
 * The one place where judgements become a verdict. A breach shown by its canary stands whatever the control says;
 * without a control that was detected, or with any unclear attempt, or with nothing tried, nothing is `held`.
 */
export function concludes(control: Judgement, attempts: readonly Judgement[]): Verdict {
  if (attempts.includes('breached')) return 'breached';
  if (control !== 'breached' || attempts.length === 0 || attempts.includes('unclear')) return 'inconclusive';
  return 'held';
}
