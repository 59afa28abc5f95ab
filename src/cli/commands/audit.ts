import { ToolError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit.ts';
import type { Severity } from '../../core/finding.ts';
import type { Terminal } from '../../host/terminal.ts';
import type { AuditFormat } from '../../verbs/audit-formats.ts';
import { defineCommand, type Invocation } from '../command.ts';

const LEVELS = ['low', 'medium', 'high', 'critical'] as const satisfies readonly Severity[];

/** `--only a,b --only c` → a, b, c. A list that is given must not be empty: it would mean all. */
function ids(flag: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  const found = value.flatMap((list) => String(list).split(',')).flatMap((id) => id.trim() || []);
  if (found.length === 0) throw new ToolError('usage', `${flag} names no rule.`, 'cofferdam explain lists all rules.');
  return found;
}

const FORMATS = ['text', 'json', 'sarif', 'junit', 'github'] as const satisfies readonly AuditFormat[];

/** `--json --format text` asks for two things. */
function formatOf({ json, format }: Invocation['options']): AuditFormat {
  const named = FORMATS.find((one) => one === format);
  if (json === true && named !== undefined && named !== 'json') {
    throw new ToolError('usage', `--json and --format ${named} contradict each other.`, 'Leave one of them out.');
  }
  return json === true ? 'json' : (named ?? 'text');
}

async function listed(format: AuditFormat, terminal: Terminal): Promise<ExitCode> {
  if (format !== 'text' && format !== 'json') {
    throw new ToolError('usage', '--list-rules is for people or as JSON.', 'cofferdam audit --list-rules --json');
  }
  const { explain } = await import('../../verbs/explain.ts');
  return explain(undefined, format === 'json', terminal);
}

/** The options about a baseline, which need each other. */
function baselineOf(options: Invocation['options']) {
  const baseline = options['baseline'];
  const writeBaseline = options['writeBaseline'] === true;
  if (writeBaseline && (options['only'] !== undefined || options['ignore'] !== undefined)) {
    throw new ToolError(
      'usage',
      '--write-baseline goes with all rules: with some of them the file would forget the others.',
      'Leave out --only and --ignore.',
    );
  }
  if (typeof baseline === 'string') return { baseline, writeBaseline };
  if (!writeBaseline) return { writeBaseline };
  throw new ToolError(
    'usage',
    '--write-baseline needs the name of the file.',
    'cofferdam audit --baseline .cofferdam-baseline.json --write-baseline',
  );
}

/** `--dry-run` says how to fix, not that. */
function fixOf({ fix, fixUnsafe, dryRun, json, format }: Invocation['options']) {
  const usage = (message: string, hint: string) => new ToolError('usage', message, hint);
  if (fix !== true && fixUnsafe !== true) {
    if (dryRun === true) throw usage('--dry-run shows what --fix would do.', 'cofferdam audit --fix --dry-run');
    return undefined;
  }
  if (dryRun === true && (json === true || (format !== undefined && format !== 'text'))) {
    throw usage('--dry-run prints a diff, in no other format.', 'Leave out --dry-run or the format.');
  }
  return { unsafe: fixUnsafe === true, dryRun: dryRun === true };
}

export default defineCommand({
  name: 'audit',
  summary: 'say what an agent could do with a dev container',
  description: `Reads devcontainer.json, the compose files and Dockerfiles that it names, and says for each line what an attacker gets
from it. Any dev container, not only cofferdam's. Nothing is run, built or downloaded.

Exit code: 0 nothing found; 1 findings of at least --fail-on; 2 the command line or the policy is wrong; 3 nothing found,
but not everything could be checked. Findings that a comment or the baseline silences are listed and do not count.`,
  arguments: [
    {
      name: 'path',
      summary: 'folders, or single devcontainer.json or compose files; this folder by default',
      variadic: true,
    },
  ],
  options: [
    { flags: '--format <name>', summary: 'how to report (default: text)', choices: FORMATS },
    { flags: '--json', summary: 'the same as --format json' },
    {
      flags: '--fail-on <level>',
      summary: 'the least severity that makes the exit code 1',
      choices: LEVELS,
      default: 'low',
    },
    { flags: '--only <ids>', summary: 'check these rules only (a,b)', repeatable: true },
    { flags: '--ignore <ids>', summary: 'leave these rules out (a,b)', repeatable: true },
    { flags: '--fix', summary: 'change the files where the container still builds and starts, then audit' },
    { flags: '--fix-unsafe', summary: 'as --fix, and also what may stop something that is used now' },
    { flags: '--dry-run', summary: 'with --fix: show the changes as a diff and write nothing' },
    { flags: '--pedantic', summary: 'also what is true but seldom worth a change' },
    { flags: '--strict', summary: 'cofferdam-ignore comments in the files silence nothing' },
    { flags: '--baseline <file>', summary: 'findings that this file holds are known, not new' },
    { flags: '--write-baseline', summary: 'make the baseline hold what is found now' },
    { flags: '--output <file>', summary: 'write the report to a file instead of stdout' },
    { flags: '--list-rules', summary: 'list all rules and stop (with --json: everything about them)' },
  ],
  examples: [
    ['cofferdam audit', 'the dev containers of this folder'],
    ['cofferdam audit --fail-on high --format sarif --output audit.sarif', 'in CI, for code scanning'],
    ['cofferdam audit --baseline known.json --write-baseline', 'begin in an old repository'],
    ['cofferdam audit ../other/.devcontainer/devcontainer.json', 'one configuration'],
    ['cofferdam audit --fix --dry-run', 'what --fix would change'],
    ['cofferdam explain docker-socket-mount', 'what a finding means'],
  ],
  async run({ cwd, arguments: paths, options }, terminal) {
    const format = formatOf(options);
    if (options['listRules'] === true) return listed(format, terminal);
    const chosen = {
      ...baselineOf(options),
      format,
      output: typeof options['output'] === 'string' ? options['output'] : undefined,
      failOn: LEVELS.find((level) => level === options['failOn']) ?? 'low',
      only: ids('--only', options['only']),
      ignore: ids('--ignore', options['ignore']),
      pedantic: options['pedantic'] === true,
      strict: options['strict'] === true,
    };
    const fixing = fixOf(options);
    if (fixing) {
      const { auditFix } = await import('../../verbs/audit-fix.ts');
      return auditFix(cwd, paths, { ...chosen, ...fixing }, terminal);
    }
    const { audit } = await import('../../verbs/audit.ts');
    return audit(cwd, paths, chosen, terminal);
  },
});
