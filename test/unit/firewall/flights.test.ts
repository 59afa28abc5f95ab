import { describe, expect, it } from 'vitest';
import { makeFlights } from '../../../src/sidecars/firewall/flights.ts';

/** Questions in the order in which they were asked; each is answered when its turn to land has come. */
function flights(atOnce: number) {
  const asked: string[] = [];
  const land: ((error?: Error) => void)[] = [];
  const ask = makeFlights((key) => {
    asked.push(key);
    const number = asked.length;
    return new Promise<number>((resolve, reject) => land.push((error) => (error ? reject(error) : resolve(number))));
  }, atOnce);
  return { asked, land, ask };
}

describe('equal questions', () => {
  it('go out side by side as long as there are few, and then share one that goes out later', async () => {
    const { asked, land, ask } = flights(2);
    const answers = [ask('a'), ask('a'), ask('a'), ask('a')];
    expect(asked).toEqual(['a', 'a']);
    land[1]?.();
    await answers[1];
    expect(asked).toEqual(['a', 'a', 'a']);
    land[0]?.();
    land[2]?.();
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 3]);
  });

  it('never get an answer to a question that went out before they came', async () => {
    const { asked, land, ask } = flights(1);
    const first = ask('a');
    const second = ask('a');
    land[0]?.();
    await first;
    expect(asked).toHaveLength(2); // the second is under way now
    const third = ask('a');
    land[1]?.();
    expect(await second).toBe(2);
    land[2]?.();
    expect(await third).toBe(3);
  });

  it('are asked again after one that failed, and wait for no other kind', async () => {
    const { asked, land, ask } = flights(1);
    const failing = ask('a');
    const waiting = ask('a');
    const other = ask('b');
    expect(asked).toEqual(['a', 'b']);
    land[0]?.(new Error('gone'));
    await expect(failing).rejects.toThrow('gone');
    expect(asked).toEqual(['a', 'b', 'a']);
    land[1]?.();
    land[2]?.();
    expect([await other, await waiting]).toEqual([2, 3]);
  });
});
