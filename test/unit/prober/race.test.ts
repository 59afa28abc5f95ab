import { mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { races } from '../../../src/prober/race.ts';

describe('a race for sockets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-race-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const all = { folder, prefix: 'canary-', count: 20, timeoutMs: 20_000 } as const;

  it('is won each time where nobody removes them, and leaves nothing', async () => {
    await races.spin({ do: 'spin', folder, prefix: 'canary-' });
    const race = await races.race({ do: 'race', ...all });
    const spun = races.spun();
    expect(race).toEqual({ made: 20, connected: 20, removed: 0, refused: {} });
    expect(spun.connected).toBe(20);
    expect(spun.rounds).toBeGreaterThanOrEqual(20);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is won by nobody where nobody looks', async () => {
    const race = await races.race({ do: 'race', ...all, count: 2 });
    expect(race).toEqual({ made: 2, connected: 0, removed: 0, refused: {} });
  });

  it('counts those that somebody else removed', async () => {
    const remover = watch(folder, (_, name) => name !== null && rmSync(join(folder, name), { force: true }));
    const race = await races.race({ do: 'race', ...all, count: 5 });
    remover.close();
    expect(race).toEqual({ made: 5, connected: 0, removed: 5, refused: {} });
  });

  it('counts those that cannot be made, by the reason', async () => {
    const race = await races.race({ do: 'race', ...all, folder: '/proc' });
    expect(race.made).toBe(0);
    expect(Object.values(race.refused)).toEqual([20]);
  });
});
