/** The three names of a loopback that the proxy knows; no other host is ever reached through it. */
const TARGET = /^(?:localhost|127\.0\.0\.1|\[::1\]):([1-9][0-9]{3,4})$/;
const ABSOLUTE = /^http:\/\/([^/?#\s\\@]{1,100})([/?][\x21\x22\x24-\x7e]*)?$/;

export interface Target {
  readonly port: number;
  /** As the app is to see it: `localhost:3000`. */
  readonly host: string;
}

/** What a CONNECT asks for (RFC 9112, 3.2.3), if it is one of the forwarded ports. */
export function tunnelTarget(text: string, ports: ReadonlySet<number>): Target | undefined {
  const port = Number(TARGET.exec(text)?.[1]);
  return ports.has(port) ? { port, host: text } : undefined;
}

/** What a request in absolute form asks for (RFC 9112, 3.2.2), and the path that goes on to the app. */
export function requestTarget(
  url: string,
  ports: ReadonlySet<number>,
): (Target & { readonly path: string }) | undefined {
  const [, authority = '', rest = '/'] = ABSOLUTE.exec(url) ?? [];
  const target = tunnelTarget(authority, ports);
  return target && { ...target, path: rest.startsWith('/') ? rest : `/${rest}` };
}

/** Between two neighbours only (RFC 9110, 7.6.1), and what only a proxy may know. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Pairs of names and values, flat, without those that are for the next neighbour alone. */
export function endToEnd(raw: readonly string[]): string[] {
  const pairs = Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at] ?? '', raw[2 * at + 1] ?? ''] as const);
  const named = pairs
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((word) => word.trim().toLowerCase()));
  return pairs.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()) && !named.includes(name.toLowerCase())).flat();
}
