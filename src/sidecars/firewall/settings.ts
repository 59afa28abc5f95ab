import { posix } from 'node:path';
import type { ToolError } from '../../core/errors.ts';
import type { Some } from '../../core/span.ts';
import { LAYOUT } from '../../policy/layout.ts';
import { type Access, accessOf, type Level } from './access.ts';
import type { SandboxSettings } from './sandbox.ts';
import type { Visible } from './scope.ts';
import { agreed, doubt, type Environment, type Given, readGiven } from './settings-given.ts';
import { parseSandbox, refuseSandbox } from './settings-sandbox.ts';

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export interface Settings {
  /** At least one; the first is the one that health checks use. */
  readonly listen: Some<Address>;
  readonly upstream: Address;
  readonly visible: Visible;
  readonly access: Access;
  /** With level `sandboxed` only. */
  readonly sandbox: SandboxSettings | undefined;
  /** `box`: what one agent needs, and no more than the engine can bear; `shared`: a proxy for many clients. */
  readonly limits: 'box' | 'shared';
  /** A file for the audit log, besides standard output. */
  readonly auditLog: string | undefined;
  /** Where numbers for Prometheus are served; nowhere if undefined. */
  readonly metrics: Address | undefined;
  /** Which decisions are written down. */
  readonly logged: 'all' | 'refused';
}

export const HEALTH_DEFAULT = `tcp://127.0.0.1:${LAYOUT.firewallPort}`;
const PROJECT = /^[a-z0-9][a-z0-9_-]{0,127}$/;
const SERVICE = /^[a-z0-9][a-z0-9_-]{0,127}\/[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export function parseAddress(text: string, wrong: (message: string) => ToolError): Address {
  const unix = /^unix:\/\/(\/[A-Za-z0-9_./@+-]{1,100})$/.exec(text)?.[1];
  if (unix !== undefined && posix.normalize(unix) === unix) return { kind: 'unix', path: unix };
  const tcp = /^tcp:\/\/([A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,45}\]):(\d{1,5})$/.exec(text);
  const port = Number(tcp?.[2]);
  if (tcp?.[1] !== undefined && port >= 0 && port <= 65535) {
    return { kind: 'tcp', host: tcp[1].replace(/^\[|\]$/g, ''), port };
  }
  throw wrong(`${JSON.stringify(text)} is not tcp://HOST:PORT or unix:///PATH`);
}

/** Settings from arguments and environment. Any doubt is an error: a firewall that guesses does not start. */
export function parseSettings(argv: readonly string[], env: Environment): Settings {
  const given = readGiven(argv, env);
  const foreign = Object.keys(env).find((name) => name.startsWith('COFFERDAM_ALLOW_'));
  if (foreign !== undefined) throw doubt(`${foreign} is for --tecnativa`);
  const level = parseLevel(given.one('--level'));
  const scope = agreed('--scope', given.one('--scope'), 'COFFERDAM_PROJECT', projectScope(env));
  if (scope === undefined) throw doubt('--scope is missing (or COFFERDAM_PROJECT)');
  return { ...parseCommon(given, scope, level), access: accessOf(level), logged: 'all' };
}

export const projectScope = (env: Environment): string | undefined => {
  const project = env['COFFERDAM_PROJECT'];
  return project === undefined ? undefined : `project=${project}`;
};

/** What is written the same way for our own settings and for Tecnativa’s. */
export function parseCommon(
  given: Given,
  scope: string,
  level: Level,
  fallback: { listen?: string; upstream?: string; limits?: Settings['limits'] } = {},
): Omit<Settings, 'access' | 'logged'> {
  const [first, ...more] = texts(given.all('--listen'), fallback.listen).map((text) => parseAddress(text, doubt));
  if (first === undefined) throw doubt('--listen is missing (or COFFERDAM_LISTEN)');
  const listen: Some<Address> = [first, ...more];
  const engine = given.one('--upstream') ?? fallback.upstream;
  if (engine === undefined) throw doubt('--upstream is missing (or COFFERDAM_UPSTREAM)');
  const upstream = parseAddress(engine, doubt);
  if (listen.some((address) => reaches(upstream, address))) throw doubt('--listen and --upstream are the same');
  const visible = parseVisible(scope, given.all('--service'));
  if (level === 'read') refuseSandbox(given);
  return {
    listen,
    upstream,
    visible,
    sandbox: level === 'sandboxed' ? parseSandbox(given, visible) : undefined,
    limits: parseLimits(given.one('--limits') ?? fallback.limits ?? 'box'),
    auditLog: parseAuditLog(given.one('--audit-log')),
    metrics: parseMetrics(given.one('--metrics')),
  };
}

const texts = (given: readonly string[], fallback: string | undefined): readonly string[] =>
  given.length > 0 || fallback === undefined ? given : [fallback];

const ANY_HOST: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host);

/** Whether what listens at `listen` would get what is sent to `target`: a firewall that asks itself. */
function reaches(target: Address, listen: Address): boolean {
  if (target.kind === 'unix' || listen.kind === 'unix') {
    return target.kind === 'unix' && listen.kind === 'unix' && target.path === listen.path;
  }
  if (target.port !== listen.port) return false;
  const everywhere = ANY_HOST.has(listen.host) && (ANY_HOST.has(target.host) || isLoopback(target.host));
  return everywhere || target.host.toLowerCase() === listen.host.toLowerCase();
}

function parseLevel(level: string | undefined): Level {
  if (level === 'read' || level === 'sandboxed') return level;
  throw doubt(`--level is ${JSON.stringify(level ?? '')}; allowed: read, sandboxed`);
}

function parseLimits(limits: string): Settings['limits'] {
  if (limits === 'box' || limits === 'shared') return limits;
  throw doubt(`--limits is ${JSON.stringify(limits)}; allowed: box, shared`);
}

function parseAuditLog(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  if (/^\/[A-Za-z0-9_./@+-]{1,1000}$/.test(path) && posix.normalize(path) === path && !path.endsWith('/')) return path;
  throw doubt(`--audit-log is ${JSON.stringify(path)}; allowed: the full path of a file`);
}

function parseMetrics(text: string | undefined): Address | undefined {
  if (text === undefined) return undefined;
  const address = parseAddress(text, doubt);
  if (address.kind === 'tcp') return address;
  throw doubt('--metrics must be tcp://HOST:PORT');
}

function parseVisible(scope: string, services: readonly string[]): Visible {
  for (const service of services) {
    if (!SERVICE.test(service)) throw doubt(`${JSON.stringify(service)} is not PROJECT/SERVICE`);
  }
  if (scope === 'all') {
    if (services.length > 0) throw doubt('--scope all and --service exclude each other');
    return { kind: 'all' };
  }
  const name = /^project=(.*)$/s.exec(scope)?.[1];
  if (name === undefined || !PROJECT.test(name))
    throw doubt(`--scope is ${JSON.stringify(scope)}; allowed: project=NAME, all`);
  return { kind: 'project', project: name, services };
}
