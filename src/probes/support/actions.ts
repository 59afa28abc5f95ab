import type { Facts, Outcome } from '../../core/probing.ts';
import { LAYOUT } from '../../policy/layout.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Attempt, Bench, Place } from '../probe.ts';

export const withoutActions = (policy: Policy): string | undefined =>
  Object.keys(policy.actions).length === 0 ? 'the policy has no actions' : undefined;

export interface ActionTarget {
  readonly place: Place;
  readonly host: string;
  readonly path: '/health' | '/actions';
  /** What the request has that distinguishes it, in words. */
  readonly as: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const HOST = `${LAYOUT.actionsHost}:${LAYOUT.actionsPort}`;

/** A request to the sidecar for actions. It lists; no action runs. */
export async function ask(bench: Bench, target: ActionTarget): Promise<Attempt<Outcome<Facts['http']>>> {
  const { place, host, path, as, headers } = target;
  const site = await bench.at(place);
  const to = { host, port: LAYOUT.actionsPort };
  const connected = await site.perform({ do: 'connect', to, timeoutMs: 5000 });
  const out: Outcome<Facts['http']> = connected.ok
    ? await site.perform({ do: 'http', to, method: 'GET', path, headers: { Host: HOST, ...headers } })
    : connected;
  return { did: `GET ${path} from ${host} by ${place}, ${as}`, out };
}
