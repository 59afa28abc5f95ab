import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { editors } from '../../../src/prober/editors.ts';
import { pretend } from '../../../src/prober/pretend.ts';
import { reach } from '../../../src/prober/reach.ts';

const listen = (path: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });

describe('the prober, on a server that looks like an editor’s', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-editors-'));
  const servers: Server[] = [];
  let canary: Awaited<ReturnType<typeof pretend.pretend>>;

  beforeAll(async () => {
    canary = await pretend.pretend({ do: 'pretend', folder });
  });
  afterAll(() => {
    process.kill(canary.pid, 'SIGKILL');
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  it('finds its process, sockets, ports and programs, and can open its memory', async () => {
    const { processes } = editors.editors({ do: 'editors', only: folder });
    const [found] = processes;
    expect(processes).toHaveLength(1);
    expect(found).toMatchObject({ pid: canary.pid, server: true, files: 'ok', sockets: [canary.socket] });
    expect(found?.listeners).toEqual([{ host: '127.0.0.1', port: canary.port }]);
    expect(found?.programs).toContain(join(folder, '.vscode-server/bin/server-main.js'));
    expect(editors.memory({ do: 'memory', pids: [canary.pid] })).toEqual({ [canary.pid]: 'ok' });
    expect(editors.listeners()).toContainEqual({ host: '127.0.0.1', port: canary.port });
    expect(editors.editors({ do: 'editors', skip: folder }).processes.map(({ pid }) => pid)).not.toContain(canary.pid);
  });

  it('counts what a server has started, and no shell that looks for one', async () => {
    const script = join(folder, '.cursor-server', 'start.js');
    mkdirSync(join(folder, '.cursor-server'));
    writeFileSync(
      script,
      `require('node:child_process').spawn('cat', ['-', ${JSON.stringify(folder)}]).on('spawn', () => console.log('up'))`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'ignore'] });
    const searching = spawn('sh', ['-c', `echo up; read x # ${folder}/.vscode-server/server-main.js`]);
    try {
      for (const child of [parent, searching]) await new Promise((resolve) => child.stdout.once('data', resolve));
      const { processes } = editors.editors({ do: 'editors', only: folder });
      const commands = processes.map(({ command, server }) => [command.split(' ')[0], server]);
      expect(commands).toContainEqual(['cat', false]);
      expect(processes.map(({ pid }) => pid)).not.toContain(searching.pid);
    } finally {
      parent.kill('SIGKILL');
      searching.kill('SIGKILL');
    }
  });

  it('reaches sockets in any depth, and abstract ones, by connecting', async () => {
    const deep = join(folder, 'a', 'b', 'c');
    mkdirSync(deep, { recursive: true });
    servers.push(await listen(join(deep, 's')), await listen(`\0${folder}-abstract`));
    const { open, whole } = await reach.reach({ do: 'reach', folders: [folder] });
    expect(open).toEqual(expect.arrayContaining([canary.socket, join(deep, 's'), `@${folder}-abstract`]));
    expect(whole).toBe(true);
    const skipped = await reach.reach({ do: 'reach', folders: [folder], skip: folder });
    expect(skipped.open.filter((path) => path.includes(folder))).toEqual([]);
  });

  it('follows variables in environments, and gives no value away', async () => {
    const names = ['VSCODE_IPC_HOOK_CLI'];
    const { found } = await reach.handles({ do: 'handles', of: 'all', names });
    const own = found.filter(({ pid }) => pid === canary.pid);
    expect(own).toEqual([{ pid: canary.pid, name: 'VSCODE_IPC_HOOK_CLI', leads: 'socket', code: 'ok' }]);
    const skipped = await reach.handles({ do: 'handles', of: 'all', names, skip: folder });
    expect(skipped.found.filter(({ pid }) => pid === canary.pid)).toEqual([]);
  });

  it.each([
    ['a list of sockets', (socket: string) => JSON.stringify(['/nowhere/x', socket]), 'socket', 'ok'],
    ['an agent with its process', (socket: string) => `${socket}:12:1`, 'socket', 'ok'],
    ['a path of nothing', () => '/nowhere/x', 'nothing', 'ENOENT'],
    ['a program', () => process.execPath, 'file', 'ok'],
  ] as const)('follows %s', async (_, value, leads, code) => {
    // The kernel shows what a process was started with, so a child is asked.
    const child = spawn('cat', [], { env: { REMOTE_CONTAINERS_SOCKETS: value(canary.socket) } });
    await new Promise((resolve) => child.once('spawn', resolve));
    const { found } = await reach.handles({ do: 'handles', of: 'all', names: ['REMOTE_CONTAINERS_SOCKETS'] });
    child.kill('SIGKILL');
    expect(found.filter(({ pid }) => pid === child.pid).map((one) => [one.leads, one.code])).toEqual([[leads, code]]);
  });
});
