import type { Verification } from './core/verification.ts';
import type { BoxFile } from './plans/box.ts';
import type { Policy, PolicyFile } from './policy/policy.ts';
import type { AuditReport } from './report/findings.ts';

export type { ErrorCode } from './core/errors.ts';
export { ToolError } from './core/errors.ts';
export type { AttackId, Confidence, Finding, NotChecked, Problem, Severity } from './core/finding.ts';
export type { Located, Position, Span } from './core/span.ts';
export { positionAt } from './core/span.ts';
export type { ProbeResult, Verdict } from './core/verdict.ts';
export type { Residual, Verification, VerificationTarget } from './core/verification.ts';
export type { BoxFile } from './plans/box.ts';
export type { Acceptance, Limits, PackageManager, Policy, PolicyFile, Stack } from './policy/policy.ts';
export type { Accepted, AuditReport, BaselineDifference, Reported, Silenced } from './report/findings.ts';

/** What an audit looks at and for. */
export interface AuditSettings {
  /** Folders, or single devcontainer.json or compose files, seen from the folder; left out: the folder itself. */
  readonly paths?: readonly string[];
  /** Ids of the rules to check; left out or empty: all. */
  readonly only?: readonly string[];
  /** Ids of rules to leave out. */
  readonly ignore?: readonly string[];
  /** Also findings that are true but seldom worth a change. */
  readonly pedantic?: boolean;
  /** `cofferdam-ignore` comments in the files silence nothing. */
  readonly strict?: boolean;
  /** A file of known findings, as `audit --write-baseline` writes it; seen from the folder. */
  readonly baseline?: string;
}

/**
 * Says what an agent could do with the dev containers of a folder. Files are only read; nothing is run or downloaded.
 *
 * Spans are UTF-16 offsets into `report.texts`; `positionAt` makes lines and columns of them. A report is clean only if
 * `findings` *and* `notChecked` are empty; what the audited files silence themselves is in `silenced`.
 *
 * @throws {ToolError} `usage` for a path or rule that does not exist, `policy-…` for a policy that is not valid.
 * @example
 * const { findings, notChecked } = await audit('/home/me/shop', { only: ['privileged'] });
 */
export async function audit(folder: string, settings: AuditSettings = {}): Promise<AuditReport> {
  const { auditPaths } = await import('./verbs/audit.ts');
  return auditPaths(folder, settings.paths ?? [], settings);
}

/**
 * Reads the text of a `.devcontainer/cofferdam.yaml`. `file` is the name that errors give it.
 *
 * @throws {ToolError} `policy-syntax` or `policy-invalid`; its message has the line and column, `at` the offsets.
 */
export async function parsePolicy(text: string, file?: string): Promise<PolicyFile> {
  const { parsePolicy: parse } = await import('./policy/parse.ts');
  return file === undefined ? parse(text) : parse(text, file);
}

/**
 * The files that a policy becomes, relative to the workspace; writes nothing. The same policy gives the same bytes.
 * `git` says whether the workspace is a git repository of its own (`directory`) or none.
 *
 * @example
 * const { policy } = await parsePolicy('version: 1\nstack: debian\nagents: [codex]\n');
 * const files = await boxFiles(policy, { git: 'directory' });
 */
export async function boxFiles(
  policy: Policy,
  workspace: { readonly git: 'directory' | 'none' },
): Promise<readonly BoxFile[]> {
  const [plans, host] = await Promise.all([import('./plans/box.ts'), import('./host/programs.ts')]);
  return plans.boxFiles(policy, workspace, { sidecar: host.program('sidecar'), relay: host.program('relay') });
}

/** What to attack, and how to follow it. */
export interface VerifySettings {
  /** Attack from where this program runs instead of the running box of the folder. */
  readonly here?: boolean;
  /** The probes of editors alone, with one attached right now. */
  readonly liveEditor?: boolean;
  /** Ids of probes; left out or empty: all that need no attached editor. */
  readonly only?: readonly string[];
  /** Stops the attacks and removes what was made for them. */
  readonly signal?: AbortSignal;
  /** Called after each probe. */
  readonly progress?: (done: number, of: number, probe: string) => void;
}

/**
 * Attacks the running box of a folder. Only `held` is good news: `inconclusive` means that the probe's own control did
 * not work, so nothing was shown.
 *
 * @throws {ToolError} `box-not-running`, `engine-unreachable`, `program-missing` … where no attack is possible.
 */
export async function verify(folder: string, settings: VerifySettings = {}): Promise<Verification> {
  const { verify: attack } = await import('./verbs/verify.ts');
  return attack(folder, {
    here: settings.here ?? false,
    liveEditor: settings.liveEditor ?? false,
    only: settings.only ?? [],
    signal: settings.signal ?? new AbortController().signal,
    progress: settings.progress ?? (() => {}),
  });
}
