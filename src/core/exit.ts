/** What the process says when it ends. Documented for users in docs/guide/cli.md; never renumber. */
export const EXIT = {
  /** Checked, and well. */
  ok: 0,
  /** Findings, breaches or drift. */
  findings: 1,
  /** A wrong command line or an invalid policy. */
  usage: 2,
  /** Something was left unchecked: a file did not parse, a probe showed nothing, the engine was silent. */
  incomplete: 3,
  /** A program that is needed is not installed. */
  missing: 4,
  /** A fault of cofferdam itself. */
  bug: 70,
  /** Stopped by Ctrl-C (128 + SIGINT). */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
