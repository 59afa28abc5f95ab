import { ToolError } from '../core/errors.ts';
import { nearest, unknownName } from '../core/nearest.ts';
import type { ProbeResult } from '../core/verdict.ts';
import type { Verification, VerificationTarget } from '../core/verification.ts';
import { PROBES } from '../probes/index.ts';
import type { AnyProbe, Bench } from '../probes/probe.ts';
import { agentContainer } from './containers.ts';
import { loadPolicy } from './load-policy.ts';
import { findProject } from './project.ts';
import { type OpenBench, openBench } from './verify-bench.ts';
import { openHereBench } from './verify-here.ts';
import { attackVerdicts, residual } from './verify-residual.ts';

export interface VerifyOptions {
  /** Where we stand, instead of the running box. */
  readonly here: boolean;
  /** The probes of editors alone, and those that need one attached. */
  readonly liveEditor: boolean;
  /** Ids of probes; all if empty. */
  readonly only: readonly string[];
  readonly signal: AbortSignal;
  readonly progress: (done: number, of: number, probe: string) => void;
}

/** Attacks at once: most of the time goes by in waiting for containers. */
const AT_ONCE = 10;

/** The probes of these ids, in the order of the list of all; without ids all but those that need an attached editor. */
export function chooseProbes(only: readonly string[], liveEditor: boolean): readonly AnyProbe[] {
  const known = PROBES.map(({ id }) => id);
  for (const id of only) {
    if (known.includes(id)) continue;
    const near = nearest(id, known);
    throw new ToolError('unknown-id', unknownName('There is no probe', id, near), 'docs/probes lists all probes.');
  }
  if (only.length > 0) return PROBES.filter(({ id }) => only.includes(id));
  return PROBES.filter(({ group, live }) => (liveEditor ? group === 'editor' : live !== true));
}

/** Attacks the running box of the folder, or the place where we stand, and removes everything it made for that. */
export async function verify(cwd: string, options: VerifyOptions): Promise<Verification> {
  const probes = chooseProbes(options.only, options.liveEditor);
  const started = Date.now();
  const { open, target } = options.here ? await here(cwd) : await box(cwd);
  try {
    const results = await runProbes(probes, open.bench, options);
    return summarise(target, open.bench, results, started);
  } finally {
    await open.close();
  }
}

interface Opened {
  readonly open: OpenBench;
  readonly target: VerificationTarget;
}

async function box(cwd: string): Promise<Opened> {
  const { root, name } = findProject(cwd);
  const { policy } = loadPolicy(root);
  const agent = await agentContainer(name);
  const open = await openBench({ root, project: name, policy, agent: agent.id });
  const { image } = await open.bench.container('box');
  return { open, target: { kind: 'box', name: agent.name, project: name, image } };
}

async function here(cwd: string): Promise<Opened> {
  const open = await openHereBench(cwd);
  return { open, target: { kind: 'here', name: 'where this program runs', project: null, image: null } };
}

export async function runProbes(
  probes: readonly AnyProbe[],
  bench: Bench,
  { signal, progress }: Pick<VerifyOptions, 'signal' | 'progress'>,
): Promise<readonly ProbeResult[]> {
  const results = new Map<string, ProbeResult>();
  // Those that wait for one another start first.
  const waiting = [...probes].sort((a, b) => Number(b.exclusive !== undefined) - Number(a.exclusive !== undefined));
  const busy = new Set<string>();
  const work = async (): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const at = waiting.findIndex(({ exclusive }) => exclusive === undefined || !busy.has(exclusive));
      const [probe] = at < 0 ? [] : waiting.splice(at, 1);
      // What is left shares files with one that runs; whoever runs it takes up the rest.
      if (!probe) return;
      if (probe.exclusive !== undefined) busy.add(probe.exclusive);
      results.set(probe.id, await probe.run(bench));
      if (probe.exclusive !== undefined) busy.delete(probe.exclusive);
      progress(results.size, probes.length, probe.id);
    }
  };
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {
    // Only whoever waits for it below needs to hear of it.
  });
  await Promise.race([Promise.all(Array.from({ length: AT_ONCE }, work)), aborted]);
  return probes.flatMap(({ id }) => results.get(id) ?? []);
}

function summarise(
  target: VerificationTarget,
  bench: Bench,
  probes: readonly ProbeResult[],
  started: number,
): Verification {
  const counts = { breached: 0, inconclusive: 0, residual: 0, held: 0, 'not-applicable': 0 };
  for (const { verdict } of probes) counts[verdict]++;
  return {
    target,
    probes,
    residual: residual(bench.policy),
    summary: { probes: counts, attacks: attackVerdicts(probes), seconds: (Date.now() - started) / 1000 },
  };
}
