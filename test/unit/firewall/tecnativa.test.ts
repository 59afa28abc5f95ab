import { describe, expect, it } from 'vitest';
import { route } from '../../../src/sidecars/firewall/decide.ts';
import { ENDPOINTS } from '../../../src/sidecars/firewall/endpoints/index.ts';
import { parseHead } from '../../../src/sidecars/firewall/request.ts';
import { buildScope } from '../../../src/sidecars/firewall/scope.ts';
import { parseTecnativa } from '../../../src/sidecars/firewall/settings-tecnativa.ts';
import { SECTIONS } from '../../../src/sidecars/firewall/tecnativa.ts';
import { rulesOf } from '../../support/rules.ts';

const OURS = { COFFERDAM_PROJECT: 'shop' };
type Environment = Readonly<Record<string, string>>;

const read = (env: Environment, ...argv: string[]) => parseTecnativa(['--tecnativa', ...argv], { ...OURS, ...env });
const settings = (env: Environment = {}, ...argv: string[]) => read(env, ...argv).settings;
const notes = (env: Environment = {}): string => read(env).notes.join('\n');

/** `open` with the endpoint that takes it, or the reason of the refusal. */
function verdict(env: Environment, request: string): string {
  const head = parseHead(`${request} HTTP/1.1\r\nHost: docker`);
  const result = 'allow' in head ? head : route(head, settings(env).access);
  return 'allow' in result ? `${result.status}` : `open ${result.endpoint.id}`;
}

/** What the dev container guide sets, and what many compose files copy. */
const GUIDE = { CONTAINERS: '1', IMAGES: '1', INFO: '1', NETWORKS: '1', VOLUMES: '1', POST: '0' };

describe('in place of Tecnativa’s proxy', () => {
  it('nothing but EVENTS, PING and VERSION is open unless a variable says so', () => {
    expect([...(settings().access.sections ?? [])].sort()).toEqual(['EVENTS', 'PING', 'VERSION']);
    expect(verdict({}, 'GET /_ping')).toBe('open SystemPing');
    expect(verdict({}, 'GET /version')).toBe('open SystemVersion');
    expect(verdict({}, 'GET /events')).toBe('open SystemEvents');
    for (const path of ['/containers/json', '/images/json', '/info', '/networks', '/volumes', '/system/df']) {
      expect(verdict({}, `GET ${path}`)).toBe('403');
    }
  });

  it.each([
    ['EVENTS', 'GET /events'],
    ['PING', 'GET /_ping'],
    ['PING', 'HEAD /_ping'],
    ['VERSION', 'GET /version'],
  ])('%s=0 closes %s', (name, request) => {
    expect(verdict({ [name]: '0' }, request)).toBe('403');
    expect(verdict({ [name]: '' }, request)).toBe('403');
  });

  it.each([
    ['CONTAINERS', 'GET /containers/json'],
    ['IMAGES', 'GET /images/json'],
    ['INFO', 'GET /info'],
    ['NETWORKS', 'GET /networks'],
    ['PLUGINS', 'GET /plugins/x/json'],
    ['SYSTEM', 'GET /system/df'],
    ['VOLUMES', 'GET /volumes'],
  ])('%s opens %s, with any whole number but 0', (name, request) => {
    for (const on of ['1', '01', '2']) expect(verdict({ [name]: on }, request)).toMatch(/^open /);
    for (const off of ['0', '00', '']) expect(verdict({ [name]: off }, request)).toBe('403');
  });

  it.each(['true', 'TRUE', 'yes', 'on', 'false', '-1', ' 1', '1 ', '1x', '0x1', '1.0', '１', '9999999999'])(
    'does not guess what %j means: it does not start',
    (value) => {
      const names = [...SECTIONS.map(({ name }) => name), 'POST', 'ALLOW_START', 'COFFERDAM_ALLOW_ARCHIVE'];
      for (const name of names) {
        expect(() => settings({ [name]: value })).toThrow(
          expect.objectContaining({ code: 'settings-invalid', message: expect.stringContaining('write 1 or 0') }),
        );
      }
    },
  );

  it.each([
    ['GET', '/containers/web/archive?path=/root/.pgpass'],
    ['HEAD', '/containers/web/archive?path=/root/.pgpass'],
    ['GET', '/containers/web/export'],
    ['GET', '/images/get?names=bank/private:1'],
    ['GET', '/images/bank/private:1/get'],
    ['GET', '/images/search?term=127.0.0.1:5999/x'],
    ['GET', '/containers/web/attach/ws?stdin=1&stdout=1&stream=1'],
    ['GET', '/containers/web/changes'],
    ['GET', '/containers-foo'],
    ['GET', '/infoX'],
    ['POST', '/containers/web/stop'],
  ])('with the guide’s variables, %s %s stays closed', (method, path) => {
    expect(verdict(GUIDE, `${method} ${path}`)).toBe('403');
  });

  it.each([
    ['COFFERDAM_ALLOW_ARCHIVE', 'CONTAINERS', 'GET /containers/web/archive?path=/x'],
    ['COFFERDAM_ALLOW_ARCHIVE', 'CONTAINERS', 'HEAD /containers/web/archive?path=/x'],
    ['COFFERDAM_ALLOW_EXPORT', 'CONTAINERS', 'GET /containers/web/export'],
    ['COFFERDAM_ALLOW_IMAGE_GET', 'IMAGES', 'GET /images/get?names=a:1'],
    ['COFFERDAM_ALLOW_IMAGE_GET', 'IMAGES', 'GET /images/a:1/get'],
    ['COFFERDAM_ALLOW_SEARCH', 'IMAGES', 'GET /images/search?term=a'],
  ])('%s opens what is unsafe, and only together with %s: %s', (extra, section, request) => {
    expect(verdict({ ...GUIDE, [extra]: '1' }, request)).toMatch(/^open /);
    expect(verdict({ ...GUIDE, [extra]: '0' }, request)).toBe('403');
    expect(verdict({ ...GUIDE, [extra]: '1', [section]: '0' }, request)).toBe('403');
    expect(notes({ ...GUIDE, [extra]: '1' })).toContain(`${extra}=1 gives`);
    expect(notes({ ...GUIDE, [extra]: '1', [section]: '0' })).toContain(`${extra}=1 does nothing while ${section}=0`);
  });

  describe('what those variables open reaches', () => {
    const [own, shown, foreign] = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
    const image = (letter: string): string => `sha256:${letter.repeat(64)}`;
    const labels = (project: string, service: string) => ({
      'com.docker.compose.project': project,
      'com.docker.compose.service': service,
    });
    const scope = buildScope(rulesOf({ kind: 'project', project: 'shop', services: ['bank/cache'] }), {
      containers: [
        { Id: own, Names: ['/web'], Image: 'app:1', ImageID: image('1'), Labels: labels('shop', 'web') },
        { Id: shown, Names: ['/cache'], Image: 'redis:7', ImageID: image('2'), Labels: labels('bank', 'cache') },
        { Id: foreign, Names: ['/db'], Image: 'bank/private:1', ImageID: image('3'), Labels: labels('bank', 'db') },
      ],
      images: [
        { Id: image('1'), RepoTags: ['app:1', 'bank/alias:1'] },
        { Id: image('3'), RepoTags: ['bank/private:1'] },
      ],
    });
    const decided = (id: string, params: Record<string, string>, query: Record<string, string> = {}) =>
      ENDPOINTS.find((endpoint) => endpoint.id === id)?.decide({ params, query, body: new Uint8Array() }, scope);

    it.each([
      ['ContainerArchive', 'archive'],
      ['ContainerArchiveInfo', 'archive'],
      ['ContainerExport', 'export'],
    ])('the project’s own containers (%s), not those that are only shown, and no others', (id, action) => {
      expect(decided(id, { id: 'web' })).toMatchObject({ allow: true, send: { path: `/containers/${own}/${action}` } });
      expect(decided(id, { id: 'cache' })).toMatchObject({ allow: false, status: 403 });
      expect(decided(id, { id: 'db' })).toMatchObject({ allow: false, status: 404 });
    });

    it('visible images, by the names that they have in the project', () => {
      const byQuery = (names: string) => decided('ImageGetAll', {}, { names });
      const byPath = (name: string) => decided('ImageGet', { name });
      expect(byQuery('app:1')).toMatchObject({ allow: true, send: { query: { names: 'app:1' } } });
      expect(byQuery(image('1'))).toMatchObject({ allow: true, send: { query: { names: image('1') } } });
      expect(byPath('app:1')).toMatchObject({ allow: true, send: { path: '/images/app:1/get' } });
      for (const name of ['bank/private:1', 'bank/alias:1', image('3'), 'nowhere', 'app']) {
        expect(byQuery(name)).toMatchObject({ allow: false, status: 404 });
        expect(byPath(name)).toMatchObject({ allow: false, status: 404 });
      }
      expect(decided('ImageGetAll', {})).toMatchObject({ allow: false, status: 400 });
    });
  });

  it('no variable opens a way to type into a container by GET', () => {
    const everything = Object.fromEntries(SECTIONS.map(({ name }) => [name, '1']));
    const ours = ['ARCHIVE', 'EXPORT', 'IMAGE_GET', 'SEARCH', 'ENVIRONMENT'].map((name) => [
      `COFFERDAM_ALLOW_${name}`,
      '1',
    ]);
    const env = { ...everything, ...Object.fromEntries(ours), POST: '1' };
    expect(verdict(env, 'GET /containers/web/attach/ws?stream=1&stdin=1')).toBe('403');
    expect(notes(env)).toContain('/containers/{id}/attach/ws');
  });

  it('ALLOW_START, _STOP and _RESTARTS do nothing while POST=0, which is said once', () => {
    const allowed = { ALLOW_START: '1', ALLOW_STOP: '1', ALLOW_RESTARTS: '1' };
    expect([...settings({ ...GUIDE, ...allowed }).access.controls]).toEqual([]);
    expect(read({ ...GUIDE, ...allowed }).notes.filter((note) => note.startsWith('ALLOW_'))).toEqual([
      'ALLOW_RESTARTS=1 does nothing while POST=0, as in the original',
      'ALLOW_START=1 does nothing while POST=0, as in the original',
      'ALLOW_STOP=1 does nothing while POST=0, as in the original',
    ]);
  });

  it.each<[Environment, string[]]>([
    [{ POST: '1' }, []],
    [{ POST: '1', ALLOW_START: '1' }, ['start']],
    [{ POST: '1', ALLOW_STOP: '1' }, ['stop']],
    [{ POST: '1', ALLOW_RESTARTS: '1' }, ['kill', 'restart', 'stop']],
    [{ POST: '1', ALLOW_PAUSE: '1', ALLOW_UNPAUSE: '1' }, ['pause', 'unpause']],
    [{ POST: '1', CONTAINERS: '1' }, ['kill', 'pause', 'restart', 'start', 'stop', 'unpause']],
  ])('%j opens these ways to control the project’s containers: %j', (env, controls) => {
    expect([...settings(env).access.controls].sort()).toEqual(controls);
  });

  it('POST=0 is reading, POST=1 the sandbox, from which nothing can be made without images', () => {
    expect(settings(GUIDE)).toMatchObject({ access: { level: 'read' }, sandbox: undefined });
    expect(settings({ ...GUIDE, POST: '1' })).toMatchObject({
      access: { level: 'sandboxed' },
      sandbox: { images: [] },
    });
    expect(notes({ ...GUIDE, POST: '1' })).toContain('COFFERDAM_IMAGES names no image');
    expect(settings({ ...GUIDE, POST: '1', COFFERDAM_IMAGES: 'postgres:16' }).sandbox?.images).toEqual(['postgres:16']);
  });

  it('starts for one project, or for all when that is said', () => {
    expect(settings().visible).toEqual({ kind: 'project', project: 'shop', services: [] });
    const all = parseTecnativa(['--tecnativa'], { COFFERDAM_ALLOW_OTHER_PROJECTS: '1' });
    expect(all.settings.visible).toEqual({ kind: 'all' });
    for (const env of [{}, { COFFERDAM_ALLOW_OTHER_PROJECTS: '0' }, { COFFERDAM_SCOPE: 'all' }]) {
      expect(() => parseTecnativa(['--tecnativa'], env)).toThrow(
        /COFFERDAM_PROJECT=NAME.*COMPOSE_PROJECT_NAME.*COFFERDAM_ALLOW_OTHER_PROJECTS=1/,
      );
    }
    expect(() => settings({ COFFERDAM_ALLOW_OTHER_PROJECTS: '1' })).toThrow(/differ/);
  });

  it('shows values of environments only when that is said', () => {
    expect(settings().access.reveals).toBe(false);
    expect(settings({ COFFERDAM_ALLOW_ENVIRONMENT: '1' }).access.reveals).toBe(true);
  });

  it('listens where the original does: on both protocols, or on IPv4 with DISABLE_IPV6', () => {
    const listen = (env: Environment) => settings(env).listen;
    const both = [{ kind: 'tcp', host: '::', port: 2375 }];
    const four = [{ kind: 'tcp', host: '0.0.0.0', port: 2375 }];
    for (const env of [{}, { DISABLE_IPV6: '0' }, { DISABLE_IPV6: 'no' }]) expect(listen(env)).toEqual(both);
    for (const value of ['1', 'true', 'True', 'YES']) expect(listen({ DISABLE_IPV6: value })).toEqual(four);
    expect(settings({}, '--listen', 'unix:///run/x.sock').listen).toEqual([{ kind: 'unix', path: '/run/x.sock' }]);
  });

  it('finds the engine where the original does', () => {
    expect(settings().upstream).toEqual({ kind: 'unix', path: '/var/run/docker.sock' });
    expect(settings({ SOCKET_PATH: '/run/user/1000/docker.sock' }).upstream).toEqual({
      kind: 'unix',
      path: '/run/user/1000/docker.sock',
    });
    expect(settings({ SOCKET_PATH: 'engine:2376' }).upstream).toEqual({ kind: 'tcp', host: 'engine', port: 2376 });
    for (const path of ['', 'docker.sock', '/run/../x']) expect(() => settings({ SOCKET_PATH: path })).toThrow();
    expect(() => settings({ SOCKET_PATH: '/a' }, '--upstream', 'unix:///b')).toThrow(/differ/);
  });

  it('writes requests that pass down from LOG_LEVEL=info on, as HAProxy does, and refusals always', () => {
    expect(settings().logged).toBe('all');
    expect(settings({ LOG_LEVEL: 'debug' }).logged).toBe('all');
    for (const level of ['emerg', 'err', 'warning', 'notice'])
      expect(settings({ LOG_LEVEL: level }).logged).toBe('refused');
    expect(() => settings({ LOG_LEVEL: 'loud' })).toThrow(/LOG_LEVEL/);
  });

  it.each(['AUTH', 'BUILD', 'COMMIT', 'CONFIGS', 'GRPC', 'NODES', 'SECRETS', 'SERVICES', 'SESSION', 'SWARM', 'TASKS'])(
    '%s=1 opens nothing here, starts, and says so',
    (name) => {
      const area = SECTIONS.find((section) => section.name === name)?.area ?? '';
      for (const post of ['0', '1']) {
        expect(verdict({ [name]: '1', POST: post }, `GET /${area}`)).toBe('403');
        expect(verdict({ [name]: '1', POST: post }, `POST /${area}`)).toBe('403');
        expect(notes({ [name]: '1', POST: post })).toContain(`${name}=1 opens nothing here`);
      }
    },
  );

  it('says what each variable opens, what stays closed, and which variable of ours opens it', () => {
    const said = notes(GUIDE);
    expect(said).toMatch(/CONTAINERS=1 opens .*GET \/containers\/json/);
    expect(said).toMatch(/any \/containers\/\{id\}\/archive.*COFFERDAM_ALLOW_ARCHIVE=1 opens it/);
    expect(said).toMatch(/GET \/images\/search.*COFFERDAM_ALLOW_SEARCH=1 opens it/);
    expect(said).toContain('COFFERDAM_ALLOW_ENVIRONMENT=1 would show them');
    expect(said).toContain('COFFERDAM_ALLOW_OTHER_PROJECTS=1 would show the others');
    expect(said).not.toMatch(/POST \/containers/);
  });

  it('ignores BIND_CONFIG, which is no setting of the original, and says so', () => {
    expect(settings({ BIND_CONFIG: ':1' }).listen).toEqual(settings().listen);
    expect(notes({ BIND_CONFIG: ':1' })).toContain('BIND_CONFIG is ignored');
    expect(notes()).not.toContain('BIND_CONFIG');
  });

  it('does not start with a level, or with a variable of ours that is none', () => {
    expect(() => settings({}, '--level', 'read')).toThrow(/POST/);
    expect(() => settings({ COFFERDAM_LEVEL: 'read' })).toThrow(/POST/);
    expect(() => settings({ COFFERDAM_ALLOW_EVERYTHING: '0' })).toThrow(/not known/);
    expect(() => settings({ COFFERDAM_ALLOW_ATTACH_WS: '1' })).toThrow(/not known/);
  });
});
