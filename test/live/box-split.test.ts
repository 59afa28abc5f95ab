import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cli, cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { docker, engineAnswers } from '../support/live.ts';

const SOCKET = '/run/cofferdam-terminal/agent.sock';

/** Answers one connection on a port of all addresses, and says on standard output that it listens. */
const LISTEN = `require('net').createServer((s) => s.end('reached')).listen(7007, '0.0.0.0')`;
const CONNECT = `const s = require('net').connect({ host: process.argv[1], port: 7007, timeout: 3000 });
  s.on('data', (d) => { console.log(String(d)); process.exit() });
  for (const e of ['error', 'timeout', 'close']) s.on(e, () => { console.log('not reached'); process.exit() });`;

describe.skipIf(!engineAnswers())('a split box', () => {
  let sample: Sample;
  const container = (role: string): string =>
    docker(
      'ps',
      '--quiet',
      '--no-trunc',
      '--filter',
      `label=dev.cofferdam.project=${sample.project()}`,
      '--filter',
      `label=dev.cofferdam.role=${role}`,
    );
  const run = (role: string, argv: readonly string[], ...flags: string[]): Cli => {
    const done = spawnSync('docker', ['exec', ...flags, container(role), ...argv], { encoding: 'utf8' });
    return { code: done.status, stdout: done.stdout, stderr: done.stderr };
  };
  /** What the editor starts for a terminal or a task. */
  const shell = (command: string, ...flags: string[]): Cli => run('editor', ['agent-shell', '-c', command], ...flags);
  const inAgent = (script: string): Cli => run('agent', ['bash', '-c', script]);
  const inEditor = (script: string): Cli => run('editor', ['bash', '-c', script]);

  beforeAll(() => {
    sample = sampleRepository('split');
    sample.write(
      'package-lock.json',
      '{ "name": "sample", "version": "1.0.0", "lockfileVersion": 3, "packages": { "": { "name": "sample", "version": "1.0.0" } } }\n',
    );
    expect(cofferdam(sample.root, ['init', '--yes', '--topology', 'split'])).toMatchObject({ code: 0 });
    const up = cofferdam(sample.root, ['up']);
    expect(up.code, up.stderr).toBe(0);
  });
  afterAll(() => sample?.remove());

  it('opens the editor’s shells in the agent’s container, as the same user, without any privilege', () => {
    const said = shell('hostname; id -u; grep -E "CapBnd|NoNewPrivs" /proc/self/status; pwd');
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(said.stdout.split('\n').slice(0, 5)).toEqual([
      docker('inspect', '--format', '{{.Config.Hostname}}', container('agent')),
      docker('exec', container('agent'), 'id', '-u'),
      'CapBnd:\t0000000000000000',
      'NoNewPrivs:\t1',
      '/workspace',
    ]);
  });

  it('keeps folder, exit status, quotes, line breaks, input and the terminal', () => {
    sample.write('sub/x.txt', 'x\n');
    expect(shell('pwd', '--workdir', '/workspace/sub').stdout).toBe('/workspace/sub\n');
    expect(shell('pwd', '--workdir', '/var').stdout).toBe('/var\n');
    expect(shell('exit 7')).toMatchObject({ code: 7 });
    expect(shell(`printf '%s\\n' "it's" '"two"' \\$HOME\necho 'last $x'`).stdout).toBe(`it's\n"two"\n$HOME\nlast $x\n`);
    const piped = spawnSync('docker', ['exec', '-i', container('editor'), 'agent-shell', '-c', 'cat'], {
      input: 'through\n',
      encoding: 'utf8',
    });
    expect(piped.stdout).toBe('through\n');
    expect(
      shell('tty; echo "$TERM $COLORTERM"', '--tty', '-e', 'TERM=xterm-256color', '-e', 'COLORTERM=truecolor'),
    ).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\/dev\/pts\/\d+\r\nxterm-256color truecolor\r\n$/),
    });
    expect(shell('', '--workdir', '/workspace').code).toBe(0);
    expect(run('editor', ['agent-shell', '--evil'])).toMatchObject({ code: 2 });
  });

  it('gives a session what the agent’s container has, and nothing of the editor’s', () => {
    const said = shell(
      'env',
      '--env',
      'VSCODE_IPC_HOOK_CLI=/tmp/vscode-ipc-1.sock',
      '--env',
      'GIT_ASKPASS=/x',
      '--env',
      'SSH_AUTH_SOCK=/tmp/x',
    );
    const direct = run('agent', ['env']).stdout.split('\n');
    for (const name of ['DOCKER_HOST', 'XDG_RUNTIME_DIR', 'CLAUDE_CONFIG_DIR', 'npm_config_cache', 'PATH']) {
      expect(said.stdout.split('\n')).toContain(direct.find((line) => line.startsWith(`${name}=`)));
    }
    expect(said.stdout).not.toMatch(/VSCODE|ASKPASS|SSH_AUTH_SOCK=./);
    expect(shell('claude --version')).toMatchObject({ code: 0, stdout: expect.stringContaining('Claude Code') });
    expect(run('editor', ['sh', '-c', 'command -v claude docker; ls /home/vscode/.claude']).stdout).toBe('');
  });

  it('shows the editor’s container no token of an agent, which lies in the workspace', () => {
    const token = '.devcontainer/state/claude-code/.claude/.credentials.json';
    expect(inAgent('echo canary-token > ~/.claude/.credentials.json').code).toBe(0);
    expect(sample.read(token)).toBe('canary-token\n');
    const search = 'grep -rsl canary-token /workspace /home /tmp /run /etc';
    expect(inEditor(`cat ${token}; ls -A .devcontainer/state`)).toMatchObject({ stdout: '' });
    expect(inEditor(search).stdout).toBe('');
    expect(inEditor('touch .devcontainer/state/x').stderr).toContain('Read-only file system');
    // The control: the same search finds it where the folder is not covered.
    expect(inAgent(search).stdout).toContain(`/workspace/${token}`);
  });

  it('installed the packages in the agent’s container; the editor’s reads them', () => {
    expect(inAgent('ls node_modules/.package-lock.json')).toMatchObject({ code: 0 });
    expect(inEditor('ls node_modules/.package-lock.json && ! touch node_modules/x')).toMatchObject({ code: 0 });
  });

  it('lets both edit and commit what the other made', () => {
    expect(inEditor('echo e > from-editor && git add from-editor && git commit -qm "From the editor"').code).toBe(0);
    expect(
      shell('echo a >> from-editor && echo a > from-agent && git add . && git commit -qm "From the agent"').code,
    ).toBe(0);
    expect(inEditor('echo e >> from-agent && git commit -qam "Both"').code).toBe(0);
    expect(sample.git('log', '-3', '--format=%s')).toBe('Both\nFrom the agent\nFrom the editor');
    expect(sample.git('status', '--porcelain', '--', 'from-agent', 'from-editor')).toBe('');
  });

  it('protects what the host runs in both', () => {
    for (const role of ['agent', 'editor']) {
      expect(run(role, ['sh', '-c', 'touch .git/hooks/pre-commit .vscode/tasks.json .devcontainer/x']).stderr).toMatch(
        /(?:Read-only file system[\s\S]*){3}/,
      );
    }
  });

  it('shares no namespace, no network and no folder of memory but the way in', () => {
    const namespaces = (role: string) =>
      run(role, ['sh', '-c', 'for n in pid ipc mnt net uts; do readlink /proc/self/ns/$n; done']).stdout.split('\n');
    const [agent, editor] = [namespaces('agent'), namespaces('editor')];
    expect(agent.filter((one) => one !== '' && editor.includes(one))).toEqual([]);
    expect(inAgent('echo secret > /tmp/agent; ls /run/cofferdam-key').stderr).toContain('No such file');
    expect(inEditor('ls /tmp/agent').code).not.toBe(0);
    expect(inAgent('touch /run/cofferdam-editor/key.pub').stderr).toContain('Read-only file system');
    expect(inEditor('touch /run/cofferdam-terminal/x').stderr).toContain('Read-only file system');
  });

  it('lets neither connect to the other over the network, where a container beside it can', () => {
    for (const [from, to] of [
      ['agent', 'editor'],
      ['editor', 'agent'],
    ] as const) {
      const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
      const addresses = docker('inspect', '--format', format, container(to)).trim().split(' ');
      docker('exec', '--detach', container(to), 'node', '-e', LISTEN);
      for (const address of [...addresses, to]) {
        expect(run(from, ['node', '-e', CONNECT, address]).stdout.trim()).toBe('not reached');
      }
      const network = docker(
        'inspect',
        '--format',
        '{{range $name, $n := .NetworkSettings.Networks}}{{$name}} {{end}}',
        container(to),
      );
      const image = docker('inspect', '--format', '{{.Config.Image}}', container(to));
      const beside = (name: string, address: string): string =>
        docker('run', '--rm', '--network', name, image, 'node', '-e', CONNECT, address);
      expect(
        network
          .trim()
          .split(' ')
          .map((name, index) => beside(name, addresses[index] ?? '')),
      ).toContain('reached');
    }
  });

  it('forwards nothing in either direction, where the same server without that setting would', () => {
    const listen = `node -e "require('net').createServer((s) => s.end('reached')).listen(7008, '127.0.0.1')" & sleep infinity`;
    docker('exec', '--detach', container('agent'), 'sh', '-c', listen);
    const attempt = (socket: string): string =>
      inEditor(
        `ssh -F /etc/cofferdam/ssh_config -o ClearAllForwardings=no -o "ProxyCommand=socat - UNIX-CONNECT:${socket}" -W 127.0.0.1:7008 agent 2>&1`,
      ).stdout;
    expect(attempt('/run/cofferdam-terminal/agent.sock')).not.toContain('reached');
    // The control: the same server, told to forward.
    docker(
      'exec',
      '--detach',
      container('agent'),
      'sh',
      '-c',
      `sed '/^DisableForwarding/d' /etc/cofferdam/sshd_config > /tmp/open
       exec socat UNIX-LISTEN:/run/cofferdam-terminal/open.sock,fork EXEC:'/usr/sbin/sshd -i -f /tmp/open'`,
    );
    expect(inAgent('until [ -S /run/cofferdam-terminal/open.sock ]; do :; done').code).toBe(0);
    expect(attempt('/run/cofferdam-terminal/open.sock')).toContain('reached');
    const back = inEditor(
      'ssh -F /etc/cofferdam/ssh_config -o ClearAllForwardings=no -o ExitOnForwardFailure=yes -R 7009:127.0.0.1:1 agent true 2>&1',
    );
    expect(back.stdout).toMatch(/forwarding failed/);
  });

  it('forwards nothing to a server of the agent’s that would, where a client without those settings does', () => {
    docker(
      'exec',
      '--detach',
      container('agent'),
      'sh',
      '-c',
      `sed '/^DisableForwarding/d' /etc/cofferdam/sshd_config > /tmp/hostile
       exec socat UNIX-LISTEN:/run/cofferdam-terminal/hostile.sock,fork EXEC:'/usr/sbin/sshd -i -f /tmp/hostile'`,
    );
    expect(inAgent('until [ -S /run/cofferdam-terminal/hostile.sock ]; do :; done').code).toBe(0);
    docker('exec', '--detach', container('editor'), 'node', '-e', LISTEN);
    expect(inEditor('until socat -u TCP4:127.0.0.1:7007 - 2>/dev/null; do :; done').code).toBe(0);
    const look = 'ls -d /tmp/ssh-* 2>/dev/null | sed s/-.*//; socat -u TCP4:127.0.0.1:7012 - 2>/dev/null; echo "; in"';
    // What somebody may have configured: an agent with keys, and a forward.
    const attempt = (config: string): string =>
      inEditor(
        `eval "$(ssh-agent)" >/dev/null; ssh-add -q /run/cofferdam-key/key
         ${config}
         ssh -F "$config" -o "ProxyCommand=socat - UNIX-CONNECT:/run/cofferdam-terminal/hostile.sock" -R 7012:127.0.0.1:7007 agent '${look}'
         ssh-agent -k >/dev/null`,
      ).stdout;
    expect(attempt('config=/etc/cofferdam/ssh_config')).toBe('; in\n');
    const open = `sed -E '/ClearAllForwardings|IdentityAgent/d; s/ForwardAgent no/ForwardAgent yes/' /etc/cofferdam/ssh_config > /tmp/open; config=/tmp/open`;
    expect(attempt(open)).toBe('/tmp/ssh\nreached; in\n');
  });

  it.each(['127.0.0.1', '::1'])(
    'brings a port of the agent’s %s to the same port of the editor’s localhost',
    (host) => {
      const port = host === '::1' ? 7011 : 7010;
      const serve = `require('http').createServer((q, s) => s.end('app ' + q.url)).listen(${port}, '${host}')`;
      docker('exec', '--detach', container('agent'), 'node', '-e', serve);
      docker('exec', '--detach', container('editor'), 'agent-port', String(port));
      const get = `curl -sf --retry 20 --retry-all-errors --retry-delay 1 http://127.0.0.1:${port}/`;
      expect(inEditor(`${get}one; ${get}two`).stdout).toBe('app /oneapp /two');
      expect(run('editor', ['agent-port', '80;id'])).toMatchObject({ code: 2 });
      expect(run('editor', ['agent-shell', '-p', '1 2'])).toMatchObject({ code: 2 });
    },
  );

  it('takes this start’s key and no other, and no password', () => {
    const attempt = (...options: string[]): Cli =>
      run('editor', [
        ...['ssh', '-F', '/dev/null', '-o', `ProxyCommand=socat - UNIX-CONNECT:${SOCKET}`],
        ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'],
        ...[...options, 'vscode@agent', 'echo in'],
      ]);
    expect(inEditor('ssh-keygen -q -t ed25519 -N "" -f /tmp/other').code).toBe(0);
    const methods = 'PreferredAuthentications=password,keyboard-interactive,hostbased,gssapi-with-mic';
    for (const options of [
      ['-i', '/tmp/other'],
      ['-o', methods],
      ['-o', 'PreferredAuthentications=none'],
    ]) {
      expect(attempt(...options)).toMatchObject({
        code: 255,
        stdout: '',
        stderr: expect.stringContaining('Permission denied (publickey)'),
      });
    }
    expect(attempt('-i', '/run/cofferdam-key/key')).toMatchObject({ code: 0, stdout: 'in\n' });
    const own = 'sha256sum /run/cofferdam-editor/key.pub';
    const before = inEditor(own).stdout;
    docker('restart', container('editor'));
    expect(inEditor('until [ -s /run/cofferdam-key/key.pub ]; do :; done').code).toBe(0);
    expect(inEditor('until cmp -s /run/cofferdam-key/key.pub /run/cofferdam-editor/key.pub; do :; done').code).toBe(0);
    expect(inEditor(own).stdout).not.toBe(before);
    expect(shell('echo again')).toEqual({ code: 0, stdout: 'again\n', stderr: '' });
  });

  it('follows no link that the agent puts in place of its socket', () => {
    inEditor(
      `node -e "require('net').createServer(() => {}).listen('/tmp/vscode-decoy')" & sleep infinity`.replace(
        ' & sleep infinity',
        ' >/dev/null 2>&1 & disown',
      ),
    );
    expect(
      inAgent(
        'mv /run/cofferdam-terminal/agent.sock /run/cofferdam-terminal/kept && ln -s /tmp/vscode-decoy /run/cofferdam-terminal/agent.sock',
      ).code,
    ).toBe(0);
    expect(shell('true')).toMatchObject({ code: 1, stderr: expect.stringContaining('is a link') });
    expect(inAgent('rm /run/cofferdam-terminal/agent.sock').code).toBe(0);
    expect(shell('true')).toMatchObject({ code: 1, stderr: expect.stringContaining('does not run') });
    expect(inAgent('mv /run/cofferdam-terminal/kept /run/cofferdam-terminal/agent.sock').code).toBe(0);
    expect(shell('echo back').stdout).toBe('back\n');
  });

  it('holds what verify tries', () => {
    const result = cofferdam(sample.root, ['verify', '--format', 'json']);
    const { summary } = JSON.parse(result.stdout);
    expect(summary.probes).toMatchObject({ breached: 0, inconclusive: 0 });
    expect(result.code).toBe(0);
  });

  it('is gone after down', () => {
    expect(cofferdam(sample.root, ['down', '--all'])).toMatchObject({ code: 0 });
    const filter = `label=dev.cofferdam.project=${sample.project()}`;
    for (const what of ['ps -aq', 'network ls -q', 'volume ls -q']) {
      expect(docker(...what.split(' '), '--filter', filter)).toBe('');
    }
  });
});
