import { ToolError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import { applyPlan } from '../host/apply.ts';
import type { Terminal } from '../host/terminal.ts';
import { planGenerated } from './generated.ts';
import { loadPolicy } from './load-policy.ts';
import { planPins } from './pins.ts';
import { findRoot } from './project.ts';
import { showDiff } from './show-diff.ts';

export interface SyncOptions {
  /** Writes nothing; a difference is exit code 1. */
  readonly check: boolean;
  /** Overwrites files that were edited by hand. */
  readonly force: boolean;
  readonly json: boolean;
  /** Asks the registries for the digests of the base images and writes them into the policy. */
  readonly pin: boolean;
}

/** Makes the generated files those of the policy. */
export async function sync(cwd: string, options: SyncOptions, terminal: Terminal): Promise<ExitCode> {
  const root = findRoot(cwd);
  const pins = options.pin ? await planPins(root) : undefined;
  const generated = await planGenerated(root, pins?.policy ?? loadPolicy(root).policy);
  const { edited } = generated;
  const changes = [...(pins?.changes ?? []), ...generated.changes];
  if (!options.check && !options.force) refuseEdited(edited);
  if (options.json) {
    const drift = changes.map(({ change: { kind, path } }) => ({ path, kind, edited: edited.includes(path) }));
    terminal.out(`${JSON.stringify({ schemaVersion: 1, changes: drift, written: !options.check }, null, 2)}\n`);
  } else if (changes.length === 0) {
    terminal.out('Nothing to do: the dev container is what the policy says.\n');
  } else {
    showDiff(changes, terminal);
  }
  if (changes.length === 0) return EXIT.ok;
  const count = `${changes.length} file${changes.length > 1 ? 's' : ''}`;
  if (options.check) {
    if (!options.json) {
      terminal.out(`${count} differ${changes.length > 1 ? '' : 's'} from the policy. Next: cofferdam sync\n`);
      if (edited.length > 0) terminal.out(`Edited by hand: ${edited.join(', ')}\n`);
    }
    return EXIT.findings;
  }
  applyPlan(root, { title: 'sync', changes: changes.map(({ change }) => change) });
  if (!options.json) terminal.out(`Wrote ${count}. A running box takes them up with the next \`cofferdam up\`.\n`);
  return EXIT.ok;
}

/** Files that are not as cofferdam left them are somebody's work. */
export function refuseEdited(edited: readonly string[]): void {
  if (edited.length === 0) return;
  throw new ToolError(
    'edited-file',
    `Not as cofferdam wrote ${edited.length > 1 ? 'them' : 'it'}: ${edited.join(', ')}. Nothing was written.`,
    'cofferdam sync --check shows the difference; cofferdam sync --force writes over it.',
  );
}
