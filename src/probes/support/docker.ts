import type { Endpoint, Facts, Outcome } from '../../core/probing.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Attempt, Bench } from '../probe.ts';
import { need, short } from './judge.ts';

/** Where the weak container has the engine's real socket. */
const SOCKET = '/var/run/docker.sock';

export const withoutDocker = (policy: Policy): string | undefined =>
  policy.docker === 'none' ? 'the policy gives the box no Docker access (docker: none)' : undefined;

/** A request to the engine as a program in one of two places would send it: through what it was given. */
export interface ApiTarget {
  readonly from: 'box' | 'weak';
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** It aims at something that exists and is not the box's to change. */
  readonly exists?: boolean;
  /** Instead of what the place was given: a canary engine of this run, which answers what it does not know with 404. */
  readonly socket?: string;
}

/**
 * With `docker: sandboxed` the firewall says of a name that nobody has what the engine says: such an answer tells nothing.
 * What is aimed at has to exist then.
 */
export const isSandboxed = ({ policy }: Bench): boolean => policy?.docker === 'sandboxed';

/** Why nobody where we stand could ask an engine; what answers on sockets is for engine-sockets to find. */
export async function withoutEngine(bench: Bench): Promise<string | undefined> {
  const { environment } = need(await (await bench.at('box')).perform({ do: 'status' }), 'status');
  return environment.DOCKER_HOST === null ? 'no engine is named here: DOCKER_HOST is not set' : undefined;
}

/** The same request to a canary engine of this run. */
export async function toCanary(bench: Bench, target: ApiTarget): Promise<ApiTarget> {
  const socket = `${await bench.spare()}/engine.sock`;
  need(await (await bench.at('box')).perform({ do: 'serve', at: { socket }, as: 'engine' }), 'canary engine');
  return { ...target, socket };
}

/** The engine as the box is told to reach it; in the weak container, the engine itself. */
export async function engineAt(bench: Bench, from: 'box' | 'weak'): Promise<Endpoint> {
  if (from === 'weak') return { socket: SOCKET };
  const { environment } = need(await (await bench.at('box')).perform({ do: 'status' }), 'status');
  const address = environment.DOCKER_HOST ?? '';
  const tcp = /^(?:tcp|http):\/\/([^:/]+):(\d+)\/?$/.exec(address);
  const unix = /^unix:\/\/(\/.+)$/.exec(address);
  if (tcp?.[1] !== undefined) return { host: tcp[1], port: Number(tcp[2]) };
  if (unix?.[1] !== undefined) return { socket: unix[1] };
  throw new Error(`DOCKER_HOST is ${address === '' ? 'not set' : address}`);
}

/** The weak container's user must be one that may use the socket. */
export const userFor = (from: 'box' | 'weak'): 'agent' | 'root' => (from === 'weak' ? 'root' : 'agent');

export async function callApi(bench: Bench, target: ApiTarget): Promise<Attempt<Outcome<Facts['http']>>> {
  const site = await bench.at(target.from, userFor(target.from));
  const body = target.body;
  const out = await site.perform({
    do: 'http',
    to: target.socket === undefined ? await engineAt(bench, target.from) : { socket: target.socket },
    method: target.method,
    path: target.path,
    headers: {
      ...(body === undefined
        ? {}
        : { 'Content-Type': 'application/json', 'Content-Length': String(new TextEncoder().encode(body).length) }),
      ...target.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const path = target.path.replace(/[0-9a-f]{64}/g, (id) => id.slice(0, 12));
  return { did: `${target.method} ${short(path, 70)}`, out };
}

export const json = (value: unknown): string => JSON.stringify(value);
