import type { ExitCode } from '../core/exit.ts';
import { printable } from '../core/printable.ts';
import type { Terminal } from '../host/terminal.ts';
import { wrap } from '../report/frame.ts';
import { RULES } from '../rules/index.ts';
import { type AuditChoice, type AuditOptions, audit, auditPaths, chosenRules, exitCodeOf, targetOf } from './audit.ts';
import { FixFiles } from './fix-files.ts';
import { type Fixed, fixAll } from './fix-loop.ts';

export interface FixOptions {
  /** Also what may stop something from working. */
  readonly unsafe: boolean;
  /** Shows the changes as a diff and writes nothing. */
  readonly dryRun: boolean;
}

/** Fixes what can be fixed, then audits again and reports what is left. */
export async function auditFix(
  cwd: string,
  paths: readonly string[],
  options: AuditOptions & FixOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const named = paths.length > 0 ? paths : ['.'];
  const files = new FixFiles(named.map((path) => targetOf(cwd, path).root));
  const results: Fixed[] = [];
  for (const path of named) results.push(await fixTarget(cwd, path, options, files));
  const changes = files.changes();
  const say = (text: string): void =>
    options.format === 'text' && !options.dryRun ? terminal.out(text) : terminal.err(text);
  if (options.dryRun) {
    if (changes.length > 0) {
      const { showDiff } = await import('./show-diff.ts');
      showDiff(changes, terminal);
    }
    say(summary(results, 'Would fix', terminal.width));
    return exitCodeOf(await auditPaths(cwd, paths, options), options.failOn);
  }
  files.write();
  say(`${summary(results, 'Fixed', terminal.width)}\n`);
  return audit(cwd, paths, options, terminal);
}

/** One audited folder or file. */
async function fixTarget(
  cwd: string,
  path: string,
  options: AuditChoice & FixOptions,
  files: FixFiles,
): Promise<Fixed> {
  const { root } = targetOf(cwd, path);
  const byName = (texts: ReadonlyMap<string, string>) =>
    new Map([...texts].map(([file, text]) => [files.name(root, file), text]));
  // A new finding of any rule counts against a fix, whatever the user wants to see.
  const choice = { ...options, only: [], ignore: [], pedantic: true };
  const chosen = new Set(chosenRules(options).map(({ id }) => id));
  return fixAll({
    look: (trial) => auditPaths(cwd, [path], choice, () => files.look(root, byName(trial))),
    editable: (file, audited) => files.editable(root, file, audited),
    commit: (texts) => files.commit(byName(texts)),
    wanted: ({ rule, persona }) =>
      chosen.has(rule) && (options.pedantic === true || (persona ?? personaOf(rule)) !== 'pedantic'),
    unsafe: options.unsafe,
  });
}

const personaOf = (id: string) => RULES.find((rule) => rule.id === id)?.persona;

function summary(results: readonly Fixed[], verb: string, columns: number): string {
  const width = Math.min(Math.max(columns, 40), 80);
  const outcomes = results.flatMap((result) => result.outcomes);
  const item = (text: string): string => `  ${wrap(printable(text), width - 2, '    ')}`;
  const fixed = outcomes.filter(({ refused }) => refused === undefined);
  const left = outcomes.filter(({ refused }) => refused !== undefined);
  const unsafe = results.reduce((sum, result) => sum + result.unsafe, 0);
  const lines = [
    fixed.length === 0 ? 'Nothing to fix.' : `${verb}:`,
    ...fixed.map(({ place, rule, does }) => item(`${place} ${rule}: ${does}`)),
    ...(left.length > 0 ? ['Left as it is:'] : []),
    ...left.map(({ place, rule, refused = '' }) => item(`${place} ${rule}: ${refused}.`)),
    ...(unsafe > 0
      ? [wrap(`${unsafe} more with --fix-unsafe: something that is used now may stop working.`, width)]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}
