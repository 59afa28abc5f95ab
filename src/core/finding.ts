import type { Located, Some, Span } from './span.ts';

export type AttackId =
  `${'DKR' | 'RUN' | 'CRD' | 'VSC' | 'TAM' | 'NET' | 'SUP' | 'SHR' | 'PER' | 'RES' | 'KRN' | 'PRT' | 'UIX' | 'EXT'}-${number}`;

/** How bad it is, if it is true. */
export type Severity = 'low' | 'medium' | 'high' | 'critical';
/** How likely it is to be true. */
export type Confidence = 'low' | 'medium' | 'high';
/** Who wants to read it: everybody, or those who ask for `--pedantic`. */
export type Persona = 'regular' | 'pedantic';

/** What a rule says about one place. The sentence names what was found, never a secret's value. */
export interface Problem {
  readonly at: Span;
  readonly message: string;
  readonly confidence: Confidence;
  /** Where this case differs from the rule's own. */
  readonly severity?: Severity;
  readonly persona?: Persona;
  /** The marked text holds a secret: reports show its place, not its value. */
  readonly secret?: true;
  /** Other places that belong to the same fact, each with its own sentence. */
  readonly see?: readonly Located<string>[];
}

/** A problem together with the rule that found it. */
export interface Finding extends Problem {
  readonly rule: string;
  readonly severity: Severity;
  readonly attacks: Some<AttackId>;
}

/** Something that could not be looked at. It is printed and makes the exit code 3; it never counts as clean. */
export interface NotChecked {
  readonly file: string;
  readonly reason: string;
  readonly span?: Span;
}

export const SEVERITIES: Some<Severity> = ['low', 'medium', 'high', 'critical'];
