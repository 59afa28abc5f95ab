import type { Fix } from './fix.ts';
import type { Located, Some, Span } from './span.ts';

/** What an attack is about; src/attacks has a file for most of them. */
type Area =
  | 'DKR' // the container engine
  | 'RUN' // how the container is run
  | 'KRN' // the kernel below it
  | 'CRD' // credentials
  | 'VSC' // the editor
  | 'EXT' // its extensions
  | 'UIX' // what a terminal shows
  | 'TAM' // files that the host runs
  | 'PER' // what outlives the container
  | 'NET' // the network
  | 'PRT' // ports
  | 'SHR' // services that several projects share
  | 'SUP' // packages and images
  | 'RES'; // memory, processes, disk, money

/** `DKR-01`: never given to another attack. */
export type AttackId = `${Area}-${number}`;

/** The harm that a finding means, provided that it is right. */
export type Severity = 'low' | 'medium' | 'high' | 'critical';
/** How sure the rule is. */
export type Confidence = 'low' | 'medium' | 'high';
/** For all readers, or only for those who want `--pedantic`. */
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
  /** What `audit --fix` would do about it. */
  readonly fix?: Fix;
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
