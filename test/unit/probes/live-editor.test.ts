import { describe, expect, it } from 'vitest';
import type { EditorProcess, Facts, Outcome } from '../../../src/core/probing.ts';
import { PROBES } from '../../../src/probes/index.ts';
import files from '../../../src/probes/live-editor-files.ts';
import sockets from '../../../src/probes/live-editor-sockets.ts';
import tcp from '../../../src/probes/live-editor-tcp.ts';
import { sharedPath } from '../../../src/probes/support/live.ts';
import { chooseProbes } from '../../../src/verbs/verify.ts';

type Fail = Extract<Outcome<never>, { ok: false }>;
const fail = (code: string): Fail => ({ ok: false, code, message: `${code}: what it says` });
const ok = <T>(value: T): Outcome<T> => ({ ok: true, value });

const target = { editor: 'editor', agent: 'box' } as const;
const server: EditorProcess = {
  pid: 7,
  command: 'node server-main.js',
  server: true,
  files: 'ok',
  sockets: [],
  listeners: [],
  programs: [],
};
const hidden = { ...server, files: 'EACCES' };
const child = { ...server, server: false };

describe('the probes of an attached editor', () => {
  it('are unclear without one, or where its files cannot be looked at', () => {
    for (const [processes, why] of [
      [[], 'attach an editor'],
      [[child], 'attach an editor'],
      [[server, hidden], '7 (EACCES)'],
    ] as const) {
      for (const judged of [
        sockets.judge({ processes, tried: [] }, target),
        tcp.judge({ processes, apart: true, tried: [] }, target),
        files.judge({ processes, shared: [], all: 3, writable: ok({}) }, target),
      ]) {
        expect(judged.is).toBe('unclear');
        expect(judged.because).toContain(why);
      }
    }
  });

  it('hold where everything that was found is refused', () => {
    const processes = [server];
    expect(sockets.judge({ processes, tried: [{ path: '/tmp/a', code: 'apart' }] }, target).is).toBe('held');
    expect(sockets.judge({ processes, tried: [{ path: '/tmp/a', code: 'EACCES' }] }, target).is).toBe('held');
    expect(sockets.judge({ processes, tried: [{ path: '/tmp/a', code: 'lost' }] }, target).is).toBe('unclear');
    const far = { at: '10.0.0.2:1', connect: fail('connect-timeout') };
    expect(tcp.judge({ processes, apart: true, tried: [far] }, target).is).toBe('held');
    expect(tcp.judge({ processes, apart: true, tried: [{ ...far, connect: fail('lost') }] }, target).is).toBe(
      'unclear',
    );
    const shared = ['/bin/node'];
    expect(files.judge({ processes, shared, all: 3, writable: ok({ '/bin/node': 'EACCES' }) }, target).is).toBe('held');
    expect(files.judge({ processes, shared, all: 3, writable: ok({ '/bin/node': 'EIO' }) }, target).is).toBe('unclear');
    expect(files.judge({ processes, shared, all: 3, writable: ok({}) }, target).is).toBe('unclear');
    expect(files.judge({ processes, shared: [], all: 0, writable: ok({}) }, target).is).toBe('unclear');
  });

  it('say breached for one way in, whatever else could not be looked at', () => {
    const processes = [hidden];
    expect(sockets.judge({ processes, tried: [{ path: '/tmp/a', code: 'ok' }] }, target).is).toBe('breached');
    expect(files.judge({ processes, shared: ['/x'], all: 1, writable: ok({ '/x': 'ok' }) }, target).is).toBe(
      'breached',
    );
    const connect = ok({ connected: true } as const);
    expect(tcp.judge({ processes, apart: false, tried: [{ at: '127.0.0.1:1', connect }] }, target).is).toBe('breached');
  });

  it('name code-server’s list of sessions, and hold', () => {
    const tried = [{ path: '/home/u/.code/data/code-server-ipc.sock', code: 'ok' }];
    const judged = sockets.judge({ processes: [server], tried }, target);
    expect(judged.is).toBe('held');
    expect(judged.because).toContain('list(s) of code-server’s sessions');
  });

  it('take a server that wants a token for safe in one container only', () => {
    const page: Outcome<Facts['http']> = ok({ status: 403, headers: {}, body: '' });
    const talk = { version: page, page, handshake: ok({ text: 'auth mismatch' }) };
    const tried = [{ at: '127.0.0.1:1', connect: ok({ connected: true } as const), talk }];
    expect(tcp.judge({ processes: [server], apart: false, tried }, target).is).toBe('held');
    expect(tcp.judge({ processes: [server], apart: true, tried }, target).is).toBe('breached');
  });
});

describe('a path of one container in another', () => {
  const mount = (type: string, source: string, at: string) => ({ type, source, target: at, writable: true });
  const editor = [mount('bind', '/home/u/app', '/workspace'), mount('volume', 'p_terminal', '/run/terminal')];
  const agent = [
    mount('bind', '/home/u', '/host'),
    mount('volume', 'p_terminal', '/run/other'),
    mount('volume', 'p_tmp', '/tmp'),
  ];

  it('is found through binds and volumes that both have', () => {
    expect(sharedPath(editor, agent, '/workspace/.git/x.sock')).toBe('/host/app/.git/x.sock');
    expect(sharedPath(editor, agent, '/run/terminal/agent.sock')).toBe('/run/other/agent.sock');
  });

  it('is not there where they share nothing', () => {
    expect(sharedPath(editor, agent, '/tmp/vscode-ipc-1.sock')).toBeUndefined();
    expect(sharedPath(editor, agent, '/run/terminal-other/x')).toBeUndefined();
    expect(sharedPath([mount('volume', 'p_editor-tmp', '/tmp'), ...editor], agent, '/tmp/x')).toBeUndefined();
  });
});

describe('the choice of probes', () => {
  it('leaves those out that need an attached editor, unless they are asked for', () => {
    const live = PROBES.filter((probe) => probe.live === true).map(({ id }) => id);
    expect(live.length).toBeGreaterThan(0);
    const ids = (only: readonly string[], liveEditor: boolean) => chooseProbes(only, liveEditor).map(({ id }) => id);
    expect(ids([], false).filter((id) => live.includes(id))).toEqual([]);
    expect(ids([], true)).toEqual(expect.arrayContaining(live));
    expect(ids([], true)).not.toContain('git-hooks');
    expect(ids(['live-editor-tcp'], false)).toEqual(['live-editor-tcp']);
  });
});
