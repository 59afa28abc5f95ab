import type { Decision, Refusal, Upstream } from '../../core/decision.ts';
import type { Control, Extra, Level, Section } from './access.ts';
import type { Rules, Scope } from './scope.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

/** The parameters of a path: `/containers/{id}/logs` → `{ id }`. `{name*}` takes one or more segments (image names). */
export type Params<P extends string> = {
  readonly [Slot in Slots<P> as Slot extends `${infer Name}*` ? Name : Slot]: string;
};
type Slots<P extends string> = P extends `${string}{${infer Slot}}${infer Tail}` ? Slot | Slots<Tail> : never;

export interface Asked<P extends string = string> {
  readonly params: Params<P>;
  readonly query: Readonly<Record<string, string>>;
  /** The bytes of the request’s body, whole; empty unless the endpoint takes one. */
  readonly body: Uint8Array;
}

/** Lists that the firewall asks the engine for before it decides. What is not asked for is empty, so not visible. */
export type Need = 'containers' | 'networks' | 'volumes' | 'images';

/**
 * How the engine's answer becomes ours. Only `bytes` passes contents on, and only where the contents are what the
 * caller may have; everything else is built anew from fields that are named.
 */
export type Reply<P extends string = string> =
  /** No body; `/_ping`. */
  | { readonly kind: 'ping' }
  /** One JSON document. `undefined` or a throw is a 502. */
  | { readonly kind: 'json'; rebuild(answer: unknown, scope: Scope, asked: Asked<P>): unknown }
  /** A JSON list, each entry by itself; `undefined` drops one. At most `most` are shown. */
  | {
      readonly kind: 'list';
      rebuild(entry: unknown, scope: Scope, asked: Asked<P>): unknown;
      most(asked: Asked<P>): number;
    }
  /** JSON documents, one a line, for as long as the engine sends them. `undefined` drops one; a throw ends the stream. */
  | { readonly kind: 'lines'; rebuild(entry: unknown, scope: Scope, asked: Asked<P>): unknown }
  /** The engine's bytes as they are. */
  | { readonly kind: 'bytes' }
  /** The status alone, 2xx or 304; no body passes. */
  | { readonly kind: 'empty' }
  /** Both directions become plain bytes, with or without `Upgrade: tcp` (RFC 9110 section 7.8). */
  | { readonly kind: 'hijack' };

/** Asked of the engine after the decision and before anything is sent; what comes back must satisfy `judge`. */
export interface Check<P extends string = string> {
  readonly path: (upstream: Upstream, asked: Asked<P>) => string;
  readonly judge: (answer: unknown, scope: Scope, asked: Asked<P>) => Refusal | undefined;
}

/** One thing that the firewall lets through. One file each in endpoints/. */
export interface Endpoint<P extends string = string> {
  /** The operation's name in Docker's own API description. */
  readonly id: string;
  readonly method: Method;
  readonly path: P;
  readonly levels: readonly Level[];
  /** The variable of Tecnativa's proxy that opens it there. */
  readonly section: Section;
  /** Not even that variable opens it here: it takes one of ours besides. */
  readonly extra?: Extra;
  /** What it does to a container; opens it for containers that the client did not make, where the settings say so. */
  readonly control?: Control;
  /** Why it may pass at all. */
  readonly why: string;
  readonly needs: readonly Need[] | ((rules: Rules) => readonly Need[]);
  /** Keys with what their values may be. Other keys, repeats and other values: 400. */
  readonly query: Readonly<Record<string, RegExp>>;
  /** Takes a JSON document of at most so many bytes. Without it, a request with a body is refused. */
  readonly body?: { readonly max: number };
  readonly check?: Check<P>;
  readonly reply: Reply<P>;
  /** Headers of the engine's answer that pass, with what their values may be. */
  readonly passes?: Readonly<Record<string, RegExp>>;
  /** The message of a 404, in the engine's own words: a neighbour's thing must look like none. */
  absent?(asked: Asked<P>): string;
  decide(asked: Asked<P>, scope: Scope): Decision;
}

/** Gives `decide` the types of the parameters that `path` names. */
export function defineEndpoint<const P extends string>(endpoint: Endpoint<P>): Endpoint<P> {
  return endpoint;
}

export const send = (path: string, query: Upstream['query'] = {}, body?: string): Decision => ({
  allow: true,
  send: { path, query, ...(body === undefined ? {} : { body }) },
});

export function refuse(status: Refusal['status'], code: string, hint: string): Refusal {
  return { allow: false, status, code, hint };
}
