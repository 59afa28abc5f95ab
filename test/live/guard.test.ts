import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker, engineAnswers, unique } from '../support/live.ts';
import { SIDECAR } from '../support/sidecar.ts';

const NODE = 'node:22-bookworm-slim';

/** Two containers that share a tmpfs volume and nothing else, as in the box: the agent's and the guard's. */
describe.skipIf(!engineAnswers())('the guard in a container of its own', () => {
  const name = unique('guard');
  const agent = `${name}-agent`;
  const guard = `${name}-guard`;
  const confined = [
    '--user',
    '1000:1000',
    '--cap-drop',
    'ALL',
    '--security-opt',
    'no-new-privileges',
    '--network',
    'none',
  ];
  const startGuard = (): void => {
    docker(
      'run',
      '-d',
      '--name',
      guard,
      ...confined,
      '--read-only',
      '--tmpfs',
      '/run:mode=1777,size=1m',
      '-v',
      `${name}:/watched`,
      '-v',
      `${SIDECAR}:/cofferdam.cjs:ro`,
      NODE,
      'node',
      '/cofferdam.cjs',
      'guard',
      '--watch',
      '/watched',
    );
  };
  /** A script in the agent's container, as the same user as the guard. */
  const inside = (script: string) => spawnSync('docker', ['exec', agent, 'node', '-e', script], { encoding: 'utf8' });
  /** Makes a socket, waits for at most `ms`, and says whether it is still there. */
  const make = (path: string, ms: number): string =>
    inside(`
      const fs = require('node:fs');
      fs.mkdirSync(require('node:path').dirname('${path}'), { recursive: true });
      require('node:net').createServer().listen('${path}', async () => {
        const end = Date.now() + ${ms};
        while (fs.existsSync('${path}') && Date.now() < end) await new Promise((r) => setTimeout(r, 5));
        console.log(fs.existsSync('${path}') ? 'there' : 'gone');
        process.exit();
      })`).stdout.trim();

  beforeAll(() => {
    docker(
      'volume',
      'create',
      '--opt',
      'type=tmpfs',
      '--opt',
      'device=tmpfs',
      '--opt',
      'o=mode=1777,nosuid,nodev',
      name,
    );
    docker('run', '-d', '--init', '--name', agent, ...confined, '-v', `${name}:/tmp`, NODE, 'sleep', 'infinity');
  });
  afterAll(() => {
    spawnSync('docker', ['rm', '-f', '-v', agent, guard]);
    spawnSync('docker', ['volume', 'rm', name]);
  });

  it('removes what was there before, and what comes, where without it everything stays', () => {
    expect(make('/tmp/user/1000/vscode-git-1.sock', 1_000)).toBe('there');
    startGuard();
    expect(make('/tmp/vscode-ipc-1.sock', 30_000)).toBe('gone');
    expect(make('/tmp/user/1000/deep/vscode-ssh-auth-1.sock', 30_000)).toBe('gone');
    expect(inside("console.log(require('node:fs').existsSync('/tmp/user/1000/vscode-git-1.sock'))").stdout.trim()).toBe(
      'false',
    );
  });

  it('is healthy by what the agent can’t reach', () => {
    const health = (): number | null =>
      spawnSync('docker', ['exec', guard, 'node', '/cofferdam.cjs', 'health', 'guard']).status;
    const end = Date.now() + 30_000;
    while (health() !== 0 && Date.now() < end);
    expect(health()).toBe(0);
  });

  it('can’t be killed, stopped or blinded from the agent’s container', () => {
    const result = inside(`
      const fs = require('node:fs');
      const pids = fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name) && Number(name) !== process.pid);
      const seen = pids.map((pid) => fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8'));
      console.log(seen.some((line) => line.includes('--watch')) ? 'sees it' : 'does not see it');
      for (const pid of pids) if (Number(pid) !== 1) try { process.kill(Number(pid), 'SIGKILL'); } catch {}`);
    expect(result.stdout.trim()).toBe('does not see it');
    // Thousands of folders, renamed and removed, and a link to the root.
    inside(`
      const fs = require('node:fs');
      for (let i = 0; i < 2000; i++) fs.mkdirSync('/tmp/many/' + i, { recursive: true });
      fs.renameSync('/tmp/many', '/tmp/more');
      fs.symlinkSync('/', '/tmp/root');
      for (let i = 0; i < 2000; i++) fs.rmdirSync('/tmp/more/' + i);`);
    expect(docker('inspect', '-f', '{{.State.Running}} {{.RestartCount}}', guard)).toBe('true 0');
    expect(docker('start', agent)).toBe(agent);
    expect(make('/tmp/more/later/vscode-ipc-2.sock', 30_000)).toBe('gone');
  });

  it('says in its log what it removed, and nothing that the agent wrote', () => {
    const log = docker('logs', guard);
    expect(log).toMatch(/"event":"removed","detail":\{"pattern":"vscode-ipc","count":1\}/);
    expect(log).not.toContain('vscode-ipc-1.sock');
  });
});
