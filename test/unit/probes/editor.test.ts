import { describe, expect, it } from 'vitest';
import type { Facts, Handle, Outcome } from '../../../src/core/probing.ts';
import editorEnviron from '../../../src/probes/editor-environ.ts';
import editorLoopback from '../../../src/probes/editor-loopback.ts';
import editorMemory from '../../../src/probes/editor-memory.ts';
import editorRace from '../../../src/probes/editor-race.ts';
import editorWays from '../../../src/probes/editor-ways.ts';
import { type Talk, whatAnswers } from '../../../src/probes/support/talk.ts';

type Fail = Extract<Outcome<never>, { ok: false }>;
const fail = (code: string): Fail => ({ ok: false, code, message: `${code}: what it says` });
const ok = <T>(value: T): Outcome<T> => ({ ok: true, value });
const page = (status: number, body: string, headers: Record<string, string> = {}): Outcome<Facts['http']> =>
  ok({ status, headers, body });
const raw = (text: string): Outcome<Facts['raw']> => ok({ text });

const leading = (leads: Handle['leads'], code = 'ok'): Handle => ({ pid: 7, name: 'VSCODE_IPC_HOOK_CLI', leads, code });

describe('the judge of ways to start a program', () => {
  const way = { name: 'sh -c', program: 'sh', argv: ['sh', '-c', ''] };
  const target = { place: 'box', way, everywhere: false } as const;
  const beacon = '/dev/shm/cfd0123456789abcdef-1';
  const out = {
    reach: { tried: 3, open: [beacon], whole: true },
    handles: { read: 1, unread: 0, found: [] as Handle[] },
    beacon,
  };
  const judge = (changes: Partial<typeof out>) => editorWays.judge({ ...out, ...changes }, target).is;
  const opened = (...open: readonly string[]) => ({ reach: { ...out.reach, open: [beacon, ...open] } });
  const found = (...handles: readonly Handle[]) => ({ handles: { ...out.handles, found: [...handles] } });

  it('holds only where a socket of ours was reached, and everything was looked at', () => {
    expect(judge({})).toBe('held');
    expect(judge({ reach: { ...out.reach, open: [] } })).toBe('unclear');
    expect(judge({ reach: { ...out.reach, whole: false } })).toBe('unclear');
    expect(judge({ handles: { ...out.handles, read: 0 } })).toBe('unclear');
  });

  it('counts a socket by its name, abstract ones too, and by the variable that names it', () => {
    expect(judge(opened('/run/user/1000/vscode-git-1.sock'))).toBe('breached');
    expect(judge(opened('@/tmp/vscode-ipc-1.sock'))).toBe('breached');
    expect(judge(opened('@vscode-ipc-1.sock'))).toBe('breached');
    expect(judge(opened('/tmp/database.sock'))).toBe('held');
    expect(judge(opened('/home/u/.local/share/code-server/code-server-ipc.sock'))).toBe('held');
    expect(judge(found(leading('socket')))).toBe('breached');
    expect(judge(found(leading('port')))).toBe('breached');
    expect(judge(found(leading('token')))).toBe('breached');
    expect(judge(found(leading('socket', 'ECONNREFUSED'), leading('file'), leading('nothing')))).toBe('held');
  });

  it('leaves out what other probes of the same run have put there', () => {
    expect(judge(opened('/tmp/vscode-ipc-cfd0123456789abcdef.sock'))).toBe('held');
    expect(judge(opened('/tmp/vscode-ipc-cfdfedcba9876543210.sock'))).toBe('breached');
  });

  it('takes for its control only a sweep that sees both the socket and the variable', () => {
    const control = { ...target, folder: '/tmp/x' };
    const socket = opened('/tmp/x/vscode-ipc-canary.sock');
    expect(editorWays.judge({ ...out, ...socket, ...found(leading('socket')) }, control).is).toBe('breached');
    expect(editorWays.judge({ ...out, ...socket }, control).is).toBe('unclear');
    expect(editorWays.judge({ ...out, ...found(leading('socket')) }, control).is).toBe('unclear');
  });
});

describe('the judge of environments', () => {
  const target = { place: 'box' } as const;
  const out = { read: 3, unread: 1, found: [] as Handle[] };

  it('counts a value that leads somewhere, not one that points at nothing', () => {
    expect(editorEnviron.judge(out, target).is).toBe('held');
    expect(editorEnviron.judge({ ...out, found: [leading('socket', 'ENOENT'), leading('file')] }, target).is).toBe(
      'held',
    );
    expect(editorEnviron.judge({ ...out, found: [leading('socket')] }, target).is).toBe('breached');
    expect(editorEnviron.judge({ ...out, found: [leading('token')] }, target).is).toBe('breached');
  });

  it('is unclear where none could be read', () => {
    expect(editorEnviron.judge({ ...out, read: 0 }, target).is).toBe('unclear');
  });
});

describe('the judge of an editor’s memory', () => {
  const target = { place: 'box' } as const;

  it('holds where there is none, or where each one is refused', () => {
    expect(editorMemory.judge({ seen: 3, processes: 0, memory: ok({}) }, target).is).toBe('held');
    expect(editorMemory.judge({ seen: 3, processes: 1, memory: ok({ 7: 'EACCES' }) }, target).is).toBe('held');
    expect(editorMemory.judge({ seen: 3, processes: 2, memory: ok({ 7: 'EACCES', 8: 'ok' }) }, target).is).toBe(
      'breached',
    );
  });

  it('takes nothing that was not looked at for a refusal', () => {
    expect(editorMemory.judge({ seen: 0, processes: 0, memory: ok({}) }, target).is).toBe('unclear');
    expect(editorMemory.judge({ seen: 3, processes: 2, memory: ok({ 7: 'EACCES' }) }, target).is).toBe('unclear');
    expect(editorMemory.judge({ seen: 3, processes: 1, memory: ok({ 7: 'ESRCH' }) }, target).is).toBe('unclear');
    expect(editorMemory.judge({ seen: 3, processes: 0, memory: fail('lost') }, target).is).toBe('unclear');
  });
});

describe('the judge of a race for sockets', () => {
  const target = {
    editor: 'editor',
    agent: 'box',
    folder: '/run/cofferdam',
    prefix: 'vscode-ipc-',
    count: 1000,
  } as const;
  const none: Facts['race'] = { made: 0, connected: 0, removed: 0, refused: {} };
  const spun = { rounds: 9000, connected: 0 };
  const judge = (race: Partial<Facts['race']>, changes = {}) =>
    editorRace.judge({ race: { ...none, ...race }, spun, apart: false, ...changes }, target);

  it('holds where each socket is refused, or made where the attacker sees none', () => {
    expect(judge({ refused: { EACCES: 1000 } }).is).toBe('held');
    expect(judge({ made: 1000 }, { apart: true }).is).toBe('held');
  });

  it('says how many it got to, and one is enough', () => {
    expect(judge({ made: 1000, removed: 999, connected: 1 })).toEqual({
      is: 'breached',
      because: 'connected to 1 of 1000 sockets, 999 were removed first or meanwhile',
    });
  });

  it('takes no race that was lost for one that cannot be won', () => {
    expect(judge({ made: 1000, removed: 1000 }).is).toBe('unclear');
  });

  it('is unclear where not all were tried, nobody looked, or the refusal is none', () => {
    expect(judge({ refused: { EACCES: 999 } }).is).toBe('unclear');
    expect(judge({ refused: { EACCES: 1000 } }, { spun: { rounds: 0, connected: 0 } }).is).toBe('unclear');
    expect(judge({ refused: { EACCES: 999, ENOENT: 1 } }).is).toBe('unclear');
    expect(judge({ made: 1000 }, { apart: true, spun: { rounds: 999, connected: 0 } }).is).toBe('unclear');
    expect(judge({ made: 1000 }, { apart: true, spun: { rounds: 9000, connected: 1 } }).is).toBe('unclear');
  });
});

const COMMIT = 'a'.repeat(40);
const silent: Talk = { version: fail('timeout'), page: fail('timeout'), handshake: raw('') };

describe('what a TCP listener says to an editor’s client', () => {
  it.each([
    [
      'VS Code without a token',
      {
        version: page(200, COMMIT),
        page: page(404, 'Not found.'),
        handshake: raw('HTTP/1.1 101 Switching Protocols\r\n\r\n\x02{"type":"sign","data":""}'),
      },
      'open',
    ],
    [
      'VS Code with a token',
      {
        version: page(200, COMMIT),
        page: page(403, 'Forbidden.'),
        handshake: raw(
          'HTTP/1.1 101 Switching Protocols\r\n\r\n\x02{"type":"error","reason":"Unauthorized client refused: auth mismatch"}',
        ),
      },
      'asks for a token',
    ],
    [
      'code-server without a password',
      { version: page(200, '<html>'), page: page(302, '', { location: './?folder=/workspace' }), handshake: raw('') },
      'open',
    ],
    [
      'its page',
      { version: page(404, ''), page: page(200, '<meta id="vscode-workbench-web-configuration">'), handshake: raw('') },
      'open',
    ],
    [
      'code-server with a password',
      {
        version: page(302, '', { location: './login' }),
        page: page(302, '', { location: './login' }),
        handshake: raw('HTTP/1.1 401 Unauthorized\r\n\r\n'),
      },
      'asks for a token',
    ],
    [
      'an editor that answers neither',
      { version: page(200, COMMIT), page: page(404, ''), handshake: raw('') },
      'unclear',
    ],
    [
      'a web server of the project',
      { version: page(404, ''), page: page(200, '<h1>shop</h1>'), handshake: raw('HTTP/1.1 400 Bad Request\r\n\r\n') },
      'no editor',
    ],
    ['a database', silent, 'no editor'],
  ] as const)('%s', (_, talk, is) => {
    expect(whatAnswers(talk).is).toBe(is);
  });

  it('is judged for each listener', () => {
    const target = { place: 'box' } as const;
    const open = { ...silent, handshake: raw('{"type":"sign"') };
    const at = '127.0.0.1:1';
    expect(editorLoopback.judge([], target).is).toBe('held');
    expect(editorLoopback.judge([{ at, connect: ok({ connected: true }), talk: silent }], target).is).toBe('held');
    expect(editorLoopback.judge([{ at, connect: ok({ connected: true }), talk: open }], target).is).toBe('breached');
    expect(editorLoopback.judge([{ at, connect: fail('ECONNREFUSED') }], target).is).toBe('held');
    expect(editorLoopback.judge([{ at, connect: fail('lost') }], target).is).toBe('unclear');
    const asks = { version: page(200, COMMIT), page: page(403, ''), handshake: raw('auth mismatch') };
    const judged = editorLoopback.judge([{ at, connect: ok({ connected: true }), talk: asks }], target);
    expect(judged.is).toBe('held');
    expect(judged.because).toContain('who finds the token of 127.0.0.1:1');
  });
});
