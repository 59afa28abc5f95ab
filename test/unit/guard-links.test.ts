import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leftoverOf } from '../../src/sidecars/guard/leftovers.ts';
import { makeSecondNames } from '../../src/sidecars/guard/second-names.ts';
import { examine, type SweepEvents, walk } from '../../src/sidecars/guard/sweep.ts';

const NAME = 'vscode-ipc-1.sock';

/** What the agent reaches for when it swaps a folder while the guard looks: here the swap has always just happened. */
describe('the guard, where a folder above became a link', () => {
  let base: string;
  let servers: net.Server[] = [];
  let links = makeSecondNames();
  let removed = 0;

  beforeEach(() => {
    base = mkdtempSync(join(realpathSync(tmpdir()), 'cl-'));
    for (const folder of ['watched/real', 'elsewhere/real']) mkdirSync(join(base, folder), { recursive: true });
    symlinkSync(join(base, 'elsewhere'), join(base, 'watched/swapped'));
    [servers, links, removed] = [[], makeSecondNames(), 0];
  });
  afterEach(() => {
    links.close();
    for (const server of servers) server.close();
    rmSync(base, { recursive: true, force: true });
  });

  const socket = async (path: string): Promise<string> => {
    const server = net.createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(join(base, path), resolve));
    return join(base, path);
  };
  const present = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  const events = (): SweepEvents => ({
    removed: () => removed++,
    removedLink: () => removed++,
    failed: () => {},
    folder: () => {},
    links,
  });
  const modeOf = (path: string): number => lstatSync(join(base, path)).mode & 0o777;

  it('removes nothing through it, while it does in the folder itself', async () => {
    const [far, near] = [await socket(`elsewhere/real/${NAME}`), await socket(`watched/real/${NAME}`)];
    examine(join(base, 'watched/swapped/real'), NAME, events());
    examine(join(base, 'watched/swapped'), NAME, events());
    expect([present(far), present(near), removed]).toEqual([true, true, 0]);
    examine(join(base, 'watched/real'), NAME, events());
    expect([present(far), present(near), removed]).toEqual([true, false, 1]);
  });

  it('removes no further name through it, while it does in the folder itself', async () => {
    const first = await socket(`watched/real/${NAME}`);
    const [far, near] = [join(base, 'elsewhere/real/other'), join(base, 'watched/real/other')];
    for (const other of [far, near]) linkSync(first, other);
    const leftover = leftoverOf(NAME);
    expect(leftover && links.take(first, leftover, () => unlinkSync(first))).toBe(true);
    examine(join(base, 'watched/swapped/real'), 'other', events());
    expect([present(far), present(near), removed]).toEqual([true, true, 0]);
    examine(join(base, 'watched/real'), 'other', events());
    expect([present(far), present(near), removed]).toEqual([true, false, 1]);
  });

  it('opens no closed folder through it and reads none', async () => {
    const far = await socket(`elsewhere/real/${NAME}`);
    for (const folder of ['elsewhere/real', 'watched/real']) chmodSync(join(base, folder), 0o000);
    for (const folder of ['watched/swapped/real', 'watched/swapped', 'watched/real']) {
      Array.from(walk(join(base, folder), 9, events()));
      examine(join(base, folder), NAME, events());
    }
    expect(modeOf('elsewhere/real')).toBe(0);
    // Root needs no mode; whoever else runs this has opened the folder itself.
    expect(modeOf('watched/real')).toBe(process.getuid?.() === 0 ? 0 : 0o700);
    for (const folder of ['elsewhere/real', 'watched/real']) chmodSync(join(base, folder), 0o700);
    expect(present(far)).toBe(true);
  });
});
