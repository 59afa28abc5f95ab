import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GuardPair, guardPair } from '../support/guard.ts';
import { docker, engineAnswers } from '../support/live.ts';

const LONG = 60_000;

/**
 * More changes than the kernel keeps for a reader that does not read (inotify(7), IN_Q_OVERFLOW). A bare watcher beside
 * it says whether that was enough: it misses the socket that comes after them.
 */
const overflow = (folder: string, changes: number): string => `
  const fs = require('node:fs');
  const { spawn } = require('node:child_process');
  fs.mkdirSync('${folder}', { recursive: true });
  const bare = spawn(process.execPath, ['-e', \`
    const fs = require('node:fs');
    let saw = false;
    fs.watch('/tmp', () => {});
    fs.watch('${folder}', (_, name) => {
      if (name === 'late.sock') saw = true;
      if (name === 'end') { console.log(saw ? 'saw it' : 'missed it'); process.exit(); }
    });
    console.log('ready');\`]);
  bare.stdout.once('data', () => {
    process.kill(bare.pid, 'SIGSTOP');
    for (let i = 0; i < ${changes}; i += 2) {
      fs.writeFileSync('/tmp/flood-' + i, '');
      fs.unlinkSync('/tmp/flood-' + i);
    }
    require('node:net').createServer().listen('${folder}/late.sock', () => {
      fs.linkSync('${folder}/late.sock', '${folder}/vscode-ipc-late.sock');
      bare.stdout.on('data', (said) => { console.log(String(said).trim()); process.exit(); });
      process.kill(bare.pid, 'SIGCONT');
      setInterval(() => { fs.writeFileSync('${folder}/end', ''); fs.unlinkSync('${folder}/end'); }, 20);
    });
  });`;

describe.skipIf(!engineAnswers())('ways around the guard', () => {
  let pair: GuardPair;
  beforeAll(() => {
    pair = guardPair();
    pair.startGuard();
    const end = Date.now() + 30_000;
    while (!pair.healthy() && Date.now() < end);
  });
  afterAll(() => pair?.remove());

  it('finds what came while the kernel dropped its changes', () => {
    // Deeper than the rounds look, so that only the watching or a sweep can find it.
    const folder = '/tmp/a/b/c/d/e';
    const kept = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    docker('pause', pair.guard);
    expect(pair.inside(overflow(folder, 2 * kept)).stdout.trim()).toBe('missed it');
    expect(pair.gone(`${folder}/vscode-ipc-late.sock`, 500)).toBe('there');
    docker('unpause', pair.guard);
    expect(pair.gone(`${folder}/vscode-ipc-late.sock`, LONG)).toBe('gone');
    expect(pair.gone(`${folder}/late.sock`, LONG), 'its other name').toBe('gone');
  });

  it.each<[string, string, string]>([
    ['a relative path', "process.chdir('/tmp/odd'); at = 'vscode-ipc-1.sock'", 'vscode-ipc-1.sock'],
    [
      'a folder’s descriptor',
      "at = '/proc/self/fd/' + fs.openSync('/tmp/odd') + '/vscode-ipc-2.sock'",
      'vscode-ipc-2.sock',
    ],
    [
      'a link to a folder',
      "fs.symlinkSync('/tmp/odd', '/tmp/odd-link'); at = '/tmp/odd-link/vscode-ipc-3.sock'",
      'vscode-ipc-3.sock',
    ],
    [
      'a folder below more folders than a path has room for',
      "process.chdir('/tmp/odd'); for (let i = 0; i < 40; i++) { fs.mkdirSync('deeper'); process.chdir('deeper'); } at = 'vscode-ipc-4.sock'",
      `${'deeper/'.repeat(40)}vscode-ipc-4.sock`,
    ],
    [
      'a folder with sockets that is renamed',
      "fs.mkdirSync('/tmp/odd/before'); at = '/tmp/odd/before/vscode-ipc-5.sock'; then = () => { try { fs.renameSync('/tmp/odd/before', '/tmp/odd/after'); } catch {} }",
      'after/vscode-ipc-5.sock',
    ],
  ])('finds a socket that is bound through %s', (_, before, name) => {
    const bind = (watched: boolean): string => {
      const script = `
        const fs = require('node:fs');
        let at, then = () => {};
        fs.rmSync('/tmp/odd', { recursive: true, force: true });
        fs.rmSync('/tmp/odd-link', { force: true });
        fs.mkdirSync('/tmp/odd');
        ${before};
        require('node:net').createServer().listen(at, async () => {
          then();
          process.chdir('/tmp/odd');
          const end = Date.now() + ${watched ? LONG : 500};
          while (fs.existsSync('${name}') && Date.now() < end) await new Promise((r) => setTimeout(r, 5));
          console.log(fs.existsSync('${name}') ? 'there' : 'gone');
          process.exit();
        })`;
      return pair.inside(script).stdout.trim();
    };
    expect(bind(true)).toBe('gone');
    docker('pause', pair.guard);
    expect(bind(false), 'without the guard').toBe('there');
    docker('unpause', pair.guard);
  });

  it('removes it under the name that it comes back to', () => {
    const moved = pair.inside(`
      const fs = require('node:fs');
      fs.mkdirSync('/tmp/back', { recursive: true });
      require('node:net').createServer().listen('/tmp/back/plain.sock', async () => {
        const there = [];
        for (let i = 0; i < 5; i++) {
          there.push(fs.existsSync('/tmp/back/plain.sock'));
          try { fs.renameSync('/tmp/back/plain.sock', '/tmp/back/vscode-git-1.sock'); } catch {}
          try { fs.renameSync('/tmp/back/vscode-git-1.sock', '/tmp/back/plain.sock'); } catch {}
        }
        try { fs.renameSync('/tmp/back/plain.sock', '/tmp/back/vscode-git-1.sock'); } catch {}
        const end = Date.now() + ${LONG};
        while (fs.readdirSync('/tmp/back').length > 0 && Date.now() < end) await new Promise((r) => setTimeout(r, 5));
        console.log(there[0], fs.readdirSync('/tmp/back').length);
        process.exit();
      })`);
    expect(moved.stdout.trim()).toBe('true 0');
  });

  it('leaves the sockets of other programs alone, while it removes an editor’s beside each', () => {
    const innocent = [
      '/tmp/ssh-XXXXaBcDeF/agent.17',
      '/tmp/.X11-unix/X99',
      '/tmp/.s.PGSQL.5432',
      '/tmp/mysql.sock',
      '/tmp/tmux-1000/default',
      '/tmp/user/1000/bus',
      '/tmp/node-cdp.77-1.sock',
    ];
    const result = pair.inside(`
      const fs = require('node:fs');
      const net = require('node:net');
      const { dirname } = require('node:path');
      const bind = (path) => new Promise((done) => {
        fs.mkdirSync(dirname(path), { recursive: true });
        net.createServer().listen(path, done);
      });
      const connects = (path) => new Promise((done) => {
        net.connect(path, () => done(true)).on('error', () => done(false));
      });
      (async () => {
        const innocent = ${JSON.stringify(innocent)};
        const editors = innocent.map((path) => dirname(path) + '/vscode-ipc-beside-' + path.length + '.sock');
        for (const path of [...innocent, ...editors]) await bind(path);
        const end = Date.now() + ${LONG};
        while (editors.some((path) => fs.existsSync(path)) && Date.now() < end) await new Promise((r) => setTimeout(r, 5));
        console.log(editors.filter((path) => fs.existsSync(path)).length);
        for (const path of innocent) if (!(await connects(path))) console.log('gone: ' + path);
        process.exit();
      })()`);
    expect(result.stdout.trim()).toBe('0');
  });

  it('goes on while the agent burns every processor and every process that it may have', () => {
    const starved = pair.another('--pids-limit', '48');
    const burn = (ms: number): string =>
      pair
        .inside(
          `
        const { spawn } = require('node:child_process');
        const fs = require('node:fs');
        const children = [];
        const start = (more) => {
          const child = spawn(...more, { stdio: 'ignore' });
          child.once('error', (error) => listen(error.code));
          child.once('spawn', () => { children.push(child); start(children.length < 8 ? ['sh', ['-c', 'while :; do :; done']] : ['sleep', ['600']]); });
        };
        const listen = (code) => require('node:net').createServer().listen('/tmp/vscode-ipc-starved.sock', async () => {
          const end = Date.now() + ${ms};
          while (fs.existsSync('/tmp/vscode-ipc-starved.sock') && Date.now() < end) await new Promise((r) => setTimeout(r, 5));
          console.log(code, fs.existsSync('/tmp/vscode-ipc-starved.sock') ? 'there' : 'gone');
          fs.rmSync('/tmp/vscode-ipc-starved.sock', { force: true });
          for (const child of children) child.kill('SIGKILL');
          process.exit();
        });
        start(['sh', ['-c', 'while :; do :; done']]);`,
          starved,
        )
        .stdout.trim();
    expect(burn(LONG)).toBe('EAGAIN gone');
    docker('pause', pair.guard);
    expect(burn(500), 'without the guard').toBe('EAGAIN there');
    docker('unpause', pair.guard);
    const end = Date.now() + 30_000;
    while (!pair.healthy() && Date.now() < end);
    expect(pair.healthy()).toBe(true);
  });

  it('counts further names apart in its log', () => {
    expect(docker('logs', pair.guard)).toMatch(
      /"event":"removed-link","detail":\{"pattern":"vscode-ipc","count":\d+\}/,
    );
    expect(docker('inspect', '-f', '{{.State.Running}} {{.RestartCount}}', pair.guard)).toBe('true 0');
  });
});

/** inotify_init1(2). Perl is in the image; Node has one instance a process. */
const NUMBERS: Readonly<Record<string, number>> = { x64: 294, arm64: 26 };

/** As a user of its own: the limits are a user's, wherever its processes run (inotify(7)). */
describe.skipIf(!engineAnswers())('the guard where the agent takes all that its user may watch', () => {
  let pair: GuardPair;
  beforeAll(() => {
    pair = guardPair(43210);
  });
  afterAll(() => pair?.remove());

  const log = (): string => docker('logs', pair.guard);
  const bare = (): string =>
    pair
      .inside(
        "try { require('node:fs').watch('/tmp').close(); console.log('watches'); } catch (e) { console.log(e.code); }",
      )
      .stdout.trim();

  it('clears all folders by looking, says that it is not well, and recovers', () => {
    const hog = pair.another();
    const take = `$n = 0; $n++ while syscall(${NUMBERS[process.arch] ?? 'unknown'}, 0) >= 0; sleep`;
    docker('exec', '-d', hog, 'perl', '-e', take);
    const taken = Date.now() + LONG;
    while (bare() !== 'EMFILE' && Date.now() < taken);
    expect(bare()).toBe('EMFILE');
    pair.startGuard();
    for (const path of [
      '/tmp/vscode-ipc-1.sock',
      '/tmp/user/43210/vscode-git-1.sock',
      '/tmp/a/b/c/d/vscode-ipc-2.sock',
    ]) {
      expect(pair.make(path, LONG), path).toBe('gone');
    }
    const told = Date.now() + LONG;
    while (!/"event":"self-test-failed"/.test(log()) && Date.now() < told);
    expect(log()).toMatch(/"event":"self-test-failed","detail":\{"removes":false/);
    expect(pair.healthy()).toBe(false);
    docker('rm', '-f', hog);
    const well = Date.now() + LONG;
    while (!pair.healthy() && Date.now() < well);
    expect(pair.healthy()).toBe(true);
  });
});
