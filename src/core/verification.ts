import type { ProbeResult, Verdict } from './verdict.ts';

/** A risk that remains, and where it comes from. */
export interface Residual {
  /** `accepted`: by the policy's author; `setting`: follows from a setting; `design`: of every box; `open`: nothing tries it. */
  readonly kind: 'accepted' | 'setting' | 'design' | 'open';
  /** IDs of attacks, separated by commas, or the name of a rule, probe or setting. */
  readonly about: string;
  readonly because: string;
}

export interface VerificationTarget {
  readonly kind: 'box' | 'here';
  /** The container's name, or where the checks stood. */
  readonly name: string;
  readonly project: string | null;
  readonly image: string | null;
}

/** Everything that one run of `verify` says. */
export interface Verification {
  readonly target: VerificationTarget;
  readonly probes: readonly ProbeResult[];
  readonly residual: readonly Residual[];
  readonly summary: {
    readonly probes: Readonly<Record<Verdict, number>>;
    /** By the worst verdict of the probes that try it; `open`: no probe tries it. */
    readonly attacks: Readonly<Record<Verdict | 'open', number>>;
    readonly seconds: number;
  };
}

export const VERDICTS: readonly Verdict[] = ['breached', 'inconclusive', 'residual', 'held', 'not-applicable'];
