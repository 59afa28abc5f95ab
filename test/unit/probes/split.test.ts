import { describe, expect, it } from 'vitest';
import type { Facts, Outcome } from '../../../src/core/probing.ts';
import editorForwarding from '../../../src/probes/editor-forwarding.ts';
import editorKey from '../../../src/probes/editor-key.ts';
import editorSeparate from '../../../src/probes/editor-separate.ts';
import editorTcp from '../../../src/probes/editor-tcp.ts';

type Fail = Extract<Outcome<never>, { ok: false }>;
const fail = (code: string): Fail => ({ ok: false, code, message: `${code}: what it says` });
const ok = <T>(value: T): Outcome<T> => ({ ok: true, value });

describe('the judge of two separate containers', () => {
  const target = { editor: 'editor', agent: 'box', outside: ['/home/u/app/.git'], forwards: true } as const;
  const namespaces = (number: number) => ({
    pid: `pid:[${number}]`,
    ipc: `ipc:[${number}]`,
    mnt: `mnt:[${number}]`,
    net: `net:[${number}]`,
    user: 'user:[1]',
  });
  const network = (id: string) => ({ id, name: id, address: '', gateway: '' });
  const mount = (source: string, at: string, writable: boolean) => ({ type: 'volume', source, target: at, writable });
  const memory = (at: string) => ({ type: 'tmpfs', source: '', target: at, writable: true });
  const editor = {
    facts: {
      networks: [network('editor')],
      mounts: [
        mount('ws', '/workspace', true),
        mount('terminal', '/run/cofferdam-terminal', false),
        mount('keys', '/run/cofferdam-editor', true),
        mount('editor-tmp', '/tmp', true),
        mount('forward', '/run/cofferdam-forward', false),
        memory('/root'),
      ],
    },
    namespaces: namespaces(1),
  };
  const agent = {
    facts: {
      networks: [network('default')],
      mounts: [
        mount('ws', '/workspace', true),
        mount('terminal', '/run/cofferdam-terminal', true),
        mount('keys', '/run/cofferdam-editor', false),
        mount('tmp', '/tmp', true),
        mount('forward', '/run/cofferdam-forward', true),
        memory('/root'),
      ],
    },
    namespaces: namespaces(2),
  };
  const judge = (changes: Partial<typeof agent>) =>
    editorSeparate.judge({ editor, agent: { ...agent, ...changes } }, target);
  const mounts = (...more: readonly ReturnType<typeof mount>[]) => ({
    facts: { ...agent.facts, mounts: [...agent.facts.mounts.slice(0, 2), ...more] },
  });

  it('holds where only the workspace and the way in are common, and forwarded ports where there are any', () => {
    expect(judge({}).is).toBe('held');
    expect(editorSeparate.judge({ editor, agent }, { ...target, forwards: false }).because).toContain(
      'cofferdam-forward',
    );
  });

  it.each(['pid', 'ipc', 'mnt', 'net'] as const)(
    'names a common %s namespace, and takes none that is unknown',
    (name) => {
      expect(judge({ namespaces: { ...namespaces(2), [name]: `${name}:[1]` } }).because).toContain(
        `one ${name} namespace`,
      );
      expect(judge({ namespaces: { ...namespaces(2), [name]: '' } }).is).toBe('unclear');
    },
  );

  it('names a common network, a common folder, and who may write what he should read', () => {
    expect(judge({ facts: { ...agent.facts, networks: [network('editor')] } }).is).toBe('breached');
    expect(judge(mounts(mount('editor-tmp', '/mnt', false))).because).toContain('/tmp is /mnt of the agent’s');
    expect(judge(mounts(mount('keys', '/run/cofferdam-editor', true))).because).toContain(
      'writes /run/cofferdam-editor',
    );
    expect(judge(mounts(mount('terminal', '/run/cofferdam-editor', true))).is).toBe('breached');
    expect(judge(mounts(mount('forward', '/run/user', true))).because).toContain('is /run/user of the agent’s');
  });
});

describe('the judge of the key', () => {
  const path = '/run/cofferdam-key/key';
  const writes = (...codes: readonly string[]) => codes.map((code, at) => ({ way: `way ${at}`, code }));
  const judge = (read: string, codes: readonly string[], place: 'box' | 'editor' = 'box') =>
    editorKey.judge({ key: ok({ [path]: read }), writes: writes(...codes) }, { place }).is;

  it('holds where it is not there and the public half is read-only', () => {
    expect(judge('ENOENT', ['EROFS', 'EROFS'])).toBe('held');
    expect(judge('ok', ['EROFS', 'EROFS'])).toBe('breached');
    expect(judge('ENOENT', ['ok', 'EROFS'])).toBe('breached');
    expect(judge('ENOENT', ['EROFS', 'ENOENT'])).toBe('unclear');
    expect(judge('EIO', ['EROFS', 'EROFS'])).toBe('unclear');
    expect(editorKey.judge({ key: fail('lost'), writes: [] }, { place: 'box' }).is).toBe('unclear');
  });

  it('takes for its control only a place that has both', () => {
    expect(judge('ok', ['ok', 'ok'], 'editor')).toBe('breached');
    expect(judge('ok', ['ok', 'EROFS'], 'editor')).toBe('unclear');
    expect(judge('ENOENT', ['ok', 'ok'], 'editor')).toBe('unclear');
  });
});

describe('the judge of connections to the editor’s container', () => {
  it('holds on no route and no name, and on nothing else', () => {
    const target = { from: 'box', host: 'editor' } as const;
    for (const code of ['connect-timeout', 'ECONNREFUSED', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']) {
      expect(editorTcp.judge(fail(code), target).is).toBe('held');
    }
    expect(editorTcp.judge(ok({ connected: true }), target).is).toBe('breached');
    expect(editorTcp.judge(fail('lost'), target).is).toBe('unclear');
  });
});

describe('the judge of forwarding', () => {
  const target = { ssh: [], what: 'a socket', nonce: 'n' } as const;
  const ran = (stdout: string, stderr = '', exit = 0): Outcome<Facts['run']> =>
    ok({ exit, stdout, stderr, timedOut: false });
  const refused = ran('', 'Error: remote port forwarding failed for listen path /tmp/n-back', 255);

  it('holds only where a session works and the forward is refused in words', () => {
    expect(editorForwarding.judge({ plain: ran('arrived\n'), forward: refused }, target).is).toBe('held');
    expect(editorForwarding.judge({ plain: ran('arrived\n'), forward: ran('arrived\n') }, target).is).toBe('breached');
    expect(editorForwarding.judge({ plain: ran('', 'no', 255), forward: refused }, target).is).toBe('unclear');
    expect(editorForwarding.judge({ plain: ran('arrived\n'), forward: ran('', 'closed', 255) }, target).is).toBe(
      'unclear',
    );
    expect(editorForwarding.judge({ plain: fail('lost'), forward: refused }, target).is).toBe('unclear');
    expect(editorForwarding.judge({ plain: ran('arrived\n'), forward: fail('ENOENT') }, target).is).toBe('unclear');
  });
});
