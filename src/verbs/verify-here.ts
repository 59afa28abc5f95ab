import { openHere, proberSource } from '../host/engine-session.ts';
import type { Policy } from '../policy/policy.ts';
import type { Bench } from '../probes/probe.ts';
import { loadPolicy } from './load-policy.ts';
import { findRoot } from './project.ts';
import { newNonce, type OpenBench, site } from './verify-bench.ts';

/** A policy, if there is a valid one above; what it says is only used to leave out what does not apply. */
function policyAbove(cwd: string): Policy | undefined {
  try {
    return loadPolicy(findRoot(cwd)).policy;
  } catch {
    return undefined;
  }
}

/** Where we stand, and nothing else: no engine, so no other place can be made. */
export function openHereBench(cwd: string): Promise<OpenBench> {
  const session = openHere(proberSource());
  const here = site('box', session);
  const impossible = (): Promise<never> => Promise.reject(new Error('this needs the engine: run it on the host'));
  const bench: Bench = {
    nonce: newNonce(),
    secret: newNonce(),
    startedAt: Math.floor(Date.now() / 1000),
    now: () => Math.ceil(Date.now() / 1000),
    policy: policyAbove(cwd),
    protectedPaths: impossible,
    root: cwd,
    engineSystem: '',
    at: (place) => (place === 'box' ? Promise.resolve(here) : impossible()),
    container: impossible,
    project: () => Promise.resolve([]),
    everyone: impossible,
    network: impossible,
    scratch: impossible,
    image: impossible,
  };
  return Promise.resolve({ bench, close: () => session.close() });
}
