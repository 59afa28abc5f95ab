import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Action, ActionName, Facts, Outcome } from '../core/probing.ts';
import { docker } from '../host/docker.ts';
import { openInContainer, type ProberSession, proberSource } from '../host/engine-session.ts';
import { LABELS } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import type { Bench, ContainerFacts, Place, Site, User } from '../probes/probe.ts';
import { FACTS } from '../probes/support/facts.ts';
import { mountedPaths } from './facts.ts';
import { containerFacts, type Inspected, inspect, inspectAll, inspectNetwork, inspectOne } from './verify-inspect.ts';
import { secondNames } from './verify-names.ts';
import {
  type Ground,
  leftovers,
  makeDatabase,
  makeExposed,
  makeForeign,
  makeForeignNetwork,
  makeImage,
  makeNeighbour,
  makeTwin,
  makeWeak,
  removeAll,
} from './verify-places.ts';
import { below, makeScratch, type ScratchTree, scratchBase } from './verify-scratch.ts';
import { gitFacts, outsideOf } from './worktree-facts.ts';

/** A bench and the way to leave nothing of it behind. */
export interface OpenBench {
  readonly bench: Bench;
  close(): Promise<void>;
}

export interface BenchOptions {
  readonly root: string;
  readonly project: string;
  readonly policy: Policy | undefined;
  /** Id of the agent's running container. */
  readonly agent: string;
}

export const newNonce = (): string => `cfd${randomBytes(8).toString('hex')}`;

const failure = z.object({ ok: z.literal(false), code: z.string(), message: z.string() });
const success = z.object({ ok: z.literal(true), value: z.unknown() });

/** One session as probes see it. Answers that have not the promised shape are no answers. */
export function site(place: Place, session: ProberSession): Site {
  return {
    place,
    async perform<K extends ActionName>(action: { readonly do: K } & Action<K>): Promise<Outcome<Facts[K]>> {
      const answer = await session.perform(action);
      const failed = failure.safeParse(answer);
      if (failed.success) return failed.data;
      const value = FACTS[action.do].safeParse(success.safeParse(answer).data?.value);
      return value.success
        ? { ok: true, value: value.data }
        : { ok: false, code: 'bad-answer', message: 'the prober’s answer has another shape' };
    },
  };
}

/** Makes each thing once, when it is first asked for. */
function once<V>(make: (key: string) => Promise<V>): { get(key: string): Promise<V>; made(): Iterable<Promise<V>> } {
  const made = new Map<string, Promise<V>>();
  return {
    get(key) {
      const known = made.get(key) ?? make(key);
      made.set(key, known);
      return known;
    },
    made: () => made.values(),
  };
}

const ownerOf = (user: string): { uid: number; gid: number } => {
  const [uid, gid] = user.split(':').map(Number);
  return { uid: uid || 1000, gid: gid || uid || 1000 };
};

async function sweep(base: string): Promise<void> {
  for (const nonce of await leftovers()) {
    const pid = Number(await readFile(join(base, nonce, 'pid'), 'utf8').catch(() => ''));
    // Without a process id of ours it is another person's or machine's run on this engine, perhaps a living one.
    if (pid > 0 && !alive(pid)) await removeAll(nonce);
  }
  for (const nonce of await readdir(base).catch(() => [])) {
    const pid = Number(await readFile(join(base, nonce, 'pid'), 'utf8').catch(() => ''));
    if (!alive(pid)) await rm(join(base, nonce), { recursive: true, force: true });
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid > 0;
  } catch {
    return false;
  }
}

export async function openBench(options: BenchOptions): Promise<OpenBench> {
  const base = scratchBase();
  await mkdir(base, { recursive: true });
  await sweep(base);
  const nonce = newNonce();
  const folder = join(base, nonce);
  await mkdir(folder, { mode: 0o755 });
  await writeFile(join(folder, 'pid'), String(process.pid));

  const box = await inspectOne(options.agent);
  const secret = newNonce();
  const ground: Ground = { nonce, secret, root: options.root, box, socket: await engineSocket(options.project) };
  const paths = (await Promise.all(box.Mounts.map(({ Source }) => below(options.root, Source)))).filter(
    (path): path is string => path !== undefined && path !== '',
  );
  const git = gitFacts(options.root);
  const scratches = once<ScratchTree>((name) =>
    makeScratch({
      run: folder,
      name,
      nonce,
      root: options.root,
      paths,
      facts: git,
      outside: outsideOf(options.root).map(({ path }) => path),
      owner: ownerOf(box.Config.User),
    }),
  );
  const network = once(() => makeForeignNetwork(ground));
  const images = once(() => makeImage(ground));
  const databases = once(async () => {
    await network.get('');
    return await makeDatabase(ground);
  });
  const makers: Record<Place, () => Promise<string>> = {
    box: () => Promise.resolve(options.agent),
    editor: () => (options.policy?.topology === 'split' ? sidecar('editor') : Promise.resolve(options.agent)),
    twin: async () => makeTwin(ground, await scratches.get('twin')),
    weak: async () => {
      await network.get('');
      return await makeWeak(ground, await scratches.get('weak'));
    },
    exposed: () => makeExposed(ground),
    foreign: async () => {
      await network.get('');
      return await makeForeign(ground);
    },
    neighbour: async () => makeNeighbour(ground, await wayOut(box)),
    firewall: () => sidecar('firewall'),
    guard: () => sidecar('guard'),
    actions: () => sidecar('actions'),
  };
  const places = once((place) => makers[asPlace(place)]());
  const source = proberSource();
  const sessions = once(async (key) => {
    const [place = '', user = ''] = key.split(' ');
    return openInContainer(await places.get(place), user === 'root' ? '0:0' : undefined, source);
  });

  // Nothing that is looked at changes while a run lasts, and each look is a process.
  const facts = once(async (place) => containerFacts(await inspectOne(await places.get(place))));
  const networks = once(inspectNetwork);
  const project = once(() => projectOf(options.project));

  const sidecar = async (role: string): Promise<string> => {
    const found = (await project.get('')).find((one) => one.role === role && one.running);
    if (!found) throw new Error(`the ${role} is not running`);
    return found.id;
  };

  const bench: Bench = {
    from: 'host',
    spare: () => Promise.reject(new Error('only inside')),
    nonce,
    secret,
    startedAt: Math.floor(Date.now() / 1000),
    now: () => Math.ceil(Date.now() / 1000),
    policy: options.policy,
    git,
    protectedPaths: async () => (options.policy === undefined ? [] : mountedPaths(options.root, options.policy)),
    root: options.root,
    engineSystem: await docker(['info', '--format', '{{.OperatingSystem}}']),
    at: async (place: Place, user: User = 'agent') => site(place, await sessions.get(`${place} ${user}`)),
    async through(place, by, work) {
      const session = openInContainer(await places.get(place), undefined, source, by);
      try {
        return await work(site(place, session));
      } finally {
        await session.close();
      }
    },
    container: (place) => facts.get(place),
    project: () => project.get(''),
    everyone: async () => (await inspectAll()).map(containerFacts),
    network: (id) => networks.get(id),
    image: () => images.get(''),
    database: () => databases.get(''),
    secondNames: async (workspace, names) =>
      workspace === 'box'
        ? await secondNames(options.root, names, await writableBelow(options.root, box))
        : await secondNames((await scratches.get('weak')).folder, names, []),
    scratch: async (place) => {
      await places.get(place);
      return await scratches.get(place);
    },
  };
  return {
    bench,
    async close() {
      for (const session of sessions.made()) await (await session.catch(() => undefined))?.close();
      await Promise.allSettled([...places.made(), ...network.made(), ...images.made(), ...databases.made()]);
      await removeAll(nonce);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function projectOf(name: string): Promise<readonly (ContainerFacts & { readonly role: string })[]> {
  const filter = `label=${LABELS.project}=${name}`;
  const ids = (await docker(['ps', '--all', '--quiet', '--filter', filter])).split('\n').filter(Boolean);
  const role = (one: Inspected): string => one.Config.Labels[LABELS.role] ?? '';
  return (await inspect(ids)).map((one) => ({ ...containerFacts(one), role: role(one) }));
}

/** Paths of the workspace that the box may write although a folder above is read-only: the agents' own data. */
async function writableBelow(root: string, box: Inspected): Promise<readonly string[]> {
  const found = box.Mounts.filter(({ Type, RW }) => Type === 'bind' && RW);
  const paths = await Promise.all(found.map(({ Source }) => below(root, Source)));
  return paths.filter((path): path is string => path !== undefined && path !== '');
}

const PLACES: readonly Place[] = [
  'box',
  'editor',
  'twin',
  'weak',
  'exposed',
  'foreign',
  'neighbour',
  'firewall',
  'guard',
  'actions',
];

function asPlace(text: string): Place {
  const place = PLACES.find((known) => known === text);
  if (place === undefined) throw new Error(`no place ${text}`);
  return place;
}

/** The first network of the box that is not internal. */
async function wayOut(box: Inspected): Promise<string> {
  for (const { id } of containerFacts(box).networks) {
    const { internal, name } = await inspectNetwork(id);
    if (!internal) return name;
  }
  throw new Error('the box is on no network with a way out');
}

/** The socket that the firewall has, or the usual one. */
async function engineSocket(project: string): Promise<string> {
  const filters = [`label=${LABELS.project}=${project}`, `label=${LABELS.role}=firewall`];
  const ids = await docker(['ps', '--all', '--quiet', ...filters.flatMap((filter) => ['--filter', filter])]);
  const found = await inspect(ids.split('\n').filter(Boolean));
  const mount = found.flatMap(({ Mounts }) => Mounts).find(({ Destination }) => Destination === '/var/run/docker.sock');
  return mount?.Source ?? '/var/run/docker.sock';
}
