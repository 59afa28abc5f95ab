/** What goes on to the engine: put together anew from values that were checked, so that no byte of the caller’s request does. */
export interface Upstream {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** JSON text from our own serialiser, never the caller’s. */
  readonly body?: string;
}

export interface Refusal {
  readonly allow: false;
  readonly status: 400 | 403 | 404 | 405 | 409 | 413 | 431 | 500 | 502 | 503;
  /** A short, stable name of the reason: `write`, `unknown-endpoint`, `not-in-scope`. */
  readonly code: string;
  /** One sentence for the person who reads the docker CLI's output. */
  readonly hint: string;
}

export type Decision = { readonly allow: true; readonly send: Upstream } | Refusal;

/** `previous` of the first line after a start. */
export const CHAIN_START: string = '0'.repeat(64);

/** Those that keep an audit log, by the name that they give in it. */
const SIDECARS = ['docker-firewall', 'guard', 'actions', 'forward'] as const;

export const isSidecar = (name: unknown): name is AuditEntry['sidecar'] => SIDECARS.some((one) => one === name);

/** One line of the audit log. `previous` is the SHA-256 of the line before, so that a removed line shows. */
export interface AuditEntry {
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly sidecar: (typeof SIDECARS)[number];
  readonly event: string;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
  readonly previous: string;
}
