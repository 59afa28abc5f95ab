import { posix } from 'node:path';
import { ToolError } from '../../core/errors.ts';
import type { Some } from '../../core/span.ts';
import { LAYOUT } from '../../policy/layout.ts';
import { parseFlags } from '../flags.ts';
import { type Access, accessOf } from './access.ts';
import type { SandboxSettings } from './sandbox.ts';
import type { Visible } from './scope.ts';

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
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const HEALTH_DEFAULT = `tcp://127.0.0.1:${LAYOUT.firewallPort}`;
const PROJECT = /^[a-z0-9][a-z0-9_-]{0,127}$/;
const SERVICE = /^[a-z0-9][a-z0-9_-]{0,127}\/[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const FLAGS = ['--listen', '--upstream', '--scope', '--level', '--service'] as const;
const REPEATABLE: ReadonlySet<string> = new Set(['--service']);

function doubt(message: string): ToolError {
  return new ToolError(
    'settings-invalid',
    message,
    'docker-proxy --listen tcp://HOST:PORT|unix:///PATH --upstream unix:///PATH --scope project=NAME|all --level read [--service PROJECT/SERVICE]…',
  );
}

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

/** A flag and a variable for the same thing must agree: nobody has to know which one wins. */
function agreed(name: string, flag: string | undefined, variable: string, value: string | undefined): string {
  if (flag !== undefined && value !== undefined && flag !== value) throw doubt(`${name} and ${variable} differ`);
  const given = flag ?? value;
  if (given === undefined || given === '') throw doubt(`${name} is missing (or ${variable})`);
  return given;
}

/** Settings from arguments and environment. Any doubt is an error: a firewall that guesses does not start. */
export function parseSettings(argv: readonly string[], env: Environment): Settings {
  const flags = parseFlags(argv, FLAGS, REPEATABLE, doubt);
  const one = (name: string): string | undefined => flags.get(name)?.[0];
  const listen = parseAddress(agreed('--listen', one('--listen'), 'COFFERDAM_LISTEN', env['COFFERDAM_LISTEN']), doubt);
  const upstream = parseAddress(
    agreed('--upstream', one('--upstream'), 'COFFERDAM_UPSTREAM', env['COFFERDAM_UPSTREAM']),
    doubt,
  );
  if (upstream.kind !== 'unix') throw doubt('--upstream must be unix:///PATH');
  if (listen.kind === 'unix' && listen.path === upstream.path) throw doubt('--listen and --upstream are the same');
  const level = one('--level') ?? env['COFFERDAM_LEVEL'];
  if (level !== 'read') throw doubt(`--level is ${JSON.stringify(level ?? '')}; allowed: read`);
  return {
    listen: [listen],
    upstream,
    visible: parseVisible(one('--scope'), flags.get('--service'), env),
    access: accessOf(level),
    sandbox: undefined,
    limits: 'box',
  };
}

function parseVisible(flag: string | undefined, given: readonly string[] | undefined, env: Environment): Visible {
  const project = env['COFFERDAM_PROJECT'];
  const scope = agreed('--scope', flag, 'COFFERDAM_PROJECT', project === undefined ? undefined : `project=${project}`);
  const listed = (env['COFFERDAM_SERVICES'] ?? '').split(',').filter((name, _, all) => name !== '' || all.length > 1);
  const services = [...new Set([...(given ?? []), ...listed])];
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
