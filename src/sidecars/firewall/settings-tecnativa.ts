import type { Access, Control, Section } from './access.ts';
import { parseCommon, projectScope, type Settings } from './settings.ts';
import { agreed, doubt, type Environment, readGiven } from './settings-given.ts';
import { CONTROLS, ENVIRONMENT, EVERY_CONTROL, EXTRAS, OTHER_PROJECTS, SECTIONS } from './tecnativa.ts';
import { type Switched, startNotes } from './tecnativa-notes.ts';

/** HAProxy's levels (`log`, configuration manual 3.2). From `info` on, the original writes every request down. */
const LOG_LEVELS: readonly string[] = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];
const OURS: ReadonlySet<string> = new Set([...EXTRAS.map(({ name }) => name), ENVIRONMENT, OTHER_PROJECTS]);

/**
 * Settings from the variables of Tecnativa's docker-socket-proxy: nothing opens that does not open there. What must be
 * told once at the start comes along.
 */
export function parseTecnativa(
  argv: readonly string[],
  env: Environment,
): { readonly settings: Settings; readonly notes: readonly string[] } {
  const given = readGiven(argv, env);
  if (given.one('--level') !== undefined)
    throw doubt('--tecnativa and --level exclude each other: POST says the level');
  for (const name of Object.keys(env)) {
    if (name.startsWith('COFFERDAM_ALLOW_') && !OURS.has(name)) {
      throw doubt(`${name} is not known; known: ${[...OURS].join(', ')}`);
    }
  }
  const post = isOn(env, 'POST', false);
  const on = SECTIONS.filter(({ name, on: fallback }) => isOn(env, name, fallback));
  const allowed = CONTROLS.filter(({ name }) => isOn(env, name, false));
  const extras = EXTRAS.filter(({ name }) => isOn(env, name, false));
  const sections: ReadonlySet<Section> = new Set(on.map(({ name }) => name));
  const access: Access = {
    level: post ? 'sandboxed' : 'read',
    sections,
    extras: new Set(extras.map(({ extra }) => extra)),
    controls: new Set(post ? controlsOf(sections, allowed) : []),
    reveals: isOn(env, ENVIRONMENT, false),
  };
  const others = isOn(env, OTHER_PROJECTS, false);
  const settings: Settings = {
    ...parseCommon(given, scopeOf(given.one('--scope'), env, others), access.level, {
      listen: isWithoutIpv6(env) ? 'tcp://0.0.0.0:2375' : 'tcp://[::]:2375',
      upstream: agreed('--upstream', given.one('--upstream'), 'SOCKET_PATH', socketOf(env)) ?? SOCKET,
      limits: 'shared',
    }),
    access,
    logged: loggedAt(env['LOG_LEVEL'] ?? 'info'),
  };
  const switched: Switched = {
    sections: on,
    controls: allowed.map(({ name }) => name),
    extras,
    bind: env['BIND_CONFIG'] !== undefined,
  };
  return { settings, notes: startNotes(settings, switched) };
}

/**
 * HAProxy's `env(NAME) -m bool` reads leading digits and nothing else, so `true` is off there. Whoever wrote it meant
 * something else: to follow the word would open more than the original, to ignore it would surprise.
 */
function isOn(env: Environment, name: string, fallback: boolean): boolean {
  const value = env[name];
  if (value === undefined) return fallback;
  if (/^\d{0,9}$/.test(value)) return Number(value) !== 0;
  const there = /^\d/.test(value) ? 'by its first digits' : 'as off, and so would we';
  throw doubt(`${name} is ${JSON.stringify(value)}; Tecnativa’s proxy reads that ${there}: write 1 or 0`);
}

function controlsOf(
  sections: ReadonlySet<Section>,
  allowed: readonly { readonly controls: readonly Control[] }[],
): readonly Control[] {
  return sections.has('CONTAINERS') ? EVERY_CONTROL : allowed.flatMap(({ controls }) => controls);
}

function scopeOf(flag: string | undefined, env: Environment, others: boolean): string {
  const asked = agreed('--scope', flag, 'COFFERDAM_PROJECT', projectScope(env));
  if (others) return agreed('--scope (or COFFERDAM_PROJECT)', asked, OTHER_PROJECTS, 'all') ?? 'all';
  if (asked !== undefined && asked !== 'all') return asked;
  throw doubt(
    `The original shows every project on this machine. Say whose containers are visible: COFFERDAM_PROJECT=NAME (in a compose file: \${COMPOSE_PROJECT_NAME}), or ${OTHER_PROJECTS}=1 for all of them`,
  );
}

/** As its entrypoint reads it; any other word leaves IPv6 on. */
const isWithoutIpv6 = (env: Environment): boolean => /^(?:1|true|yes)$/i.test(env['DISABLE_IPV6'] ?? '');

const SOCKET = 'unix:///var/run/docker.sock';

/** A path or HOST:PORT, as HAProxy's `server` takes them. */
function socketOf(env: Environment): string | undefined {
  const socket = env['SOCKET_PATH'];
  if (socket === undefined || socket === '') return socket;
  return socket.startsWith('/') ? `unix://${socket}` : socket.includes('://') ? socket : `tcp://${socket}`;
}

function loggedAt(level: string): Settings['logged'] {
  if (!LOG_LEVELS.includes(level)) {
    throw doubt(`LOG_LEVEL is ${JSON.stringify(level)}; allowed: ${LOG_LEVELS.join(', ')}`);
  }
  return level === 'info' || level === 'debug' ? 'all' : 'refused';
}
