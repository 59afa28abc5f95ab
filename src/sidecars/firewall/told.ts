import type { Upstream } from '../../core/decision.ts';
import type { Routed } from './decide.ts';
import { ENDPOINTS } from './endpoints/index.ts';
import { matchPath } from './match.ts';
import { REFUSED } from './refused.ts';

/**
 * What the audit log says about a request: `detail` of the events `allowed`, `refused` and `failed`. Header values,
 * values of the query and bodies have no place in it, because secrets travel there.
 */
export type Told = {
  readonly method?: string;
  /** The template of the table, `/containers/{id}/logs`; of what is in no table, the start of its path. */
  readonly route?: string;
  /** The rule that let it through, or that refused it after it had been found: an endpoint's `id`. */
  readonly endpoint?: string;
  /** What it is about: the engine's id, 12 digits of it, once that is known; before, the caller's word. */
  readonly target?: string;
  /** The rule that refused it: a refusal's `code`. */
  readonly code?: string;
  /** The status of a refusal. */
  readonly status?: number;
  /** From the end of the request's head to the decision, in milliseconds. */
  readonly ms: number;
};

/** The part of it that the head of a request says. It can be kept together with the head. */
export type HeadTold = Pick<Told, 'method' | 'route' | 'endpoint' | 'target'>;

const MAX_PATH = 120;
const MAX_TARGET = 128;
/** Docker’s own short form of an id. */
const SHORT_ID = 12;

export function headTold(method: string, segments: readonly string[], routed: Routed | undefined): HeadTold {
  if (routed) return told(method, routed.endpoint.path, routed.asked.params, routed.endpoint.id);
  const { path, params } = refusedRow(method, segments) ?? { path: start(segments), params: {} };
  return told(method, path, params);
}

/** For each head where it went the last time: names seldom change what they stand for. */
const sent = new WeakMap<HeadTold, { readonly path: string; readonly told: HeadTold }>();

/** The same with the id under which the engine will be asked: a name can belong to another one tomorrow. */
export function sentTold(head: HeadTold, { path }: Upstream): HeadTold {
  if (head.target === undefined || head.route === undefined) return head;
  const before = sent.get(head);
  if (before?.path === path) return before.told;
  const target = targetOf(matchPath(head.route, path.slice(1).split('/')) ?? {});
  const now = { path, told: target === undefined ? head : { ...head, target } };
  sent.set(head, now);
  return now.told;
}

/** `since` as `performance.now()` gave it. Microseconds are all that the clock is good for. */
export const elapsed = (since: number): number => Math.round((performance.now() - since) * 1_000) / 1_000;

function told(method: string, route: string, params: Readonly<Record<string, string>>, endpoint?: string): HeadTold {
  const target = targetOf(params);
  return {
    method,
    route,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(target === undefined ? {} : { target }),
  };
}

function targetOf(params: Readonly<Record<string, string>>): string | undefined {
  const [name] = Object.values(params);
  return name?.replace(/^(?:sha256:)?([0-9a-f]{64})$/, (_, id: string) => id.slice(0, SHORT_ID)).slice(0, MAX_TARGET);
}

const ROWS = [
  ...REFUSED.map(({ methods, path }) => ({ methods, path })),
  ...ENDPOINTS.map(({ method, path }) => ({ methods: [method], path })),
];

/** The row that knows the path, best with this method. */
function refusedRow(method: string, segments: readonly string[]) {
  let near: { readonly path: string; readonly params: Readonly<Record<string, string>> } | undefined;
  for (const { methods, path } of ROWS) {
    const params = matchPath(path, segments);
    if (params === undefined) continue;
    if (methods.some((known) => known === method)) return { path, params };
    near ??= { path, params };
  }
  return near;
}

/** Each segment was checked to be plain ASCII when the head was read. */
const start = (segments: readonly string[]): string => `/${segments.join('/')}`.slice(0, MAX_PATH);
