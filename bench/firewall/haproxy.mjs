// Debian's HAProxy with rules like those of Tecnativa's docker-socket-proxy, in a configuration of our own: a prefix
// pattern for each section of the API, everything else denied, GET and HEAD alone.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run, which } from '../../scripts/engine/tools.mjs';

const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cofferdam-bench');
/** What a set-up opens that wants to see containers, and what is open unless one closes it. */
const OPEN = ['containers', 'images', 'info', 'networks', 'volumes', 'events', '_ping', 'version'];

/** `{ program, env }` of an installed HAProxy, or of one from Debian packages that are unpacked and not installed. */
export function findHaproxy() {
  const installed = which('haproxy', [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(delimiter));
  if (installed) return { program: installed, env: process.env };
  const folder = join(CACHE, 'haproxy');
  if (!existsSync(folder)) unpack(folder);
  const libraries = join(folder, 'usr/lib');
  const triplet = readdirSync(libraries).find((name) => name.includes('-linux-gnu')) ?? '';
  return {
    program: join(folder, 'usr/sbin/haproxy'),
    env: { ...process.env, LD_LIBRARY_PATH: join(libraries, triplet) },
  };
}

function unpack(folder) {
  if (!which('apt-get')) throw new Error('there is no haproxy, and no apt-get to get Debian’s package with');
  const work = `${folder}.part`;
  rmSync(work, { recursive: true, force: true });
  const [debs, tree] = [join(work, 'debs'), join(work, 'tree')];
  mkdirSync(join(debs, 'partial'), { recursive: true });
  mkdirSync(tree);
  // With the libraries that this machine lacks. Nothing is installed, so nobody else's lock matters.
  const options = [`Dir::Cache::archives=${debs}/`, 'Debug::NoLocking=true', 'APT::Sandbox::User=root'];
  const flags = [
    '-q',
    '-y',
    '--download-only',
    '--no-install-recommends',
    ...options.flatMap((option) => ['-o', option]),
  ];
  run(['apt-get', ...flags, 'install', 'haproxy']);
  for (const deb of readdirSync(debs).filter((file) => file.endsWith('.deb')))
    run(['dpkg', '-x', join(debs, deb), tree]);
  renameSync(tree, folder);
  rmSync(work, { recursive: true });
}

/** `connections`: how it treats its connections to the engine. */
export function configuration({ port, socket, connections }) {
  const allowed = OPEN.map(
    (section) => `    http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/${section} }`,
  );
  return `global
    log stdout format raw daemon info
    maxconn 4000

defaults
    mode http
    log global
    option httplog
    option dontlognull
    ${connections}
    retries 3
    timeout http-request 10s
    timeout queue 1m
    timeout connect 10s
    timeout client 10m
    timeout server 10m
    timeout http-keep-alive 10s
    maxconn 3000

backend engine
    server engine unix@${socket}

backend engine-events
    server engine unix@${socket}
    timeout server 0

frontend proxy
    bind 127.0.0.1:${port}
    http-request deny unless METH_GET
${allowed.join('\n')}
    http-request deny
    use_backend engine-events if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/events }
    default_backend engine
`;
}
