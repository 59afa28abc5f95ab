import { describe, expect, it } from 'vitest';
import { accessOf, type Level } from '../../../src/sidecars/firewall/access.ts';
import { decide, route } from '../../../src/sidecars/firewall/decide.ts';
import { ENDPOINTS } from '../../../src/sidecars/firewall/endpoints/index.ts';
import { parseHead } from '../../../src/sidecars/firewall/request.ts';
import { buildScope } from '../../../src/sidecars/firewall/scope.ts';
import { rulesOf } from '../../support/rules.ts';

/**
 * Every operation of the Docker API (moby api/docs v1.24 to v1.55 and its routers): methods and path. A plus marks what
 * is open, a star what level `sandboxed` opens besides. 123 in all.
 */
const OPERATIONS = `
GET+ HEAD+ /_ping
GET+ /version
GET+ /info
GET+ /events
GET+ /system/df
POST /auth
GET+ OPTIONS /containers/json
POST* /containers/create
POST /containers/prune
GET+ /containers/{id}/json
GET+ /containers/{id}/top
GET+ /containers/{id}/logs
GET /containers/{id}/changes
GET /containers/{id}/export
GET+ /containers/{id}/stats
POST* /containers/{id}/resize
POST* /containers/{id}/start
POST* /containers/{id}/stop
POST* /containers/{id}/restart
POST* /containers/{id}/kill
POST /containers/{id}/update
POST /containers/{id}/rename
POST* /containers/{id}/pause
POST* /containers/{id}/unpause
POST* /containers/{id}/attach
GET /containers/{id}/attach/ws
POST* /containers/{id}/wait
DELETE* /containers/{id}
HEAD GET PUT /containers/{id}/archive
POST* /containers/{id}/exec
POST* /exec/{id}/start
POST* /exec/{id}/resize
GET* /exec/{id}/json
GET+ /images/json
GET+ /images/{name}/json
GET /images/{name}/history
GET /images/{name}/attestations
GET /images/search
GET /images/{name}/get
GET /images/get
POST* /images/create
POST /images/load
POST /images/{name}/push
POST /images/{name}/tag
DELETE /images/{name}
POST /images/prune
POST /build
POST /build/prune
POST /build/cancel
POST /commit
GET+ /networks
GET /networks/
GET+ DELETE* /networks/{id}
POST* /networks/create
POST* /networks/{id}/connect
POST* /networks/{id}/disconnect
POST /networks/prune
GET+ /volumes
GET+ PUT DELETE* /volumes/{name}
POST* /volumes/create
POST /volumes/prune
GET /swarm
POST /swarm/init
POST /swarm/join
POST /swarm/leave
POST /swarm/update
GET /swarm/unlockkey
POST /swarm/unlock
GET /services
GET DELETE /services/{id}
POST /services/create
POST /services/{id}/update
GET /services/{id}/logs
GET /tasks
GET /tasks/{id}
GET /tasks/{id}/logs
GET /nodes
GET DELETE /nodes/{id}
POST /nodes/{id}/update
GET /secrets
GET DELETE /secrets/{id}
POST /secrets/create
POST /secrets/{id}/update
GET /configs
GET DELETE /configs/{id}
POST /configs/create
POST /configs/{id}/update
GET /plugins
GET+ /plugins/{name}/json
GET /plugins/privileges
POST /plugins/pull
POST /plugins/create
POST /plugins/{name}/enable
POST /plugins/{name}/disable
POST /plugins/{name}/push
POST /plugins/{name}/set
POST /plugins/{name}/upgrade
DELETE /plugins/{name}
GET /distribution/{name}/json
POST /session
POST /grpc
GET POST /containers/{id}/checkpoints
DELETE /containers/{id}/checkpoints/{checkpoint}
POST /containers/{id}/copy
GET /debug/vars
GET /debug/pprof/
GET /debug/pprof/cmdline
GET /debug/pprof/profile
GET /debug/pprof/symbol
GET /debug/pprof/trace
GET /debug/pprof/{name}
`;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT'];
const SAMPLES: Readonly<Record<string, string>> = {
  id: 'web',
  name: 'registry.example:5000/team/image',
  checkpoint: 'c1',
};

interface Row {
  readonly method: string;
  readonly path: string;
  readonly open: boolean;
  /** At level `sandboxed`. */
  readonly sandboxed: boolean;
}

const rows: readonly Row[] = OPERATIONS.trim()
  .split('\n')
  .flatMap((line) => {
    const words = line.split(' ');
    const path = (words.pop() ?? '').replace(/\{(\w+)\}/g, (_, name: string) =>
      line.includes('/images/') ? (SAMPLES[name] ?? name) : name === 'name' ? 'thing' : (SAMPLES[name] ?? name),
    );
    return words.map((method) => ({
      method: method.replace(/[+*]/, ''),
      path,
      open: method.endsWith('+'),
      sandboxed: /[+*]$/.test(method),
    }));
  });

/** `open` with the endpoint that takes it, or the status and reason of the refusal. */
function verdict(method: string, path: string, level: Level = 'read'): string {
  const head = parseHead(`${method} ${path} HTTP/1.1\r\nHost: docker`);
  const result = 'allow' in head ? head : route(head, accessOf(level));
  return 'allow' in result ? `${result.status} ${result.code}` : `open ${result.endpoint.id}`;
}

/** What engines of today speak, and two that none does yet. */
const VERSIONS = Array.from({ length: 30 }, (_, index) => `/v1.${24 + index}`);

describe('the table of the Docker API', () => {
  it('has every operation', () => {
    expect(rows).toHaveLength(123);
  });

  it.each(rows)('$method $path: open is $open', ({ method, path, open }) => {
    for (const prefix of ['', ...VERSIONS]) {
      expect(verdict(method, `${prefix}${path}`)).toMatch(open ? /^open / : /^(?:400|403) /);
    }
  });

  it.each(rows)('$method $path: open at level sandboxed is $sandboxed', ({ method, path, sandboxed }) => {
    for (const prefix of ['', ...VERSIONS]) {
      // Older versions read some bodies differently, so these are closed there even where the table opens them.
      if (sandboxed && prefix !== '' && !(prefix >= '/v1.40')) continue;
      expect(verdict(method, `${prefix}${path}`, 'sandboxed')).toMatch(sandboxed ? /^open / : /^(?:400|403) /);
    }
  });

  it.each(['read', 'sandboxed'] as const)('opens no path for a method that is not listed for it (%s)', (level) => {
    const listed = new Set(rows.map(({ method, path }) => `${method} ${path}`));
    for (const { path } of rows) {
      for (const method of METHODS) {
        const isName = method === 'DELETE' && path.split('/').length === 3; // a container called "json"
        if (method === 'GET' || isName || listed.has(`${method} ${path}`)) continue;
        expect(verdict(method, path, level)).toMatch(/^(?:400|403) /);
      }
    }
  });

  it.each(['read', 'sandboxed'] as const)('opens nothing that is not in the list (%s)', (level) => {
    const listed = rows.filter(({ open, sandboxed }) => (level === 'read' ? open : sandboxed));
    const used = new Set(listed.map(({ method, path }) => verdict(method, path, level)));
    const open = ENDPOINTS.filter(({ levels }) => levels.includes(level));
    expect([...used].sort()).toEqual(open.map(({ id }) => `open ${id}`).sort());
  });

  it.each([
    ['/containers/a/b/json', 'No such container: a/b'],
    ['/containers/a/b/logs', 'No such container: a/b'],
    ['/containers/a/b/top', 'No such container: a/b'],
    ['/containers/a/b/stats', 'No such container: a/b'],
    ['/networks/a/b', 'network a/b not found'],
    ['/volumes/a/b', 'get a/b: no such volume'],
  ])('answers for %s, a name with a slash, what the engine answers', (path, message) => {
    const head = parseHead(`GET ${path} HTTP/1.1\r\nHost: docker`);
    const routed = 'allow' in head ? head : route(head, accessOf('read'));
    if ('allow' in routed) throw new Error(routed.hint);
    const scope = buildScope(rulesOf({ kind: 'project', project: 'shop', services: [] }), {});
    expect(decide(routed, scope)).toMatchObject({ status: 404, hint: message });
  });

  it.each([
    ['POST', '/containers/create', /created/],
    ['POST', '/containers/web/exec', /Commands/],
    ['POST', '/containers/web/attach', /docker logs/],
    ['GET', '/containers/web/attach/ws', /docker logs/],
    ['GET', '/containers/web/archive', /copied/],
    ['POST', '/build', /built/],
    ['POST', '/images/create', /pulled/],
    ['DELETE', '/containers/web', /removed/],
    ['GET', '/images/search', /connection/],
    ['GET', '/a-new-endpoint', /not open/],
    ['POST', '/a-new-endpoint', /reading/],
  ])('says why %s %s is refused', (method, path, reason) => {
    const head = parseHead(`${method} ${path} HTTP/1.1\r\nHost: docker`);
    if ('allow' in head) throw new Error(head.hint);
    expect(route(head, accessOf('read'))).toMatchObject({
      allow: false,
      status: 403,
      hint: expect.stringMatching(reason),
    });
  });

  it.each([
    '/containers-foo',
    '/infoX',
    '/versionxyz',
    '/_pingfoo',
    '/_ping/x',
    '/CONTAINERS/json',
    '/Info',
    '/containers/json/x',
    '/x/containers/json',
    '/v1.51/v1.51/info',
    '/images/json/x/../json',
  ])('does not open %s, which only resembles an open path', (path) => {
    expect(verdict('GET', path)).toMatch(/^(?:400|403) /);
  });

  it.each([
    ['/containers/json?all=1&unknown=1', '400 query'],
    ['/containers/json?all=1&all=1', '400 query'],
    ['/containers/json?all=2', '400 query'],
    ['/containers/json?__proto__=1', '400 query'],
    ['/containers/json?constructor=1', '400 query'],
    ['/containers/web/logs?details=1', '400 query'],
    ['/containers/web/logs?since=2020-01-01', '400 query'],
    ['/containers/web/json?size=1', 'open ContainerInspect'],
    ['/_ping?x=1', '400 query'],
  ])('checks the query of %s', (path, expected) => {
    expect(verdict('GET', path)).toBe(expected);
  });
});
