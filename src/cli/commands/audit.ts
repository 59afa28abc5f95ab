import { ToolError } from '../../core/errors.ts';
import type { Severity } from '../../core/finding.ts';
import { defineCommand, type Invocation } from '../command.ts';

const LEVELS = ['low', 'medium', 'high', 'critical'] as const satisfies readonly Severity[];

/** `--only a,b --only c` → a, b, c. A list that is given must not be empty: it would mean all. */
function ids(flag: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  const found = value.flatMap((list) => String(list).split(',')).flatMap((id) => id.trim() || []);
  if (found.length === 0) throw new ToolError('usage', `${flag} names no rule.`, 'cofferdam explain lists all rules.');
  return found;
}

/** `--json --format text` asks for two things. */
function formatOf({ json, format }: Invocation['options']): 'text' | 'json' {
  if (json === true && format === 'text') {
    throw new ToolError('usage', '--json and --format text contradict each other.', 'Leave one of them out.');
  }
  return json === true || format === 'json' ? 'json' : 'text';
}

export default defineCommand({
  name: 'audit',
  summary: 'say what an agent could do with a dev container',
  description: `Reads devcontainer.json, the compose files and Dockerfiles that it names, and says for each line what an attacker gets
from it. Any dev container, not only cofferdam's. Nothing is run, built or downloaded.

Exit code: 0 nothing found; 1 findings of at least --fail-on; 2 the command line or the policy is wrong; 3 nothing found,
but not everything could be checked.`,
  arguments: [
    {
      name: 'path',
      summary: 'folders, or single devcontainer.json or compose files; this folder by default',
      variadic: true,
    },
  ],
  options: [
    { flags: '--format <name>', summary: 'for people or for programs (default: text)', choices: ['text', 'json'] },
    { flags: '--json', summary: 'the same as --format json' },
    {
      flags: '--fail-on <level>',
      summary: 'the least severity that makes the exit code 1',
      choices: LEVELS,
      default: 'low',
    },
    { flags: '--only <ids>', summary: 'check these rules only (a,b)', repeatable: true },
    { flags: '--ignore <ids>', summary: 'leave these rules out (a,b)', repeatable: true },
    { flags: '--pedantic', summary: 'also what is true but seldom worth a change' },
  ],
  examples: [
    ['cofferdam audit', 'the dev containers of this folder'],
    ['cofferdam audit --fail-on high --format json', 'in CI'],
    ['cofferdam audit ../other/.devcontainer/devcontainer.json', 'one configuration'],
    ['cofferdam explain docker-socket-mount', 'what a finding means'],
  ],
  async run({ cwd, arguments: paths, options }, terminal) {
    const { audit } = await import('../../verbs/audit.ts');
    const failOn = LEVELS.find((level) => level === options['failOn']) ?? 'low';
    return audit(
      cwd,
      paths,
      {
        format: formatOf(options),
        failOn,
        only: ids('--only', options['only']),
        ignore: ids('--ignore', options['ignore']),
        pedantic: options['pedantic'] === true,
      },
      terminal,
    );
  },
});
