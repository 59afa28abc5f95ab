import { describe, expect, it } from 'vitest';
import { accessOf } from '../../../src/sidecars/firewall/access.ts';
import { route } from '../../../src/sidecars/firewall/decide.ts';
import { ENDPOINTS } from '../../../src/sidecars/firewall/endpoints/index.ts';
import { parseHead } from '../../../src/sidecars/firewall/request.ts';
import { buildScope } from '../../../src/sidecars/firewall/scope.ts';
import { askedOf, endpointOf, ID, LISTS, outcome, sandboxRules, sandboxScope, sent } from '../../support/sandbox.ts';

const EXEC = { Cmd: ['true'] };

describe('what is done to a container', () => {
  const actions: readonly (readonly [id: string, action: string, body: unknown])[] = [
    ['ContainerStart', 'start', undefined],
    ['ContainerStop', 'stop', undefined],
    ['ContainerRestart', 'restart', undefined],
    ['ContainerKill', 'kill', undefined],
    ['ContainerPause', 'pause', undefined],
    ['ContainerUnpause', 'unpause', undefined],
    ['ContainerWait', 'wait', undefined],
    ['ContainerResize', 'resize', undefined],
    ['ContainerAttach', 'attach', undefined],
    ['ContainerExec', 'exec', EXEC],
    ['ContainerDelete', '', undefined],
  ];

  it.each(actions)('%s is open for what the client made, and for nothing else', (id, action, body) => {
    const to = (name: string): string => outcome(id, askedOf(body, { id: name }));
    const path = `/containers/${ID.client}${action === '' ? '' : `/${action}`}`;
    expect(to('db').split(/[ ?]/)[0]).toBe(path);
    expect(to(ID.client).split(/[ ?]/)[0]).toBe(path);
    expect(to('shop-web-1')).toBe('403 not-yours');
    expect(to('bank-db-1')).toBe('404 not-in-scope');
    expect(to('nobody')).toBe('404 not-in-scope');
    // Under the engine's name it is nobody's; and an image's label makes nothing the client's.
    expect(to('shop.sandbox.db')).toBe('404 not-in-scope');
    expect(to('privileged')).toBe('404 not-in-scope');
    expect(to(ID.spoof)).toBe('404 not-in-scope');
  });

  it.each(actions)('%s answers in the engine’s own words for what is not there', (id, _, body) => {
    const decision = endpointOf(id).decide(askedOf(body, { id: 'bank-db-1' }), sandboxScope());
    const start = id === 'ContainerKill' ? 'cannot kill container: bank-db-1: ' : '';
    expect(decision).toMatchObject({ hint: `${start}No such container: bank-db-1` });
  });

  it.each(['start', 'stop', 'restart', 'kill', 'pause', 'unpause'] as const)(
    '%s is open for the project’s own when the settings say so, and for no neighbour’s',
    (action) => {
      const rules = sandboxRules();
      const scope = buildScope({ ...rules, access: { ...rules.access, controls: new Set([action]) } }, LISTS);
      const id = `Container${action.slice(0, 1).toUpperCase()}${action.slice(1)}`;
      expect(outcome(id, askedOf(undefined, { id: 'shop-web-1' }), scope)).toBe(`/containers/${ID.own}/${action}`);
      expect(outcome(id, askedOf(undefined, { id: 'bank-db-1' }), scope)).toBe('404 not-in-scope');
      expect(outcome('ContainerExec', askedOf(EXEC, { id: 'shop-web-1' }), scope)).toBe('403 not-yours');
      expect(outcome('ContainerDelete', askedOf(undefined, { id: 'shop-web-1' }), scope)).toBe('403 not-yours');
    },
  );

  it('removes the volumes without a name too, which nobody could remove afterwards', () => {
    expect(outcome('ContainerDelete', askedOf(undefined, { id: 'db' }, { force: '1', v: '0' }))).toBe(
      `/containers/${ID.client}?v=1&force=1`,
    );
  });

  it.each(['Stop', 'Restart', 'Kill', 'Wait', 'Resize', 'Attach'].map((action) => `Container${action}`))(
    '%s takes a body that repeats the query, and no other',
    (id) => {
      const [key = ''] = Object.keys(endpointOf(id).query);
      expect(outcome(id, askedOf({ [key]: 'x' }, { id: 'db' }))).toContain(`/containers/${ID.client}/`);
      expect(outcome(id, askedOf({ HostConfig: {} }, { id: 'db' }))).toBe('400 body');
    },
  );

  it('a start takes no body at all', () => {
    expect(endpointOf('ContainerStart').body).toBeUndefined();
  });
});

describe('a command in a container of the client’s', () => {
  it('is built anew', () => {
    const asked = { ...EXEC, User: 'postgres', Env: ['A=b'], WorkingDir: '/x', Tty: true, AttachStdout: true };
    const rest = { Privileged: false, DetachKeys: '', Detach: false, AttachStdin: false, AttachStderr: false };
    expect(sent('ContainerExec', askedOf({ ...asked, ...rest }, { id: 'db' }))).toEqual({
      ...asked,
      AttachStdin: false,
      AttachStderr: false,
    });
  });

  it.each<[string, unknown, string]>([
    ['all rights', { ...EXEC, Privileged: true }, '403 sandbox'],
    ['all rights, in other letters', { ...EXEC, privileged: true }, '400 body'],
    ['keys to leave', { ...EXEC, DetachKeys: 'ctrl-a' }, '403 sandbox'],
    ['an unknown field', { ...EXEC, Added: 1 }, '400 body'],
    ['a user that is none', { ...EXEC, User: 'a b' }, '400 body'],
    ['a folder that is none', { ...EXEC, WorkingDir: 'x' }, '400 body'],
    ['no body', undefined, '400 body'],
  ])('cannot have %s', (_, body, expected) => {
    expect(outcome('ContainerExec', askedOf(body, { id: 'db' }))).toBe(expected);
  });

  it.each(['ExecStart', 'ExecResize', 'ExecInspect'])('%s is for commands of the client’s containers', (id) => {
    const { check } = endpointOf(id);
    const asked = askedOf(undefined, { id: 'e1' });
    const judge = (answer: object) => check?.judge(answer, sandboxScope(), asked);
    expect(check?.path({ path: '/exec/e1/start', query: {} }, asked)).toBe('/exec/e1/json');
    expect(judge({ ContainerID: ID.client, ProcessConfig: { privileged: false } })).toBeUndefined();
    expect(judge({ ContainerID: ID.client, ProcessConfig: { privileged: true } })).toMatchObject({ status: 403 });
    for (const ContainerID of [ID.own, ID.neighbour, ID.spoof, 'x', undefined]) {
      expect(judge({ ContainerID })).toMatchObject({ status: 404, hint: 'No such exec instance: e1' });
    }
  });

  it('is started with what dockerode adds for itself, and nothing else', () => {
    const start = (body: unknown) => outcome('ExecStart', askedOf(body, { id: 'e1' }));
    expect(start({ hijack: true, stdin: false, Tty: true })).toBe('/exec/e1/start {"Detach":false,"Tty":true}');
    expect(start({ Privileged: true })).toBe('400 body');
  });
});

describe('what makes or changes something', () => {
  const verdict = (line: string, level: 'read' | 'sandboxed' = 'sandboxed', headers = ''): string => {
    const head = parseHead(`${line} HTTP/1.1\r\nHost: docker${headers}`);
    const result = 'allow' in head ? head : route(head, accessOf(level));
    return 'allow' in result ? `${result.status} ${result.code}` : result.endpoint.id;
  };
  const changing = ENDPOINTS.filter(({ method }) => method !== 'GET' && method !== 'HEAD');

  it.each(changing.map(({ id }) => [id]))('%s is not there at level read', (id) => {
    const { method, path } = endpointOf(id);
    const line = `${method} ${path.replace(/\{\w+\}/, 'x')}`;
    expect(verdict(line)).toBe(id);
    expect(verdict(line, 'read')).toMatch(/^403 /);
  });

  it.each(changing.map(({ id }) => [id]))('%s does nothing without settings of the sandbox', (id) => {
    const scope = buildScope({ ...sandboxRules(), sandbox: undefined }, LISTS);
    for (const name of ['db', 'shop.sandbox.db', ID.client, 'shop-web-1', 'net', 'data', 'shop.sandbox.data']) {
      const asked = askedOf({ ...EXEC, Image: 'debian:12' }, { id: name, name }, { fromImage: 'debian' });
      const { check, decide } = endpointOf(id);
      const decision = decide(id.startsWith('Exec') ? askedOf({}, { id: name }) : asked, scope);
      const refused = decision.allow ? check?.judge({ ContainerID: ID.client }, scope, asked) : decision;
      expect(refused).toMatchObject({ allow: false });
    }
  });

  it.each([
    ['/v1.23', '400 version', '400 version'],
    ['/v1.24', 'ContainerStart', '400 version'],
    ['/v1.39', 'ContainerStart', '400 version'],
    ['/v1.40', 'ContainerStart', 'ContainerCreate'],
    ['/v1.51', 'ContainerStart', 'ContainerCreate'],
    ['', 'ContainerStart', 'ContainerCreate'],
  ])('is not read by rules of the past: %s', (version, start, create) => {
    expect(verdict(`POST ${version}/containers/x/start`)).toBe(start);
    expect(verdict(`POST ${version}/containers/create`)).toBe(create);
  });

  it.each([
    [
      'a form',
      'POST /containers/create',
      '\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 2',
      '400 body',
    ],
    ['a text', 'POST /containers/create', '\r\nContent-Type: text/plain\r\nContent-Length: 2', '400 body'],
    [
      'a body at start',
      'POST /containers/x/start',
      '\r\nContent-Type: application/json\r\nContent-Length: 2',
      '400 body',
    ],
    ['a checkpoint', 'POST /containers/x/start?checkpoint=a', '', '400 query'],
    ['fields of a body in the query of a start', 'POST /containers/x/start?HostConfig=%7B%7D', '', '400 query'],
    ['a link to remove', 'DELETE /containers/x?link=1', '', '400 query'],
    ['an import', 'POST /images/create?fromSrc=-', '', '400 query'],
    ['an attachment by WebSocket', 'GET /containers/x/attach/ws?stdin=1', '', '403 attach'],
    ['files', 'PUT /containers/x/archive?path=/', '', '403 files'],
    ['a build', 'POST /build', '', '403 write'],
    ['a commit', 'POST /commit', '', '403 write'],
    ['another name', 'POST /containers/x/rename?name=y', '', '403 write'],
    ['other limits', 'POST /containers/x/update', '', '403 write'],
    ['pruning', 'POST /containers/prune', '', '403 write'],
    ['an image to remove', 'DELETE /images/x', '', '403 write'],
    ['another tag', 'POST /images/x/tag?repo=y', '', '403 write'],
  ])('is not %s', (_, line, headers, expected) => {
    expect(verdict(line, 'sandboxed', headers)).toBe(expected);
  });

  it('may repeat its body in the query, as dockerode does; what stands there counts for nothing', () => {
    expect(verdict('POST /containers/create?name=x&Image=a&Cmd=a&Cmd=b&HostConfig=%7B%22Privileged%22%3Atrue%7D')).toBe(
      'ContainerCreate',
    );
    expect(verdict('GET /containers/json?All=1')).toBe('400 query');
  });
});
