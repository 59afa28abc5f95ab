import { ToolError } from '../core/errors.ts';
import { devcontainerCli } from '../host/devcontainer-cli.ts';
import { docker, tryDocker } from '../host/docker.ts';
import { type RunResult, run } from '../host/run.ts';
import { editorService, MEMORY_VOLUMES } from '../policy/layout.ts';
import { type BoxContainer, boxContainers, boxNetworks, removeNetworks, withWorkspace } from './containers.ts';
import { planGenerated } from './generated.ts';
import { loadPolicy } from './load-policy.ts';
import { findProject, findRoot } from './project.ts';
import { revive } from './revive.ts';
import { servicesFault } from './services-script.ts';
import { unprotectedPaths } from './status.ts';

export interface UpOptions {
  /** Builds the image again even if nothing seems to have changed, and makes the containers anew. */
  readonly rebuild: boolean;
  /** Called with one line for each step that is worth showing. */
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface UpResult {
  readonly project: string;
  readonly containers: readonly BoxContainer[];
  /** What did not work although the box is up. */
  readonly warnings: readonly string[];
}

/**
 * Makes and starts the box of the folder by the devcontainer CLI, as an editor would, and waits until every container
 * is healthy. If that fails or is interrupted, what was not running before is stopped, and what was not there is removed.
 */
export async function up(cwd: string, options: UpOptions): Promise<UpResult> {
  const root = findRoot(cwd);
  await refuseDrift(root);
  const cli = devcontainerCli();
  if (!cli) {
    throw new ToolError(
      'program-missing',
      'The devcontainer CLI is not installed.',
      'npm install --global @devcontainers/cli',
    );
  }
  await docker(['version', '--format', '{{.Server.Version}}']);
  // Also run by the CLI below; run here first, because the project's name comes from it.
  await initialize(root, options);
  const { name, config } = findProject(root);
  const before = await boxContainers(name);
  try {
    // The CLI takes an existing container as it is, even if the files that it came from have changed.
    const outdated = before.some((container) => container.config !== config);
    if (outdated) await clear(name, before);
    else await revive(before, editorService(loadPolicy(root).policy), options);
    const rebuild = options.rebuild ? ['--remove-existing-container', '--build-no-cache'] : [];
    const warnings: string[] = [];
    const result = await run([...cli, 'up', '--workspace-folder', root, ...rebuild], {
      signal: options.signal,
      onOutput: lines((line) => {
        const warning = INSTALL_FAILED.exec(line)?.[1];
        if (warning !== undefined) warnings.push(warning);
        const step = interesting(line);
        if (step !== undefined) options.progress(step);
      }),
    });
    options.signal.throwIfAborted();
    judge(result);
    const containers = await boxContainers(name);
    await restoreMounts(root, containers);
    const unwell = containers.filter(({ state, health }) => state !== 'running' || health === 'unhealthy');
    if (unwell.length > 0 || containers.length === 0) {
      const which =
        unwell.map((one) => `${one.name} is ${one.health || one.state}`).join(', ') || 'no container carries our label';
      throw new ToolError('up-failed', `Not everything came up: ${which}.`, `docker logs ${unwell[0]?.name ?? name}`);
    }
    return { project: name, containers, warnings };
  } catch (error) {
    await undo(name, before);
    throw error;
  }
}

/**
 * Removes containers that were made from other files, and the volumes that are memory and belong to nobody but them. compose
 * would ask whether to make a volume anew whose settings have changed, on an input that nobody sees (measured: it waits).
 */
async function clear(project: string, outdated: readonly BoxContainer[]): Promise<void> {
  await docker(['rm', '--force', '--volumes', ...outdated.map(({ id }) => id)]);
  await tryDocker(['volume', 'rm', '--force', ...MEMORY_VOLUMES.map((name) => `${project}_${name}`)]);
}

/** A protected path whose mount the host has lifted gets it back when the container starts again. */
async function restoreMounts(root: string, containers: readonly BoxContainer[]): Promise<void> {
  for (const { id } of withWorkspace(containers)) {
    if ((await unprotectedPaths(root, id)).length === 0) continue;
    await docker(['restart', id]);
    const lost = await unprotectedPaths(root, id);
    if (lost.length > 0) {
      throw new ToolError(
        'up-failed',
        `Not read-only in the box: ${lost.join(', ')}.`,
        'cofferdam down && cofferdam up',
      );
    }
  }
}

async function initialize(root: string, { progress, signal }: UpOptions): Promise<void> {
  const shared = loadPolicy(root).policy.shared !== undefined;
  const result = await run(['sh', '.devcontainer/initialize.sh'], {
    cwd: root,
    signal,
    // The images of shared services are pulled here, which takes as long as it takes.
    ...(shared ? {} : { timeoutMs: 120_000 }),
    onOutput: lines((line) => {
      if (/^cofferdam: pulling /.test(line)) progress(line.replace('cofferdam: ', ''));
    }),
  });
  signal.throwIfAborted();
  if (result.exit === 0) return;
  throw (
    servicesFault(result.stderr) ??
    new ToolError(
      'folder-unsupported',
      result.stderr.replace(/^cofferdam: /gm, '').trim() || 'initialize.sh failed.',
      'Mend what it names, then run `cofferdam up` again.',
    )
  );
}

/** The files must be what the policy says, or the box would not be what the reports say. */
async function refuseDrift(root: string): Promise<void> {
  const { changes } = await planGenerated(root, loadPolicy(root).policy);
  if (changes.length === 0) return;
  const paths = changes.map(({ change }) => change.path).join(', ');
  throw new ToolError(
    'drift',
    `Not what the policy says: ${paths}.`,
    'cofferdam sync --check shows the difference; cofferdam sync mends it.',
  );
}

/** The CLI's last line of standard output is its outcome as JSON. */
function judge(result: RunResult): void {
  const last = result.stdout.trim().split('\n').at(-1) ?? '';
  let outcome: unknown;
  try {
    outcome = JSON.parse(last);
  } catch {
    outcome = undefined;
  }
  const says = (key: string): string => {
    const value: unknown = typeof outcome === 'object' && outcome !== null ? Reflect.get(outcome, key) : undefined;
    return typeof value === 'string' ? value : '';
  };
  if (result.exit === 0 && says('outcome') === 'success') return;
  const log = result.stderr
    .trim()
    .split('\n')
    .filter((line) => !/^\s+at /.test(line)) // the CLI's own stack traces help nobody here
    .slice(-15)
    .join('\n');
  const what = says('description') || says('message') || 'the devcontainer CLI failed';
  throw new ToolError('up-failed', `${what}\n${log}`, 'Read the lines above; `cofferdam doctor` checks the engine.');
}

/** Puts the engine back to what it held of this project before. */
async function undo(project: string, before: readonly BoxContainer[]): Promise<void> {
  const was = new Map(before.map(({ id, state }) => [id, state]));
  const now = await boxContainers(project);
  const made = now.filter(({ id }) => !was.has(id)).map(({ id }) => id);
  const started = now
    .filter(({ id, state }) => state === 'running' && was.has(id) && was.get(id) !== 'running')
    .map(({ id }) => id);
  if (made.length > 0) await tryDocker(['rm', '--force', '--volumes', ...made]);
  if (started.length > 0) await tryDocker(['stop', ...started]);
  if (before.length === 0) {
    await removeNetworks(await boxNetworks(project)).catch(() => {
      // What failed before is what the user has to hear of.
    });
  }
}

/** What the box's install script says when it failed; the box is up all the same. A package that prints it gains nothing. */
const INSTALL_FAILED = /^(?:\[[^\]]*Z\] )?cofferdam: (not installed: .*)$/;

/** Build steps, starts and health: what a person waits for. The rest is kept for the error. */
function interesting(line: string): string | undefined {
  const text = line.replace(/^\[[^\]]*Z\] /, '').trim();
  const step = /^#\d+ \[(?<stage>[^\]]+)\] (?<what>(?:RUN|COPY|FROM|ADD) .*)$/.exec(text)?.groups;
  if (step)
    return `${step['stage']?.replace('dev_container_auto_added_stage_label', '').replace(/\s+/g, ' ').trim()}: ${step['what']}`;
  if (/^Container \S+ +(?:Started|Healthy|Created)$/.test(text)) return text.replace(/ +/g, ' ');
  if (/^Running the \w+Command /.test(text)) return text;
  return undefined;
}

/** Turns chunks into lines, each stream by itself. */
function lines(each: (line: string) => void): (stream: 'stdout' | 'stderr', text: string) => void {
  const rest = { stdout: '', stderr: '' };
  return (stream, text) => {
    const parts = (rest[stream] + text).split(/\r?\n|\r/);
    rest[stream] = parts.pop() ?? '';
    for (const part of parts) each(part);
  };
}
