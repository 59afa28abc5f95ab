import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GuardPair, guardPair } from '../support/guard.ts';
import { docker, engineAnswers } from '../support/live.ts';

/** How many floods still run in the agent's container. */
const RUNNING = `
  const fs = require('node:fs');
  console.log(fs.readdirSync('/proc').filter((pid) => {
    if (!/^\\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try { return fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8').startsWith('node\\0'); } catch { return false; }
  }).length)`;

describe.skipIf(!engineAnswers())('the guard in a container of its own', () => {
  let pair: GuardPair;
  let agent: string;
  let guard: string;
  const inside = (script: string) => pair.inside(script);
  const make = (path: string, ms: number): string => pair.make(path, ms);

  beforeAll(() => {
    pair = guardPair();
    ({ agent, guard } = pair);
  });
  afterAll(() => pair?.remove());

  it('removes what was there before, and what comes, where without it everything stays', () => {
    expect(make('/tmp/user/1000/vscode-git-1.sock', 1_000)).toBe('there');
    pair.startGuard();
    expect(make('/tmp/vscode-ipc-1.sock', 30_000)).toBe('gone');
    expect(make('/tmp/user/1000/deep/vscode-ssh-auth-1.sock', 30_000)).toBe('gone');
    expect(inside("console.log(require('node:fs').existsSync('/tmp/user/1000/vscode-git-1.sock'))").stdout.trim()).toBe(
      'false',
    );
  });

  it('is healthy by what the agent can’t reach', () => {
    const end = Date.now() + 30_000;
    while (!pair.healthy() && Date.now() < end);
    expect(pair.healthy()).toBe(true);
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

  it.each<[string, string]>([
    [
      'a deep folder with long names and tens of thousands of entries',
      `const deep = 'd'.repeat(250);
       for (let i = 0; i < 15; i++) { fs.mkdirSync(deep, { recursive: true }); process.chdir(deep); }
       for (let i = 0; i < 60000; i++) fs.mkdirSync(String(i));`,
    ],
    [
      'a hundred thousand folders with long names in /tmp itself',
      "for (let i = 0; i < 100000; i++) fs.mkdirSync('/tmp/' + 'f'.repeat(238) + String(i).padStart(6, '0'));",
    ],
    [
      'one folder that is renamed all the time',
      "fs.mkdirSync('/tmp/r0'); for (const end = Date.now() + 15000; Date.now() < end;) { fs.renameSync('/tmp/r0', '/tmp/r1'); fs.renameSync('/tmp/r1', '/tmp/r0'); }",
    ],
  ])('still removes sockets where editors put them, during and after a flood: %s', (_, flood) => {
    const places = ['/tmp/vscode-ipc-flood.sock', '/tmp/user/1000/vscode-git-flood.sock'];
    docker('exec', '-d', agent, 'node', '-e', `const fs = require('node:fs'); process.chdir('/tmp'); ${flood}`);
    for (let round = 0; round < 3; round++) for (const place of places) expect(make(place, 60_000)).toBe('gone');
    while (inside(RUNNING).stdout.trim() !== '0');
    for (const place of places) expect(make(place, 60_000)).toBe('gone');
    docker('pause', guard);
    for (const place of places) expect(make(place, 1_000)).toBe('there');
    docker('unpause', guard);
    for (const place of places) expect(make(place, 60_000)).toBe('gone');
    const state = '{{.State.Running}} {{.State.OOMKilled}} {{.RestartCount}}';
    expect(docker('inspect', '-f', state, guard)).toBe('true false 0');
  });

  it('says so when the agent makes more than it can watch', () => {
    expect(docker('logs', guard)).toContain('"event":"overwhelmed"');
  });

  it('removes sockets from a folder that the agent may pass but the guard may not list', () => {
    const path = '/tmp/closed/vscode-ipc-closed.sock';
    const said = inside(`
      const fs = require('node:fs');
      fs.mkdirSync('/tmp/closed', 0o300);
      fs.chmodSync('/tmp/closed', 0o100);
      fs.chmodSync('/tmp/closed', 0o300);
      require('node:net').createServer().listen('${path}', async () => {
        const end = Date.now() + 60_000;
        while (fs.existsSync('${path}') && Date.now() < end) await new Promise((r) => setTimeout(r, 5));
        console.log(fs.existsSync('${path}') ? 'there' : 'gone');
        process.exit();
      })`);
    expect(said.stdout.trim()).toBe('gone');
  });

  it('says in its log what it removed, and nothing that the agent wrote', () => {
    const log = docker('logs', guard);
    expect(log).toMatch(/"event":"removed","detail":\{"pattern":"vscode-ipc","count":1\}/);
    expect(log).not.toContain('vscode-ipc-1.sock');
  });
});
