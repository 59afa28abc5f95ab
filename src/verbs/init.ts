import { ToolError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import type { Change } from '../core/plan.ts';
import { printable } from '../core/printable.ts';
import { applyPlan } from '../host/apply.ts';
import { confirm } from '../host/confirm.ts';
import { kindOf, namesIn, readTextFile } from '../host/disk.ts';
import type { Terminal } from '../host/terminal.ts';
import { baseImages } from '../plans/dockerfiles.ts';
import { type Answers, disagreements, firstPolicy } from '../plans/init.ts';
import type { SyncChange, SyncPlan } from '../plans/sync.ts';
import { detectStack } from '../policy/detect.ts';
import { parsePolicy } from '../policy/parse.ts';
import { POLICY_PATH, type Policy } from '../policy/policy.ts';
import { printPolicy } from '../policy/print.ts';
import { hooksInside, refuseLinks, refusePlace, workspaceFacts } from './facts.ts';
import { planGenerated } from './generated.ts';
import { loadPolicy } from './load-policy.ts';
import { askDigests, type Pins } from './pins.ts';
import { refuseUnsealed } from './sealed.ts';
import { showDiff } from './show-diff.ts';
import { refuseEdited } from './sync.ts';

export interface InitOptions extends Answers {
  readonly yes: boolean;
  readonly dryRun: boolean;
  /** A document on stdout instead of a diff; asks nothing, so it needs `yes` or `dryRun`. */
  readonly json: boolean;
  /** cofferdam's own version, for the address of the schema. */
  readonly version: string;
}

/** Writes the policy and everything that it becomes, after showing it. Never overwrites what it did not write. */
export async function init(root: string, options: InitOptions, terminal: Terminal): Promise<ExitCode> {
  if (!options.json) return (await propose(root, options, terminal)).exit;
  if (!options.yes && !options.dryRun) {
    throw new ToolError(
      'usage',
      '--json asks no questions, so it must be said whether to write.',
      'cofferdam init --json --dry-run, or cofferdam init --json --yes',
    );
  }
  const { exit, changes, notes } = await propose(root, options, { ...terminal, out: () => {} });
  const files = changes.map(({ change: { kind, path } }) => ({ path, kind }));
  const document = { schemaVersion: 1, changes: files, notes, written: !options.dryRun };
  terminal.out(`${JSON.stringify(document, null, 2)}\n`);
  return exit;
}

async function propose(
  root: string,
  options: InitOptions,
  terminal: Terminal,
): Promise<Proposal & { readonly exit: ExitCode }> {
  refusePlace(root);
  const proposal = hasPolicy(root) ? await again(root, options) : await first(root, options, terminal);
  const { changes, notes } = proposal;
  const end = (exit: ExitCode) => ({ ...proposal, exit });
  if (changes.length === 0) {
    terminal.out('Nothing to do: the dev container is what the policy says.\n');
    return end(EXIT.ok);
  }
  for (const note of notes) terminal.out(`${printable(note)}\n`);
  showDiff(changes, terminal);
  const count = `${changes.length} file${changes.length > 1 ? 's' : ''}`;
  if (options.dryRun) {
    terminal.out(`Would write ${count}. Nothing was written (--dry-run).\n`);
    return end(EXIT.ok);
  }
  if (!options.yes) {
    if (!terminal.interactive) {
      throw new ToolError(
        'usage',
        'Nothing was written: there is no terminal to ask on.',
        'Read the diff above, then run `cofferdam init --yes` with the same options.',
      );
    }
    if (!(await confirm(`Write ${count}?`))) {
      terminal.out('Nothing was written.\n');
      return end(EXIT.usage);
    }
  }
  applyPlan(root, { title: 'init', changes: changes.map(({ change }) => change) });
  terminal.out(`Wrote ${count}.\nNext: read ${POLICY_PATH}, commit .devcontainer, then run \`cofferdam up\`.\n`);
  return end(EXIT.ok);
}

interface Proposal {
  readonly changes: readonly SyncChange[];
  readonly notes: readonly string[];
}

function hasPolicy(root: string): boolean {
  return kindOf(root, '.devcontainer') === 'folder' && kindOf(root, POLICY_PATH) !== 'absent';
}

/** There is a policy already: it stays as it is, and what it becomes is completed. */
async function again(root: string, answers: Answers): Promise<Proposal> {
  const { policy } = loadPolicy(root);
  const [different] = disagreements(answers, policy);
  if (different !== undefined) {
    throw new ToolError(
      'usage',
      `There is a policy already, ${POLICY_PATH}: ${different}.`,
      `Edit ${POLICY_PATH}, then run \`cofferdam sync\`.`,
    );
  }
  const { changes, edited } = await planGenerated(root, policy);
  refuseEdited(edited);
  return { changes, notes: [] };
}

async function first(root: string, options: InitOptions, terminal: Terminal): Promise<Proposal> {
  const facts = workspaceFacts(root);
  refuseLinks(root, { readOnly: [] }, facts);
  const detected = detectStack(repositoryFiles(root), options.stack);
  const leads = refuseUnsealed(root, { readOnly: [] }, facts);
  const proposed = firstPolicy(options, detected, await hooksInside(root, facts), leads);
  const pins = await askDigests(baseImages(proposed.policy));
  const text = printPolicy({ ...proposed.policy, images: pins.images }, options.version, proposed.remarks);
  const policy = readBack(text);
  const change: Change = { kind: 'write', path: POLICY_PATH, text, mode: 0o644, was: null };
  const generated = await planGenerated(root, policy);
  // The policy first: should the machine stop in the middle, the next run takes it up from there.
  const changes = [{ change, before: undefined }, ...generated.changes];
  refuseForeign(root, generated, changes, terminal);
  return { changes, notes: [...detected.notes, ...unpinned(pins)] };
}

/** What is taken by its tag is said. */
const unpinned = ({ unknown }: Pins): readonly string[] =>
  unknown.length === 0
    ? []
    : [
        `Not pinned, because the registry could not be asked: ${unknown.map(({ image }) => image).join(', ')}. Later: cofferdam sync --pin`,
      ];

/** The only part of a first policy that is not ours is where git runs hooks: it may be where no policy can protect it. */
function readBack(text: string): Policy {
  try {
    return parsePolicy(text).policy;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new ToolError(
      'folder-unsupported',
      `The hooks of this repository cannot be made read-only (core.hooksPath): ${error.message}`,
      'git config core.hooksPath .githooks, and move the hooks there.',
      { cause: error },
    );
  }
}

/** A dev container that somebody else made is shown beside ours, and stays. */
function refuseForeign(root: string, plan: SyncPlan, changes: readonly SyncChange[], terminal: Terminal): void {
  const single = kindOf(root, '.devcontainer.json');
  const names = namesIn(root, '.devcontainer');
  if (single !== 'file' && names.length === 0) return;
  showDiff(changes, terminal);
  const what =
    single === 'file'
      ? '.devcontainer.json is there already'
      : `.devcontainer is there already and has no cofferdam.yaml (it holds ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''})`;
  const same = plan.edited.length > 0 ? ` ${plan.edited.length} of its files would be replaced.` : '';
  const move = single === 'file' ? 'mv .devcontainer.json devcontainer.old.json' : 'mv .devcontainer devcontainer.old';
  throw new ToolError(
    'devcontainer-exists',
    `${what}.${same} Nothing was written; the diff above is what \`init\` would make.`,
    `${move} && cofferdam init, then carry over what you need; or keep it and run \`cofferdam audit\`.`,
  );
}

/** Longer than these files ever are, except lockfiles, of which only the beginning is looked at. */
const MAX_BYTES = 64 * 1024 * 1024;

function repositoryFiles(root: string): Parameters<typeof detectStack>[0] {
  const text = (path: string): string | undefined => readTextFile(root, path, { maxBytes: MAX_BYTES });
  const packageText = text('package.json');
  return {
    packageJson: packageText === undefined ? undefined : parsePackage(packageText),
    nvmrc: text('.nvmrc'),
    nodeVersion: text('.node-version'),
    pnpmLock: text('pnpm-lock.yaml'),
    yarnLock: text('yarn.lock'),
    npmLock: ['package-lock.json', 'npm-shrinkwrap.json'].some((path) => kindOf(root, path) === 'file'),
  };
}

function parsePackage(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new ToolError(
      'file-unreadable',
      `package.json is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      'Mend it, or run `cofferdam init --stack debian`.',
      { cause: error },
    );
  }
}
