import type { AttackId } from '../core/finding.ts';
import type { Action, ActionName, Facts, Outcome } from '../core/probing.ts';
import type { Some } from '../core/span.ts';
import { concludes, type Judgement, NOT_TRIED, type ProbeResult } from '../core/verdict.ts';
import type { ProtectedPath, WorkspaceFacts } from '../policy/git-paths.ts';
import type { Policy } from '../policy/policy.ts';

/**
 * Containers in which an attempt can be made. `box`: the agent's, running. `editor`: where an editor's server runs, the
 * same one in topology `attached`. `twin`: made like it, on a scratch workspace,
 * for attacks that would change files. `weak`: the same image with the controls off. `exposed`: privileged and in the
 * host's namespaces. `foreign`: of another project, with canaries. `neighbour`: on the box's default network. `firewall`, `guard`, `actions`: the box's sidecars, to
 * look at, never to attack from.
 */
export type Place =
  | 'box'
  | 'editor'
  | 'twin'
  | 'weak'
  | 'exposed'
  | 'foreign'
  | 'neighbour'
  | 'firewall'
  | 'guard'
  | 'actions';
export type User = 'agent' | 'root';

/** One container (or, inside, the place where we stand) seen as one user. */
export interface Site {
  readonly place: Place;
  perform<K extends ActionName>(action: { readonly do: K } & Action<K>): Promise<Outcome<Facts[K]>>;
}

/** A container as the engine describes it. */
export interface ContainerFacts {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly running: boolean;
  /** `none` where no check is defined. */
  readonly health: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly {
    readonly type: string;
    /** Host path, or the name of a volume. */
    readonly source: string;
    readonly target: string;
    readonly writable: boolean;
  }[];
  readonly networkMode: string;
  readonly pidMode: string;
  readonly networks: readonly {
    readonly id: string;
    readonly name: string;
    readonly address: string;
    readonly gateway: string;
  }[];
  readonly published: readonly { readonly hostIp: string; readonly port: string }[];
  readonly logging: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
}

export interface NetworkFacts {
  readonly name: string;
  readonly internal: boolean;
  /** Ids of the containers that are on it. */
  readonly members: readonly string[];
}

/** The workspace's repository. All paths are absolute, and in the box what they are on the host. */
export interface GitFacts {
  readonly kind: WorkspaceFacts['git'];
  /** The main checkout of a worktree. */
  readonly main: string | undefined;
  /** What git on the host follows, and what of it is this worktree's: one folder unless it is a linked worktree. */
  readonly common: string;
  readonly own: string;
  /** Folders of other worktrees of the same main checkout, as far as they are known where we stand. */
  readonly neighbours: readonly string[];
}

/** A disposable copy of the workspace's layout, on the host, that one container has as its workspace. */
export interface Scratch {
  /** What the host reads at a path of the workspace, or of the main checkout; undefined if there is no such file. */
  read(path: string, ofMain?: true): Promise<string | undefined>;
  /** Runs git on the host, as a person would, in the scratch tree; true if something ran there that left the nonce. */
  hostGitFires(): Promise<boolean>;
  /** A script that leaves the nonce on the host if it is run there, and does nothing else. */
  readonly canary: string;
  /** Of a linked worktree: the folder, in the container as on the host, that has the repository as its `.git`. */
  readonly gitBase: string | undefined;
  /** Name of this worktree's folder in the repository. */
  readonly entry: string;
  /** The main checkout of a worktree. */
  readonly main: string | undefined;
  /** Whether the main checkout's branch `other` is another commit than it was; puts it back. */
  otherMoved(): Promise<boolean>;
}

/** What probes are given to work with. Places are made when first asked for. */
export interface Bench {
  /** `inside`: there is no engine; `box` is where we stand, and there is no other place. */
  readonly from: 'host' | 'inside';
  /** A new empty folder of this run where we stand, for what controls plant; only inside. */
  spare(): Promise<string>;
  /** Unique to this run; whoever returns it has been where it was planted. */
  readonly nonce: string;
  /** What the foreign container and image hold; unlike the nonce it is part of no name, so no error message repeats it. */
  readonly secret: string;
  /** Seconds since 1970 at the start of the run. */
  readonly startedAt: number;
  /** Seconds since 1970, rounded up. */
  now(): number;
  readonly policy: Policy | undefined;
  at(place: Place, user?: User): Promise<Site>;
  /** A process of its own that is started by `by` (a shell, setsid …) and lives until `work` is done. */
  through<T>(place: Place, by: readonly string[], work: (site: Site) => Promise<T>): Promise<T>;
  container(place: Place): Promise<ContainerFacts>;
  /** The containers of this project: agent and sidecars. */
  project(): Promise<readonly (ContainerFacts & { readonly role: string })[]>;
  /** Every container of the engine. */
  everyone(): Promise<readonly ContainerFacts[]>;
  network(id: string): Promise<NetworkFacts>;
  scratch(place: 'twin' | 'weak'): Promise<Scratch>;
  /** Name of an image of another project that holds the nonce. */
  image(): Promise<string>;
  /** The superuser's login at a server like the shared one, made for this run, that the weak container reaches. */
  database(): Promise<{
    readonly host: string;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  }>;
  readonly git: GitFacts;
  /** What the policy protects in this workspace, as far as there is one; what is outside of it, by absolute paths. */
  protectedPaths(): Promise<readonly ProtectedPath[]>;
  /**
   * Regular files with more than one name (link(2)) at or below these paths of a workspace, as the host has it; without
   * what the box's own containers may write there. `whole`: all of them were looked at.
   */
  secondNames(
    workspace: 'box' | 'weak',
    paths: readonly string[],
  ): Promise<{ readonly files: number; readonly linked: readonly string[]; readonly whole: boolean }>;
  /** Absolute path of the workspace on the host. */
  readonly root: string;
  /** The engine's operating system, as it names it. */
  readonly engineSystem: string;
}

export interface Judged {
  readonly is: Judgement;
  readonly because: string;
}

/** One attempt's data, and one line that says what was tried. */
export interface Attempt<Out> {
  readonly did: string;
  readonly out: Out;
}

export type ProbeGroup =
  | 'docker'
  | 'runtime'
  | 'credentials'
  | 'editor'
  | 'tampering'
  | 'resources'
  | 'network'
  | 'kernel';

export interface ProbeFacts {
  /** Also the file's name. */
  readonly id: string;
  /** What is so when the attack is stopped. */
  readonly title: string;
  readonly group: ProbeGroup;
  readonly attacks: Some<AttackId>;
  /** Why anybody should care, and why it is tried this way. */
  readonly why: string;
  /** What remains possible when it is held. */
  readonly leaves: string;
  /** Only tried when it is asked for, with an editor attached (`verify --live-editor`). */
  readonly live?: true;
  /** One at a time with others of the same word, because they share files. */
  readonly exclusive?: string;
}

/**
 * One attack. The control goes through the same `attempt` and the same `judge` as the attack, on a target that was put
 * within reach: were it a test of its own, it could fire while the attack is broken.
 */
export interface Probe<Target, Out> extends ProbeFacts {
  /** Why there is nothing to attack, if so; printed. */
  notApplicable?(policy: Policy, bench: Pick<Bench, 'git'>): string | undefined;
  /** The setting that leaves this attack open, if the policy has one: a breach is then residual. */
  residual?(policy: Policy, bench: Pick<Bench, 'git'>): string | undefined;
  /** What the attack aims at, all of it supposed to be safe. An empty list shows nothing, so the probe is inconclusive. */
  targets(bench: Bench): Promise<readonly Target[]>;
  control(bench: Bench): Promise<Target>;
  /**
   * With `verify --here`, where no engine can be asked for weak containers: `no`, it cannot be tried; or a control made
   * on the spot.
   */
  readonly inside: 'no' | ((bench: Bench) => Promise<Target>);
  /** Why there is nothing to attack where we stand, if so; printed. */
  absentInside?(bench: Bench): Promise<string | undefined>;
  attempt(bench: Bench, target: Target): Promise<Attempt<Out>>;
  judge(out: Out, target: Target): Judged;
}

export interface AnyProbe extends ProbeFacts {
  run(bench: Bench): Promise<ProbeResult>;
}

export function defineProbe<Target, Out>(probe: Probe<Target, Out>): AnyProbe & Pick<Probe<Target, Out>, 'judge'> {
  return { ...probe, judge: probe.judge, run: (bench) => runProbe(probe, bench) };
}

interface Tried extends Judged {
  readonly did: string;
}

/** Attempts of one probe that run side by side; those that share files run alone, and one firewall answers them all. */
const AT_ONCE = 6;
const AT_ONCE_DOCKER = 2;

async function runProbe<Target, Out>(probe: Probe<Target, Out>, bench: Bench): Promise<ProbeResult> {
  const result = (verdict: ProbeResult['verdict'], evidence: string, control = { ran: false, detected: false }) => {
    const { id, title, group, attacks } = probe;
    return { id, title, group, attacks, verdict, evidence, control };
  };
  const absent = bench.policy && probe.notApplicable?.(bench.policy, bench);
  if (absent !== undefined) return result('not-applicable', absent);
  const here = bench.from === 'inside' ? probe.inside : undefined;
  if (here === 'no') return result('inconclusive', NOT_TRIED);
  // Where even that cannot be found out the attempts say so.
  const nothing = here && (await probe.absentInside?.(bench).catch(() => undefined));
  if (nothing !== undefined) return result('not-applicable', nothing);

  const one = async (target: Target): Promise<Tried> => {
    const { did, out } = await probe.attempt(bench, target);
    return { did, ...probe.judge(out, target) };
  };
  const guarded = async (what: string, attempt: () => Promise<Tried>): Promise<Tried> => {
    try {
      return await attempt();
    } catch (error) {
      return { did: what, is: 'unclear', because: error instanceof Error ? error.message : String(error) };
    }
  };
  /** On a busy machine an answer may be late: what is unclear is tried once more, what is clear never. */
  const twice = async (what: string, target: Target): Promise<Tried> => {
    const first = await guarded(what, () => one(target));
    return first.is === 'unclear' ? await guarded(what, () => one(target)) : first;
  };
  const control = await guarded('control', async () => twice('control', await (here ?? probe.control)(bench)));
  const tries: Tried[] = [];
  const targets = await guarded('targets', async () => {
    const all = [...(await probe.targets(bench))];
    const atOnce = probe.exclusive !== undefined ? 1 : probe.group === 'docker' ? AT_ONCE_DOCKER : AT_ONCE;
    while (all.length > 0) {
      const some = all.splice(0, atOnce);
      tries.push(...(await Promise.all(some.map((target) => twice('attempt', target)))));
    }
    return { did: 'targets', is: 'held', because: '' };
  });
  if (targets.is !== 'held') tries.push(targets);
  const verdict = concludes(
    control.is,
    tries.map(({ is }) => is),
  );
  const setting = verdict === 'breached' && bench.policy ? probe.residual?.(bench.policy, bench) : undefined;
  const said = evidence(verdict, control, tries);
  return result(setting ? 'residual' : verdict, setting ? `${setting} leaves this open\n${said}` : said, {
    ran: control.did !== 'control',
    detected: control.is === 'breached',
  });
}

const sentence = ({ did, because }: Tried): string => `${did}: ${because}`;

/** What a person needs to believe the verdict: what went wrong, or what was tried and what stopped it. */
function evidence(verdict: string, control: Tried, tries: readonly Tried[]): string {
  const of = (is: Judgement): readonly Tried[] => tries.filter((tried) => tried.is === is);
  if (verdict === 'breached') return of('breached').slice(0, 6).map(sentence).join('\n');
  if (verdict === 'inconclusive') {
    const unclear = of('unclear').slice(0, 4).map(sentence);
    const reasons = control.is === 'breached' ? [] : [`the control did not fire: ${sentence(control)}`];
    if (tries.length === 0) reasons.push('nothing was found to try');
    return [...unclear, ...reasons].join('\n');
  }
  const shown = tries.slice(0, 3).map(sentence);
  if (tries.length > shown.length) shown.push(`and ${tries.length - shown.length} more`);
  return [...shown, `control fired: ${sentence(control)}`].join('\n');
}
