import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHere, proberSource } from '../host/engine-session.ts';
import { LAYOUT } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import type { Bench, Place, Site } from '../probes/probe.ts';
import { mountedPaths } from './facts.ts';
import { loadPolicy } from './load-policy.ts';
import { findRoot } from './project.ts';
import { newNonce, type OpenBench, site } from './verify-bench.ts';
import { gitFacts } from './worktree-facts.ts';

/** A valid policy above, or in the box's workspace: it says what does not apply, and which paths are protected. */
function policyAbove(cwd: string): { readonly root: string; readonly policy: Policy } | undefined {
  for (const folder of [cwd, LAYOUT.workspace]) {
    try {
      const root = findRoot(folder);
      return { root, policy: loadPolicy(root).policy };
    } catch {
      // None there, or none that can be used: the next place.
    }
  }
  return undefined;
}

/** Paths that an action may make, up to the part that holds the nonce: everything of this run has it in its name. */
function* mayMake(action: object, nonce: string): Generator<string> {
  const fields = new Map<string, unknown>(Object.entries(action));
  // What was renamed is not this run's, whatever it is called now.
  if (fields.get('do') === 'rename') return;
  const server = fields.get('at');
  const socket = typeof server === 'object' && server !== null && 'socket' in server ? server.socket : undefined;
  for (const path of [fields.get('path'), fields.get('to'), socket]) {
    const at = typeof path === 'string' ? path.indexOf(nonce) : -1;
    if (typeof path !== 'string' || at < 0) continue;
    const end = path.indexOf('/', at);
    yield end < 0 ? path : path.slice(0, end);
  }
}

/** Where we stand, and nothing else: no engine, so no other place can be made. */
export function openHereBench(cwd: string): Promise<OpenBench> {
  const source = proberSource();
  const session = openHere(source);
  const here = site('box', session);
  const nonce = newNonce();
  const base = join(tmpdir(), `cofferdam-verify-${nonce}`);
  mkdirSync(base, { mode: 0o700 });
  const made = new Set([base]);
  const watched: Site = {
    place: 'box',
    perform(action) {
      for (const path of mayMake(action, nonce)) made.add(path);
      return here.perform(action);
    },
  };
  const above = policyAbove(cwd);
  const root = above?.root ?? cwd;
  const impossible = (): Promise<never> => Promise.reject(new Error('this needs the engine: run it on the host'));
  const isHere = (place: Place): boolean =>
    place === 'box' || (place === 'editor' && above?.policy.topology !== 'split');
  let spares = 0;
  const bench: Bench = {
    from: 'inside',
    nonce,
    secret: newNonce(),
    startedAt: Math.floor(Date.now() / 1000),
    now: () => Math.ceil(Date.now() / 1000),
    policy: above?.policy,
    git: gitFacts(root),
    protectedPaths: async () => (above ? mountedPaths(root, above.policy) : []),
    root,
    engineSystem: '',
    async spare() {
      const folder = join(base, String(spares++));
      mkdirSync(folder);
      return folder;
    },
    at: (place) => (isHere(place) ? Promise.resolve(watched) : impossible()),
    async through(place, by, work) {
      if (!isHere(place)) return await impossible();
      const started = openHere(source, by);
      try {
        return await work(site('box', started));
      } finally {
        await started.close();
      }
    },
    container: impossible,
    project: () => Promise.resolve([]),
    everyone: impossible,
    network: impossible,
    scratch: impossible,
    secondNames: impossible,
    image: impossible,
    database: impossible,
  };
  return Promise.resolve({
    bench,
    async close() {
      await session.close();
      // Also what an attempt could not take back because it was interrupted.
      for (const path of made) {
        rmSync(path, { recursive: true, force: true });
      }
    },
  });
}
