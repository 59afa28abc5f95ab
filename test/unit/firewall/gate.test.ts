import { describe, expect, it } from 'vitest';
import { Busy, makeGate } from '../../../src/sidecars/firewall/gate.ts';

const { signal } = new AbortController();
const forever = () => signal;
const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('a gate', () => {
  it('lets only so many in at once, the others in order, and sends away who finds the line full', async () => {
    const gate = makeGate({ inside: 2, waiting: 1, perSecond: 1e6, burst: 100 });
    const leave = [await gate.enter(forever), await gate.enter(forever)];
    let entered = false;
    const third = Promise.resolve(gate.enter(forever)).then((out) => {
      entered = true;
      return out;
    });
    expect(() => gate.enter(forever)).toThrow(Busy);
    await soon();
    expect(entered).toBe(false);
    leave[0]?.();
    (await third)();
    leave[1]?.();
    await gate.enter(forever);
  });

  it('forgets who goes away while waiting', async () => {
    const gate = makeGate({ inside: 1, waiting: 1, perSecond: 1e6, burst: 100 });
    const leave = await gate.enter(forever);
    const caller = new AbortController();
    const waiting = Promise.resolve(gate.enter(() => caller.signal));
    caller.abort();
    await expect(waiting).rejects.toThrow();
    leave();
    (await gate.enter(forever))();
    await gate.enter(forever);
  });

  it('slows down who comes too often, and takes back the turn of who does not wait for it', async () => {
    const gate = makeGate({ inside: 100, waiting: 0, perSecond: 1, burst: 2 }, () => 0); // time stands still
    await gate.enter(forever);
    await gate.enter(forever);
    const given = Array.from({ length: 50 }, () => new AbortController());
    const waits = given.map((one) => Promise.resolve(gate.enter(() => one.signal)));
    for (const caller of given) caller.abort();
    for (const wait of waits) await expect(wait).rejects.toThrow();
    let entered = false;
    const caller = new AbortController();
    const next = Promise.resolve(gate.enter(() => caller.signal)).then(
      () => {
        entered = true;
      },
      () => {},
    );
    await soon();
    expect(entered).toBe(false);
    await next; // after a second of its own, not after fifty of others
    expect(entered).toBe(true);
  });
});
