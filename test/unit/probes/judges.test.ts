import { describe, expect, it } from 'vitest';
import type { Facts, Outcome, ProcessStatus } from '../../../src/core/probing.ts';
import capabilities from '../../../src/probes/capabilities.ts';
import dockerCreate from '../../../src/probes/docker-create.ts';
import dockerPaths from '../../../src/probes/docker-paths.ts';
import editorBind from '../../../src/probes/editor-bind.ts';
import editorSockets from '../../../src/probes/editor-sockets.ts';
import engineSockets from '../../../src/probes/engine-sockets.ts';
import engineTcp from '../../../src/probes/engine-tcp.ts';
import environmentClearing from '../../../src/probes/environment-clearing.ts';
import firewallNeighbours from '../../../src/probes/firewall-neighbours.ts';
import foreignAttach from '../../../src/probes/foreign-attach.ts';
import foreignInspect from '../../../src/probes/foreign-inspect.ts';
import foreignList from '../../../src/probes/foreign-list.ts';
import gitCredentials from '../../../src/probes/git-credentials.ts';
import guardRemoves from '../../../src/probes/guard-removes.ts';
import hostEnvironment from '../../../src/probes/host-environment.ts';
import hostMounts from '../../../src/probes/host-mounts.ts';
import imageSearch from '../../../src/probes/image-search.ts';
import logLimit from '../../../src/probes/log-limit.ts';
import memoryLimit from '../../../src/probes/memory-limit.ts';
import noNewPrivileges from '../../../src/probes/no-new-privileges.ts';
import pidsLimit from '../../../src/probes/pids-limit.ts';
import privilegeHelpers from '../../../src/probes/privilege-helpers.ts';
import seccomp from '../../../src/probes/seccomp.ts';
import { judgeTamper, type RouteResult } from '../../../src/probes/support/tamper.ts';

const NONCE = 'cfd0123456789abcdef';

type Fail = Extract<Outcome<never>, { ok: false }>;
const fail = (code: string): Fail => ({ ok: false, code, message: `${code}: what it says` });
const ok = <T>(value: T): Outcome<T> => ({ ok: true, value });
const reply = (status: number, body: unknown, headers: Record<string, string> = {}): Outcome<Facts['http']> =>
  ok({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
const ran = (fields: Partial<Facts['run']>): Outcome<Facts['run']> =>
  ok({ exit: 0, stdout: '', stderr: '', timedOut: false, ...fields });

/** What comes of an attempt that did not take place: none of it may ever look like a refusal. */
const NOTHING = ['timeout', 'lost', 'bad-answer', 'error', 'ECONNRESET', 'EPIPE'];

describe('an attempt that did not take place', () => {
  it.each(NOTHING)('is unclear: %s', (code) => {
    const api = { from: 'box', method: 'GET', path: '/' } as const;
    expect(dockerCreate.judge(fail(code), api).is).toBe('unclear');
    expect(foreignInspect.judge(fail(code), { ...api, secret: NONCE }).is).toBe('unclear');
    expect(foreignList.judge(fail(code), { ...api, nonce: NONCE }).is).toBe('unclear');
    expect(engineTcp.judge(fail(code), { place: 'box', host: 'h', port: 2375 }).is).toBe('unclear');
    expect(firewallNeighbours.judge(fail(code), { place: 'neighbour', host: 'h' }).is).toBe('unclear');
    expect(environmentClearing.judge(fail(code), { argv: ['bash'], stdin: 'none', nonce: NONCE }).is).toBe('unclear');
    expect(hostEnvironment.judge(fail(code), { place: 'box', pid: 1, own: [] }).is).toBe('unclear');
    expect(guardRemoves.judge({ planted: fail(code), after: fail(code) }, { place: 'box', path: '/tmp/x' }).is).toBe(
      'unclear',
    );
    expect(
      gitCredentials.judge(
        { fill: fail(code), helpers: [], bridges: [] },
        { place: 'box', injected: false, env: {}, nonce: NONCE },
      ).is,
    ).toBe('unclear');
    expect(imageSearch.judge({ reply: fail(code), callers: 0 }, api).is).toBe('unclear');
    expect(
      dockerPaths.judge({ answer: fail(code), alive: true }, { from: 'box', name: 'x', bytes: '', secret: NONCE }).is,
    ).toBe('unclear');
    expect(judgeTamper([{ route: 'write', code, hostSees: false, fired: false }]).is).toBe('unclear');
  });

  it('is unclear when a program is not there (ENOENT, exit 127)', () => {
    expect(environmentClearing.judge(fail('ENOENT'), { argv: ['bash'], stdin: 'none', nonce: NONCE }).is).toBe(
      'unclear',
    );
    expect(
      environmentClearing.judge(ran({ exit: 127, stderr: 'bash: command not found' }), {
        argv: ['bash'],
        stdin: 'none',
        nonce: NONCE,
      }).is,
    ).toBe('unclear');
    expect(
      gitCredentials.judge(
        { fill: ran({ exit: 127, stderr: 'not found' }), helpers: [], bridges: [] },
        { place: 'box', injected: false, env: {}, nonce: NONCE },
      ).is,
    ).toBe('unclear');
    expect(
      privilegeHelpers.judge({ found: [], works: false, tried: undefined }, { place: 'box', names: ['sudo'] }).is,
    ).toBe('unclear');
  });
});

const status = (changes: Partial<ProcessStatus>): ProcessStatus => ({
  uids: [1000, 1000, 1000, 1000],
  groups: [1000],
  capabilities: {
    CapInh: '0000000000000000',
    CapPrm: '0000000000000000',
    CapEff: '0000000000000000',
    CapBnd: '0000000000000000',
    CapAmb: '0000000000000000',
  },
  noNewPrivileges: 1,
  seccomp: 2,
  ...changes,
});

describe('the judge of runtime probes', () => {
  it('reads the bounding set, not only the effective one', () => {
    const bounded = status({ capabilities: { ...status({}).capabilities, CapBnd: '00000000a80425fb' } });
    expect(capabilities.judge([status({}), status({})], { place: 'box', user: 'agent' }).is).toBe('held');
    expect(capabilities.judge([status({}), bounded], { place: 'box', user: 'agent' }).is).toBe('breached');
    const broken = status({ capabilities: { ...status({}).capabilities, CapBnd: '' } });
    expect(capabilities.judge([broken], { place: 'box', user: 'agent' }).is).toBe('unclear');
    expect(capabilities.judge([], { place: 'box', user: 'agent' }).is).toBe('unclear');
  });

  it('takes no missing number for a yes', () => {
    expect(noNewPrivileges.judge([status({ noNewPrivileges: Number.NaN })], { place: 'box' }).is).toBe('unclear');
    expect(noNewPrivileges.judge([status({}), status({ noNewPrivileges: 0 })], { place: 'box' }).is).toBe('breached');
    const limits = { version: 2, pids: null, memory: 'max', swap: '0', cpu: 'max 100000' } as const;
    expect(pidsLimit.judge(limits, { place: 'box' }).is).toBe('unclear');
    expect(memoryLimit.judge(limits, { place: 'box' }).is).toBe('breached');
    expect(memoryLimit.judge({ ...limits, memory: '8589934592', swap: 'max' }, { place: 'box' }).is).toBe('breached');
    expect(memoryLimit.judge({ ...limits, memory: '8589934592' }, { place: 'box' }).is).toBe('held');
    expect(seccomp.judge({ mode: Number.NaN, unshare: fail('ENOENT') }, { place: 'box' }).is).toBe('unclear');
    expect(logLimit.judge({ driver: 'json-file', options: {} }, { place: 'box' }).is).toBe('breached');
    expect(logLimit.judge({ driver: 'json-file', options: { 'max-size': '0' } }, { place: 'box' }).is).toBe('unclear');
  });

  it('tells a mount of the host from the workspace', () => {
    const seen = [{ root: '/', at: '/', readOnly: false, type: 'overlay', source: 'overlay' }];
    const bind = (source: string) => [{ type: 'bind', source, target: '/x', writable: true }];
    const target = { place: 'box', root: '/home/u/app', outside: [] } as const;
    expect(hostMounts.judge({ seen, declared: bind('/home/u/app/.git') }, target).is).toBe('held');
    expect(hostMounts.judge({ seen, declared: bind('/host_mnt/home/u/app') }, target).is).toBe('held');
    expect(hostMounts.judge({ seen, declared: bind('/home/u/app-secrets') }, target).is).toBe('breached');
    expect(hostMounts.judge({ seen, declared: bind('/home/u') }, target).is).toBe('breached');
    expect(hostMounts.judge({ seen: [], declared: bind('/home/u/app') }, target).is).toBe('unclear');
    const slipped = [...seen, { root: '/', at: '/mnt', readOnly: true, type: 'ext4', source: '/dev/vda1' }];
    expect(hostMounts.judge({ seen: slipped, declared: bind('/home/u/app') }, target).is).toBe('breached');
  });
});

describe('the judge of Docker probes', () => {
  const api = { from: 'box', method: 'POST', path: '/' } as const;

  it('accepts only the firewall’s own refusal of a change', () => {
    expect(dockerCreate.judge(reply(403, { message: 'cofferdam: Only reading is open here.' }), api).is).toBe('held');
    expect(dockerCreate.judge(reply(201, { Id: 'x' }), api).is).toBe('breached');
    expect(dockerCreate.judge(reply(404, { message: 'No such image: x' }), api).is).toBe('breached');
    expect(dockerCreate.judge(reply(502, { message: 'cofferdam: the engine is not there' }), api).is).toBe('unclear');
    expect(dockerCreate.judge(fail('ECONNREFUSED'), api).is).toBe('unclear');
  });

  it('looks for the canary in what was read', () => {
    const read = { ...api, secret: NONCE };
    expect(foreignInspect.judge(reply(404, { message: 'No such container: x' }), read).is).toBe('held');
    expect(foreignInspect.judge(reply(200, { Env: [`A=${NONCE}`] }), read).is).toBe('breached');
    expect(foreignInspect.judge(reply(200, {}), read).is, 'redacted').toBe('breached');
    expect(foreignInspect.judge(reply(502, {}), read).is).toBe('unclear');
    expect(foreignInspect.judge(reply(404, '<html>'), read).is).toBe('unclear');
    expect(foreignList.judge(reply(200, []), { ...api, nonce: NONCE }).is).toBe('held');
    expect(foreignList.judge(reply(200, 'not json'), { ...api, nonce: NONCE }).is).toBe('unclear');
  });

  it('counts an upgraded connection as a breach even without output', () => {
    const target = { from: 'box', request: '', line: '', next: '', proof: `42${NONCE}` } as const;
    expect(foreignAttach.judge(ok({ text: 'HTTP/1.1 101 Switching Protocols\r\n\r\n' }), target).is).toBe('breached');
    expect(foreignAttach.judge(ok({ text: 'HTTP/1.1 400 Bad Request\r\n\r\n' }), target).is).toBe('held');
    expect(foreignAttach.judge(ok({ text: '' }), target).is).toBe('unclear');
  });

  it('does not take a dead firewall for one that refuses', () => {
    const target = { from: 'box', name: 'x', bytes: '', secret: NONCE } as const;
    expect(dockerPaths.judge({ answer: ok({ text: '' }), alive: true }, target).is).toBe('held');
    expect(dockerPaths.judge({ answer: ok({ text: '' }), alive: false }, target).is).toBe('unclear');
    expect(dockerPaths.judge({ answer: ok({ text: '\0\0\x12\x04\0\0\0\0\0' }), alive: true }, target).is).toBe(
      'breached',
    );
  });
});

describe('the judge of socket probes', () => {
  const socket = { path: '/tmp/vscode-ipc-1.sock', connect: 'ok', greeting: '', engine: false, sshAgent: false };

  it('looks at what answers, not at what is listed', () => {
    const target = { place: 'box', user: 'agent' } as const;
    expect(editorSockets.judge([socket], target).is).toBe('breached');
    expect(editorSockets.judge([{ ...socket, connect: 'ECONNREFUSED' }], target).is).toBe('held');
    expect(engineSockets.judge([{ ...socket, path: '/x', engine: true }], target).is).toBe('breached');
    expect(engineSockets.judge([{ ...socket, path: '/var/run/docker.sock', connect: 'EACCES' }], target).is).toBe(
      'held',
    );
  });

  it('accepts only refusals of the kernel where a server would bind', () => {
    const target = { place: 'box', folder: '/run/cofferdam' } as const;
    const refused = { folder: '', bind: fail('EACCES'), make: fail('EROFS'), swap: fail('EBUSY') };
    expect(editorBind.judge(refused, target).is).toBe('held');
    expect(editorBind.judge({ ...refused, swap: fail('ENOENT') }, target).is).toBe('unclear');
    expect(editorBind.judge({ ...refused, make: ok({ done: true } as const) }, target).is).toBe('breached');
  });
});

describe('the judge of tampering', () => {
  const route = (code: string, hostSees = false, name = 'write'): RouteResult => ({
    route: name,
    code,
    hostSees,
    fired: false,
  });

  it('believes what the host sees, not what the kernel said', () => {
    expect(judgeTamper([route('EROFS'), route('EBUSY'), route('EXDEV')]).is).toBe('held');
    expect(judgeTamper([route('EROFS'), route('EBUSY', true)]).is).toBe('breached');
  });

  it('does not hold on mistakes of ours alone', () => {
    expect(judgeTamper([route('ENOENT'), route('ENOTDIR')]).is).toBe('unclear');
    expect(judgeTamper([route('EROFS'), route('ok')]).is).toBe('unclear');
    expect(judgeTamper([route('EROFS'), route('ok', false, 'other spelling')]).is).toBe('held');
    expect(judgeTamper([route('EROFS'), route('EIO')]).is).toBe('unclear');
    expect(judgeTamper([]).is).toBe('unclear');
  });

  it('take a password for a secret, but that of the box’s own role where the policy gives it one', () => {
    const out = { ok: true, value: [{ name: 'PGPASSWORD', empty: false, nonce: false }] } as const;
    const judged = (own: readonly string[]) => hostEnvironment.judge(out, { place: 'box', pid: 1, own }).is;
    expect([judged([]), judged(['PGPASSWORD'])]).toEqual(['breached', 'held']);
  });
});
