import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cofferdam } from '../support/box.ts';

let base: string;
const servers: net.Server[] = [];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'cofferdam-ports-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  rmSync(base, { recursive: true, force: true });
});

const claims = (): string => join(base, 'state/cofferdam/ports');
const env = (): Record<string, string> => ({
  XDG_STATE_HOME: join(base, 'state'),
  DOCKER_HOST: 'unix:///nowhere.sock',
});

function folder(name: string, ports: string): string {
  const root = join(base, name);
  mkdirSync(root);
  const init = cofferdam(root, ['init', '--stack', 'debian', '--yes', '--forward', ports]);
  expect(init.code, init.stderr).toBe(0);
  return root;
}

/** What initialize.sh has chosen, by the port in the box. */
function choose(root: string): Readonly<Record<string, number>> {
  const run = spawnSync('sh', ['.devcontainer/initialize.sh'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env() },
  });
  expect(run.status, run.stderr).toBe(0);
  const text = readFileSync(join(root, '.devcontainer/.env'), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^COFFERDAM_FORWARD_(\d+|PROXY)=(\d+)$/gm)].map(([, name = '', port]) => [name, Number(port)]),
  );
}

async function taken(): Promise<number> {
  const server = net.createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (typeof bound !== 'object' || bound === null) throw new Error('no port');
  return bound.port;
}

/** A port that nobody listens on, far from the ones that systems give out by themselves. */
const FREE = 23_457;

describe('the ports of this machine that lead into boxes', () => {
  it('are the box’s own numbers, where they are free, and stay so', () => {
    const root = folder('one', `${FREE}`);
    const first = choose(root);
    expect(first[FREE]).toBe(FREE);
    expect(choose(root)).toEqual(first);
    rmSync(join(root, '.devcontainer/.env'));
    expect(choose(root)).toEqual(first);
  });

  it('are different ones for two folders, the proxies’ too', () => {
    const [one, two] = [choose(folder('one', `${FREE}`)), choose(folder('two', `${FREE}`))];
    expect(two[FREE]).toBe(FREE + 10_000);
    expect(new Set([...Object.values(one), ...Object.values(two)]).size).toBe(4);
  });

  it('are none that somebody listens on', async () => {
    const port = await taken();
    const root = folder('one', `${port}`);
    expect(choose(root)[port]).not.toBe(port);
    // Its own claim does not help either, as long as it is not its own forward that listens.
    writeFileSync(join(claims(), String(port)), `${root}\n${port}\n`);
    expect(choose(root)[port]).not.toBe(port);
  });

  it('go back when a folder is gone, and when its policy no longer names them', () => {
    const gone = folder('gone', `${FREE}`);
    choose(gone);
    renameSync(gone, join(base, 'moved'));
    const next = folder('next', `${FREE}-${FREE + 1}`);
    expect(choose(next)[FREE]).toBe(FREE);
    const policy = join(next, '.devcontainer/cofferdam.yaml');
    writeFileSync(policy, readFileSync(policy, 'utf8').replace(`${FREE}-${FREE + 1}`, `${FREE + 1}`));
    expect(cofferdam(next, ['sync']).code).toBe(0);
    expect(Object.keys(choose(next))).toEqual([String(FREE + 1), 'PROXY']);
    expect(existsSync(join(claims(), String(FREE)))).toBe(false);
  });

  it.each([
    ['has ended', () => `${spawnSync('true').pid}.Thu_Jan_1_00:00:00_1970_`],
    ['has ended, and whose number another has now', () => `${process.pid}.Thu_Jan_1_00:00:00_1970_`],
  ])('are chosen in spite of the lock of a process that %s', (_, owner) => {
    const root = folder('one', `${FREE}`);
    mkdirSync(claims(), { recursive: true });
    symlinkSync(owner(), `${claims()}.busy`);
    expect(choose(root)[FREE]).toBe(FREE);
    expect(readdirSync(join(base, 'state/cofferdam'))).toEqual(['ports']);
  });

  it('are chosen by one at a time', async () => {
    const root = folder('one', `${FREE}`);
    mkdirSync(claims(), { recursive: true });
    const started = spawnSync('ps', ['-o', 'lstart=', '-p', String(process.pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC0' },
    }).stdout;
    symlinkSync(`${process.pid}.${started.replace(/[ \n]+/g, '_')}`, `${claims()}.busy`);
    const waiting = join(base, 'waiting');
    mkdirSync(join(base, 'bin'));
    writeFileSync(join(base, 'bin/sleep'), `#!/bin/sh\ntouch '${waiting}'\nexec /bin/sleep "$@"\n`, { mode: 0o755 });
    const run = spawn('sh', ['.devcontainer/initialize.sh'], {
      cwd: root,
      stdio: 'ignore',
      env: { ...process.env, ...env(), PATH: `${join(base, 'bin')}:${process.env['PATH']}`, TZ: 'Asia/Tokyo' },
    });
    const ended = once(run, 'exit');
    while (!existsSync(waiting) && run.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
    expect(run.exitCode).toBe(null);
    expect(readdirSync(claims())).toEqual([]);
    rmSync(`${claims()}.busy`);
    expect(await ended).toEqual([0, null]);
    expect(readdirSync(claims())).toContain(String(FREE));
  });

  it('are refused by `init` in one clear sentence, where they are none', () => {
    const root = join(base, 'bad');
    mkdirSync(root);
    const init = cofferdam(root, ['init', '--yes', '--forward', '80']);
    expect(init.code).toBe(2);
    expect(init.stderr).toContain('--forward: "80" is no port from 1024 to 65535');
    expect(existsSync(join(root, '.devcontainer'))).toBe(false);
  });
});
