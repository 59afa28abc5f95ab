import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cli, cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { docker, engineAnswers } from '../support/live.ts';

/** The agent's user can end and spoil the way in; here it does, while the editor's container runs. */
describe.skipIf(!engineAnswers())('the way into the agent’s container, after the agent broke it', () => {
  let sample: Sample;
  const container = (role: string): string =>
    docker(
      'ps',
      '--all',
      '--quiet',
      '--no-trunc',
      '--filter',
      `label=dev.cofferdam.project=${sample.project()}`,
      '--filter',
      `label=dev.cofferdam.role=${role}`,
    );
  const inAgent = (script: string): void => void docker('exec', container('agent'), 'bash', '-c', script);
  const shell = (...argv: string[]): Cli => {
    const done = spawnSync('docker', ['exec', container('editor'), 'agent-shell', ...argv], { encoding: 'utf8' });
    return { code: done.status, stdout: done.stdout, stderr: done.stderr };
  };
  const END = 'kill "$(pgrep -o -x socat)"';
  const SOCKET = '/run/cofferdam-terminal/agent.sock';

  beforeAll(() => {
    sample = sampleRepository('recovery');
    expect(cofferdam(sample.root, ['init', '--yes', '--topology', 'split'])).toMatchObject({ code: 0 });
    const up = cofferdam(sample.root, ['up']);
    expect(up.code, up.stderr).toBe(0);
  });
  afterAll(() => sample?.remove());

  it.each([
    [['-lc', 'shopt -q login_shell && echo login'], 'login'],
    [['-cl', 'shopt -q login_shell && echo login'], 'login'],
    [['-l', '-i', '-c', 'shopt -q login_shell && echo "$-"'], /i/],
    [['-c', 'shopt -q login_shell || echo plain'], 'plain'],
    [['-c', 'printf "%s|" "$0" "$@"', 'name', "it's", 'two words', '$HOME', ''], "name|it's|two words|$HOME||"],
    [['-c', '--', 'echo "$#"', 'name', '-x'], '1'],
  ] as const)('takes, when it is there, the words that shells take: %j', (argv, said) => {
    const done = shell(...argv);
    expect(done.code, done.stderr).toBe(0);
    expect(done.stdout.trim()).toEqual(typeof said === 'string' ? said : expect.stringMatching(said));
  });

  it.each([['-x'], ['-lx', 'true'], ['script.sh'], ['-c'], ['-lc'], ['-']])('refuses other words: %s %s', (...argv) => {
    expect(shell(...argv)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^agent-shell: /),
    });
  });

  it.each([
    ['removed the socket', `rm ${SOCKET}`, 'running'],
    [
      'put a socket there that nobody answers on',
      `rm ${SOCKET} && socat -u UNIX-LISTEN:${SOCKET},fork OPEN:/dev/null & until [ -S ${SOCKET} ]; do :; done`,
      'running',
    ],
    ['ended socat', END, 'exited'],
    ['left a folder in the socket’s place', `rm ${SOCKET} && mkdir -p ${SOCKET}/x && ${END}`, 'exited'],
    [
      'closed the folder',
      `mkdir -p ${SOCKET}.d/x && chmod 0 ${SOCKET}.d && chmod 0 /run/cofferdam-terminal && ${END}`,
      'exited',
    ],
  ])('is there again after `up`: the agent %s', (_, attack, state) => {
    const editor = container('editor');
    const started = docker('inspect', '--format', '{{.State.StartedAt}}', editor);
    inAgent(attack);
    if (state === 'exited') docker('wait', container('agent'));
    expect(docker('inspect', '--format', '{{.State.Status}}', container('agent'))).toBe(state);
    expect(shell('-c', 'echo there')).toMatchObject({ code: 1, stderr: expect.stringContaining('`cofferdam up`') });
    const up = cofferdam(sample.root, ['up']);
    expect(up.code, up.stderr).toBe(0);
    expect(shell('-c', 'echo there')).toEqual({ code: 0, stdout: 'there\n', stderr: '' });
    // Whoever works in the editor keeps on working.
    expect(docker('inspect', '--format', '{{.State.StartedAt}}', editor)).toBe(started);
  });

  it('says that the agent’s container has ended, not that its exit status is its health', () => {
    inAgent(END);
    docker('wait', container('agent'));
    const said = cofferdam(sample.root, ['status', '--json']);
    expect(JSON.parse(said.stdout).containers).toContainEqual(
      expect.objectContaining({ role: 'agent', state: 'exited', health: '' }),
    );
    expect(cofferdam(sample.root, ['up'])).toMatchObject({ code: 0 });
  });
});
