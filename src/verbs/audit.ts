import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import type { Finding, NotChecked, Severity } from '../core/finding.ts';
import { nearest, unknownName } from '../core/nearest.ts';
import type { Span } from '../core/span.ts';
import type { Terminal } from '../host/terminal.ts';
import { type ReadOnlyTree, readOnlyTree } from '../host/tree.ts';
import { readWorkspace } from '../model/read.ts';
import type { Workspace } from '../model/workspace.ts';
import { POLICY_PATH, type Policy } from '../policy/policy.ts';
import { type AuditReport, isAtLeast, type Reported, sortFindings } from '../report/findings.ts';
import { relocated } from '../report/relocate.ts';
import { RULES } from '../rules/index.ts';
import type { Rule } from '../rules/rule.ts';
import { type Accepting, acceptedBy, accepts } from './accepted.ts';
import { type AuditFormat, rendered } from './audit-formats.ts';
import { fingerprinted } from './fingerprint.ts';
import { withoutIgnored, withoutKnown } from './silence.ts';

export interface AuditChoice {
  /** Ids of rules; all if left out or empty. */
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
  /** Also findings that are true but seldom worth a change. */
  readonly pedantic?: boolean;
  /** Ignore comments in the audited files silence nothing. */
  readonly strict?: boolean;
  /** A file of known findings. */
  readonly baseline?: string;
}

export interface AuditOptions extends AuditChoice {
  readonly format: AuditFormat;
  /** Makes the baseline hold what is found now. */
  readonly writeBaseline: boolean;
  /** Where the report goes; left out: standard output. */
  readonly output?: string | undefined;
  /** The least severity that makes the exit code 1. */
  readonly failOn: Severity;
}

/** Audits the dev containers of folders, or single configuration files. */
export async function auditPaths(
  cwd: string,
  paths: readonly string[],
  choice: AuditChoice = {},
  look: (root: string) => ReadOnlyTree = readOnlyTree,
): Promise<AuditReport> {
  const rules = chosenRules(choice);
  const baseline = choice.baseline === undefined ? undefined : await knownFindings(cwd, choice.baseline);
  const targets = (paths.length > 0 ? paths : ['.']).map((path) => targetOf(cwd, path));
  const reports: PartialReport[] = [];
  const hiding = new Set<string>();
  for (const target of targets) {
    reports.push(await auditOne(target, rules, choice.pedantic === true, targets.length > 1, hiding, look));
  }
  const all = merge(reports, rules.length, choice.ignore ?? []);
  const checked = (rule: string): boolean => rules.some(({ id }) => id === rule) && !hiding.has(rule);
  const report = choice.strict ? all : withoutIgnored(all, checked);
  const unread = new Set(all.notChecked.map(({ file }) => file));
  return baseline ? withoutKnown(report, baseline, (rule, file) => checked(rule) && !unread.has(file)) : report;
}

async function knownFindings(cwd: string, path: string) {
  const { readBaseline } = await import('./baseline.ts');
  return readBaseline(cwd, path);
}

/** Audits and prints the report. */
export async function audit(
  cwd: string,
  paths: readonly string[],
  options: AuditOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { baseline, output, writeBaseline, ...choice } = options;
  const places = [
    ...(output === undefined ? [] : [output]),
    ...(writeBaseline && baseline !== undefined ? [baseline] : []),
  ];
  if (places.length > 0) {
    const { refuseReportPlace } = await import('./write-report.ts');
    for (const place of places) refuseReportPlace(cwd, place);
  }
  if (writeBaseline && baseline !== undefined) {
    const { baselineText } = await import('./baseline.ts');
    const { writeReport } = await import('./write-report.ts');
    writeReport(cwd, baseline, baselineText((await auditPaths(cwd, paths, choice)).findings));
  }
  const report = await auditPaths(cwd, paths, { ...choice, ...(baseline === undefined ? {} : { baseline }) });
  const exitCode = exitCodeOf(report, options.failOn);
  const rules = chosenRules(options);
  const prefix = prefixFor(options.format, cwd, paths);
  const text = await rendered(
    relocated(report, prefix),
    { ...options, rules, exitCode },
    output === undefined ? terminal : undefined,
  );
  if (output === undefined) terminal.out(text);
  else {
    const { writeReport } = await import('./write-report.ts');
    writeReport(cwd, output, text);
  }
  return exitCode;
}

/** Code scanning and annotations start at the folder that the command runs in, not at the audited one. */
function prefixFor(format: AuditFormat, cwd: string, [path, ...more]: readonly string[]): string {
  if (path === undefined || more.length > 0 || (format !== 'sarif' && format !== 'github')) return '';
  const { label } = targetOf(cwd, path);
  return label === '.' ? '' : `${label}/`;
}

export function exitCodeOf({ findings, notChecked }: AuditReport, failOn: Severity): ExitCode {
  if (findings.some(({ severity }) => isAtLeast(severity, failOn))) return EXIT.findings;
  return notChecked.length > 0 ? EXIT.incomplete : EXIT.ok;
}

/** What one target gives: its findings have no fingerprints yet, because those number what is there several times. */
type PartialReport = Pick<AuditReport, 'notChecked' | 'hidden' | 'configurations' | 'texts'> & {
  readonly findings: readonly Finding[];
  readonly accepted: readonly {
    readonly id: string;
    readonly because: string;
    readonly findings: readonly Finding[];
  }[];
};

export interface Target {
  /** The folder whose paths are shown relative to it. */
  readonly root: string;
  /** Configuration files in it; none: look for them. */
  readonly files: readonly string[];
  /** How the user called it. */
  readonly label: string;
}

export function targetOf(cwd: string, path: string): Target {
  const full = resolve(cwd, path);
  if (!existsSync(full)) {
    throw new ToolError('usage', `There is no ${path}.`, 'Name a folder, a devcontainer.json or a compose file.');
  }
  const label = relative(cwd, full).split(sep).join('/') || '.';
  if (statSync(full).isDirectory()) {
    return basename(full) === '.devcontainer'
      ? { root: dirname(full), files: [], label }
      : { root: full, files: [], label };
  }
  if (!/\.(?:json|jsonc|ya?ml)$/.test(full)) {
    throw new ToolError(
      'usage',
      `${path} is neither a devcontainer.json nor a compose file.`,
      'A Dockerfile is read through the configuration that names it: audit its folder.',
    );
  }
  const match = /^([\s\S]*?)[\\/]\.devcontainer[\\/]/.exec(full);
  const root = match?.[1] ?? dirname(full);
  return {
    root,
    files: [relative(root, full).split(sep).join('/')],
    label: relative(cwd, root).split(sep).join('/') || '.',
  };
}

async function auditOne(
  target: Target,
  rules: readonly Rule[],
  pedantic: boolean,
  prefixed: boolean,
  hiding: Set<string>,
  look: (root: string) => ReadOnlyTree,
): Promise<PartialReport> {
  const tree = look(target.root);
  const { workspace, texts } = await readWorkspace(tree, target.files);
  const boxes = await boxesOf(target.root, workspace);
  const prefix = prefixed && target.label !== '.' ? `${target.label}/` : '';
  const move = (span: Span): Span => (prefix === '' ? span : { ...span, file: prefix + span.file });
  const seen = new Set<string>();
  const findings: Finding[] = [];
  const accepted = new Map<string, PartialReport['accepted'][number]>();
  let hidden = 0;
  const said = ({ at }: Finding): string => texts.get(at.file.slice(prefix.length))?.slice(at.start, at.end) ?? '';
  for (const { part, policy, acceptances } of boxes) {
    const all: Finding[] = [];
    for (const [rule, problem] of rules.flatMap((one) =>
      Array.from(one.check(part, policy), (found) => [one, found] as const),
    )) {
      // Two configurations may share a file: one finding for one place.
      const key = `${rule.id} ${problem.at.file} ${problem.at.start} ${problem.at.end} ${problem.message}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (!pedantic && (problem.persona ?? rule.persona) === 'pedantic') {
        hidden++;
        hiding.add(rule.id);
        continue;
      }
      all.push({
        ...problem,
        at: move(problem.at),
        ...(problem.see ? { see: problem.see.map(({ value, span }) => ({ value, span: move(span) })) } : {}),
        rule: rule.id,
        severity: problem.severity ?? rule.severity,
        attacks: rule.attacks,
      });
    }
    findings.push(
      ...all.filter((finding) => !acceptances.some((acceptance) => accepts(acceptance, finding, said(finding)))),
    );
    for (const acceptance of acceptances) {
      const key = `${acceptance.id} ${acceptance.because}`;
      const before = accepted.get(key)?.findings ?? [];
      const more = all.filter((finding) => accepts(acceptance, finding, said(finding)));
      accepted.set(key, { id: acceptance.id, because: acceptance.because, findings: [...before, ...more] });
    }
  }
  const unread: readonly NotChecked[] = [...workspace.notChecked, ...tree.faults];
  const notChecked = unread.map(
    ({ file, reason, span }): NotChecked => ({ file: prefix + file, reason, ...(span ? { span: move(span) } : {}) }),
  );
  return {
    findings,
    accepted: [...accepted.values()],
    notChecked,
    hidden,
    configurations: workspace.configurations.map(({ file }) => prefix + file),
    texts: prefix === '' ? texts : new Map([...texts].map(([file, text]) => [prefix + file, text])),
  };
}

interface Box {
  /** The dev containers of one folder. */
  readonly part: Workspace;
  readonly policy: Policy | undefined;
  readonly acceptances: readonly Accepting[];
}

/** The dev containers by folder, each with the policy of that folder: what one box accepts, another has not accepted. */
async function boxesOf(root: string, { configurations, notChecked }: Workspace): Promise<readonly Box[]> {
  const boxes: Box[] = [];
  for (const folder of new Set(['.', ...configurations.map((configuration) => configuration.root)])) {
    const own = configurations.filter((configuration) => configuration.root === folder);
    const policy = await policyOf(join(root, folder));
    const part = { configurations: own, containers: own.flatMap(({ containers }) => containers), notChecked };
    boxes.push({ part, policy, acceptances: policy ? acceptedBy(policy) : [] });
  }
  return boxes;
}

/** The policy of the folder, if it has one. One that is not valid is an error: it may accept or demand anything. */
async function policyOf(root: string): Promise<Policy | undefined> {
  if (!existsSync(join(root, POLICY_PATH))) return undefined;
  const { loadPolicy } = await import('./load-policy.ts');
  return loadPolicy(root).policy;
}

export function chosenRules({ only = [], ignore = [] }: AuditChoice): readonly Rule[] {
  const known = RULES.map(({ id }) => id);
  for (const id of [...only, ...ignore]) {
    if (known.includes(id)) continue;
    const near = nearest(id, known);
    throw new ToolError('unknown-id', unknownName('There is no rule', id, near), 'cofferdam explain lists all rules.');
  }
  const chosen = RULES.filter(({ id }) => (only.length === 0 || only.includes(id)) && !ignore.includes(id));
  if (chosen.length === 0) {
    throw new ToolError('usage', 'No rule is left to check.', 'Leave out --only or --ignore.');
  }
  return chosen;
}

function merge(reports: readonly PartialReport[], rules: number, leftOut: readonly string[]): AuditReport {
  const texts = new Map(reports.flatMap(({ texts }) => [...texts]));
  const findings = reports.flatMap(({ findings }) => findings);
  const accepted = reports.flatMap(({ accepted }) => accepted);
  const all = new Set([...findings, ...accepted.flatMap(({ findings }) => findings)]);
  const names = fingerprinted([...all], texts);
  const named = (list: readonly Finding[]): readonly Reported[] => list.flatMap((finding) => names.get(finding) ?? []);
  return {
    findings: sortFindings(named(findings)),
    accepted: accepted.map((one) => ({ ...one, findings: named(one.findings) })),
    silenced: [],
    unusedIgnores: [],
    leftOut: [...new Set(leftOut)],
    notChecked: reports.flatMap(({ notChecked }) => notChecked),
    hidden: reports.reduce((sum, { hidden }) => sum + hidden, 0),
    configurations: reports.flatMap(({ configurations }) => configurations),
    rules,
    texts,
  };
}
