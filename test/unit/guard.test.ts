import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { boxFiles } from '../../src/plans/box.ts';
import { LAYOUT } from '../../src/policy/layout.ts';
import { isBeating } from '../../src/sidecars/guard/health.ts';
import { type Guard, startGuard } from '../../src/sidecars/guard/server.ts';
import { parseGuardSettings } from '../../src/sidecars/guard/settings.ts';
import { MAX_DEPTH } from '../../src/sidecars/guard/sweep.ts';
import { samplePolicy } from '../support/policy.ts';

describe('the guard', () => {
  let base: string;
  let watched: string;
  let state: string;
  let guard: Guard | undefined;
  let servers: net.Server[] = [];
  let told: { event: string; detail: Readonly<Record<string, unknown>> }[] = [];

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'cg-'));
    [watched, state] = [join(base, 'tmp'), join(base, 'state')];
    mkdirSync(watched);
    told = [];
    servers = [];
  });
  afterEach(() => {
    guard?.close();
    for (const server of servers) server.close();
    rmSync(base, { recursive: true, force: true });
  });

  const start = async (): Promise<void> => {
    guard = await startGuard({ watch: [watched], state }, (event, detail) => told.push({ event, detail }));
  };
  /** A real socket; the server listens on. */
  const socket = async (path: string): Promise<string> => {
    const server = net.createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return path;
  };
  const present = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it.each([
    'vscode-ssh-auth-0320acbe.sock',
    'vscode-ssh-auth-sock-592416355',
    'vscode-ipc-1.sock',
    'vscode-git-1.sock',
    'vscode-remote-containers-ipc-1.sock',
    'vscode-wayland-1.sock',
    'cursor-remote-ssh-1.sock',
  ])('removes %s, both from before its start and from after it', async (name) => {
    const before = await socket(join(watched, name));
    expect(present(before)).toBe(true);
    await start();
    expect(present(before)).toBe(false);
    mkdirSync(join(watched, 'user/1000/deep/er'), { recursive: true });
    const later = await socket(join(watched, 'user/1000/deep/er', name));
    await until(() => !present(later));
    guard?.close(); // tells the rest
    expect(told.filter(({ event }) => event === 'removed')).toHaveLength(2);
    expect(JSON.stringify(told)).not.toContain(name); // a name is the agent's to choose
  });

  it('removes the helper script, which is a file', async () => {
    writeFileSync(join(watched, 'vscode-remote-containers-server-1.js'), '');
    await start();
    expect(existsSync(join(watched, 'vscode-remote-containers-server-1.js'))).toBe(false);
  });

  it('leaves what is not an editor’s, whatever its name', async () => {
    const kept = [
      await socket(join(watched, 'mysqld.sock')),
      await socket(join(watched, 'my-vscode-ipc-1.sock')),
      await socket(join(watched, 'vscode-ipc-1.sock.bak')),
    ];
    const outside = await socket(join(base, 'vscode-ipc-outside.sock'));
    writeFileSync(join(watched, 'vscode-ipc-file.sock'), 'a file');
    mkdirSync(join(watched, 'vscode-ipc-folder.sock'));
    symlinkSync(outside, join(watched, 'vscode-ipc-link.sock'));
    const led = await socket(join(watched, 'led-to.sock'));
    symlinkSync(led, join(watched, 'vscode-ipc-inside.sock'));
    symlinkSync(base, join(watched, 'linked'));
    kept.push(
      outside,
      led,
      ...['file', 'folder', 'link', 'inside'].map((kind) => join(watched, `vscode-ipc-${kind}.sock`)),
    );
    await start();
    const marker = await socket(join(watched, 'vscode-ipc-marker.sock'));
    await until(() => !present(marker));
    expect(kept.filter((path) => !present(path))).toEqual([]);
  });

  it('follows folders that are moved, removed and made again', async () => {
    await start();
    mkdirSync(join(watched, 'a/b'), { recursive: true });
    await until(() => true);
    renameSync(join(watched, 'a'), join(watched, 'c'));
    const moved = await socket(join(watched, 'c/b/vscode-ipc-1.sock'));
    await until(() => !present(moved));
    rmSync(join(watched, 'c'), { recursive: true });
    mkdirSync(join(watched, 'c/b'), { recursive: true });
    const again = await socket(join(watched, 'c/b/vscode-ipc-2.sock'));
    await until(() => !present(again));
  });

  it('notices a socket that gets an editor’s name by renaming', async () => {
    await start();
    const plain = await socket(join(watched, 'plain.sock'));
    renameSync(plain, join(watched, 'vscode-ipc-1.sock'));
    await until(() => !present(join(watched, 'vscode-ipc-1.sock')));
  });

  it('removes further names of a socket that had an editor’s, wherever they are, and counts them apart', async () => {
    mkdirSync(join(watched, 'a/b/c/d'), { recursive: true });
    const kept = await socket(join(watched, 'kept.sock'));
    const names = ['a/b/c/d/one', 'two'].map((name) => join(watched, name));
    const plain = await socket(join(watched, 'plain'));
    for (const name of names) linkSync(plain, name);
    await start();
    expect([plain, ...names].every(present)).toBe(true); // it has no editor's name yet
    linkSync(plain, join(watched, 'vscode-ipc-1.sock'));
    await until(() => [plain, ...names].every((name) => !present(name)));
    expect(present(kept)).toBe(true);
    guard?.close();
    const count = (event: string): number =>
      told.filter((line) => line.event === event).reduce((sum, { detail }) => sum + Number(detail['count']), 0);
    expect([count('removed'), count('removed-link')]).toEqual([1, 3]);
  });

  it('says when more further names are hidden from it than it can look for', async () => {
    mkdirSync(join(base, 'hidden')); // the same file system, and out of its sight
    await start();
    for (let index = 0; index < 1100; index++) {
      const path = join(base, 'hidden', String(index));
      await socket(path);
      linkSync(path, join(watched, `vscode-ipc-${index}.sock`));
    }
    await until(() => told.some(({ event, detail }) => event === 'overwhelmed' && Number(detail['untraced']) > 0));
  }, 60_000);

  it('says when a further name is deeper than it looks', async () => {
    const below = (depth: number): string => join(watched, ...Array.from({ length: depth }, () => 'd'));
    mkdirSync(below(MAX_DEPTH + 1), { recursive: true });
    await start();
    const untraced = (): number =>
      told.reduce((sum, { event, detail }) => sum + (event === 'overwhelmed' ? Number(detail['untraced']) : 0), 0);
    const link = async (depth: number): Promise<string> => {
      const plain = await socket(join(watched, 'plain'));
      linkSync(plain, join(below(depth), 'kept'));
      renameSync(plain, join(watched, 'vscode-ipc-1.sock'));
      return join(below(depth), 'kept');
    };
    const found = await link(MAX_DEPTH);
    await until(() => !present(found));
    const kept = await link(MAX_DEPTH + 1);
    await until(() => untraced() > 0);
    expect([present(kept), untraced()]).toEqual([true, 1]);
    // It stays wanted: a name that comes back into sight goes.
    renameSync(kept, join(watched, 'd', 'kept'));
    await until(() => !present(join(watched, 'd', 'kept')));
  }, 60_000);

  it('clears a thousand of them', async () => {
    await start();
    const paths: string[] = [];
    for (let index = 0; index < 1000; index++) paths.push(await socket(join(watched, `vscode-ipc-${index}.sock`)));
    await until(() => paths.every((path) => !present(path)));
    const count = (): number => told.reduce((sum, { detail }) => sum + Number(detail['count'] ?? 0), 0);
    await until(() => count() >= 1000);
    expect(count()).toBe(1000);
    expect(told.length).toBeLessThan(100); // counted, not one line each
  }, 60_000);

  it('beats after it has removed its own test socket, and is not well when it no longer does', async () => {
    expect(isBeating(state)).toBe(false);
    await start();
    await until(() => isBeating(state));
    guard?.close();
    const long = new Date(Date.now() - 60_000);
    utimesSync(join(state, 'heartbeat'), long, long);
    expect(isBeating(state)).toBe(false);
  });

  it.each([
    ['of now', 0, true],
    ['of nearly twenty seconds ago', -15, true],
    ['of half a minute ago', -30, false],
    ['from the future', 60, false],
    ['that is not there', undefined, false],
  ])('is well with a heartbeat %s, as the box’s health check and ours see it', (_, seconds, well) => {
    const files = boxFiles(samplePolicy(), { git: 'directory' }, { sidecar: '', relay: '' });
    const compose = files.find(({ path }) => path.endsWith('docker-compose.yml'))?.text ?? '';
    const [kind, command] = parse(compose).services.guard.healthcheck.test;
    mkdirSync(state);
    if (seconds !== undefined) {
      const when = new Date(Date.now() + seconds * 1000);
      writeFileSync(join(state, 'heartbeat'), '');
      utimesSync(join(state, 'heartbeat'), when, when);
    }
    expect([kind, isBeating(state)]).toEqual(['CMD-SHELL', well]);
    const asked = spawnSync('sh', ['-c', command.replace(LAYOUT.guardState, state)]);
    expect(asked.status === 0).toBe(well);
  });

  it('stops beating when a watched folder is gone', async () => {
    await start();
    await until(() => isBeating(state));
    rmSync(watched, { recursive: true });
    await until(() => told.some(({ event }) => event === 'self-test-failed'));
  }, 20_000);

  it.each<[string, (paths: { watched: string; state: string }) => string[]]>([
    ['no folder', () => []],
    ['a folder that is not there', ({ watched }) => ['--watch', `${watched}/none`]],
    ['a relative folder', () => ['--watch', 'tmp']],
    ['a state folder that the agent could write', ({ watched }) => ['--watch', watched, '--state', `${watched}/state`]],
    ['the watched folder as state', ({ watched }) => ['--watch', watched, '--state', watched]],
    ['a flag that it does not know', ({ watched }) => ['--watch', watched, '--dry-run', 'x']],
  ])('does not start with %s', (_, argv) => {
    expect(() => parseGuardSettings(argv({ watched, state }))).toThrow(
      expect.objectContaining({ code: 'settings-invalid' }),
    );
  });
});
