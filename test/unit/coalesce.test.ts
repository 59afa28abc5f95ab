import { describe, expect, it } from 'vitest';
import { auditTo } from '../../src/sidecars/audit.ts';
import { FILE_LIMITS } from '../../src/sidecars/audit-file.ts';
import { coalesce, guardKind, NARROW } from '../../src/sidecars/coalesce.ts';
import { firewallKind } from '../../src/sidecars/firewall/kinds.ts';
import { wide } from '../../src/sidecars/journal.ts';
import { chainChecker } from '../../src/verbs/audit-chain.ts';

const MINUTE = 60_000;

describe('the audit log', () => {
  function begin(kindOf = firewallKind, limits = NARROW) {
    const lines: string[] = [];
    let time = 0;
    const log = coalesce(
      auditTo('docker-firewall', (line) => lines.push(line.trimEnd())),
      kindOf,
      limits,
      () => time,
    );
    const pass = (milliseconds: number): void => {
      for (const end = time + milliseconds; time < end; ) {
        time = Math.min(time + 1_000, end);
        log.flush(false);
      }
    };
    const details = (event: string) =>
      lines.map((line) => JSON.parse(line)).flatMap((entry) => (entry.event === event ? [entry.detail] : []));
    return { log, lines, pass, details };
  }
  const refused = (route: string, code = 'write') => ({ method: 'POST', route, code, status: 403 });

  it('keeps every line of somebody at work', () => {
    const { log, lines } = begin();
    for (let index = 0; index < 15; index++) log.audit('refused', refused(`/containers/${index}/start`));
    expect(lines).toHaveLength(15);
  });

  it('counts repeats in place of a line each, in a chain that holds', () => {
    const { log, lines, pass, details } = begin();
    log.audit('started', {});
    for (let index = 0; index < 300_000; index++) log.audit('refused', refused(`/containers/${index}/start`));
    pass(2 * MINUTE);
    expect(lines).toHaveLength(1 + 20 + 1);
    expect(details('refused').at(-1)).toEqual({
      method: 'POST',
      route: '/containers/…',
      code: 'write',
      repeated: 299_980,
    });
    const check = chainChecker();
    expect(lines.map((line) => check(line).problem)).toEqual(lines.map(() => undefined));
  });

  it('writes something new at once while something else is repeated without end', () => {
    const { log, details } = begin();
    for (let index = 0; index < 100_000; index++) log.audit('refused', refused(`/${index}/x`, `kind-${index % 400}`));
    log.audit('refused', refused('/containers/db/exec', 'exec'));
    expect(details('refused').at(-1)).toEqual(refused('/containers/db/exec', 'exec'));
  });

  it('can’t be filled in a day, whatever is repeated and however its words are varied', () => {
    const { log, lines, pass } = begin();
    for (let minute = 0; minute < 24 * 60; minute++) {
      for (let index = 0; index < 400; index++) {
        log.audit('refused', refused(`/${'x'.repeat(200)}${index}/${minute}`, `kind-${index % 40}`));
      }
      pass(MINUTE);
    }
    log.flush(true);
    const bytes = lines.reduce((sum, line) => sum + line.length, 0);
    expect(bytes).toBeLessThan(3 * 10 * 1000 * 1000); // what compose keeps
    const said = lines.map((line) => JSON.parse(line).detail.repeated ?? 1);
    expect(said.reduce((sum, count) => sum + count, 0)).toBe(24 * 60 * 400);
  }, 60_000);

  it('keeps a day in its files at least, however much is asked for', () => {
    const { log, lines, pass } = begin(firewallKind, wide(FILE_LIMITS));
    for (let minute = 0; minute < 24 * 60; minute++) {
      for (let index = 0; index < 200; index++) {
        log.audit('refused', {
          ...refused(`/${'x'.repeat(100)}`, `kind-${index % 40}`),
          target: 'y'.repeat(128),
          ms: 1.234,
        });
      }
      pass(MINUTE);
    }
    expect(log.coalesced()).toBeGreaterThan(150_000);
    expect(lines.length).toBeGreaterThan(50_000);
    const bytes = lines.reduce((sum, line) => sum + line.length + 1, 0);
    expect(bytes).toBeLessThan(FILE_LIMITS.maxBytes * (FILE_LIMITS.files - 1));
  }, 60_000);

  it('has one line for the pings of an hour', () => {
    const { log, lines, pass } = begin();
    for (let ping = 0; ping < 120; ping++) {
      log.audit('allowed', { method: 'GET', route: '/_ping', endpoint: 'SystemPing' });
      pass(30_000);
    }
    expect(lines.length).toBeLessThan(15);
  });

  it('adds up what the guard counted', () => {
    const { log, pass, details } = begin(guardKind);
    for (let second = 0; second < 100; second++) log.audit('removed', { pattern: 'vscode-ipc', count: 3 });
    pass(MINUTE);
    expect(details('removed').at(-1)).toEqual({ pattern: 'vscode-ipc', count: 240, repeated: 80 });
  });

  it('says what it held back when it ends', () => {
    const { log, details } = begin();
    for (let index = 0; index < 30; index++) log.audit('refused', refused('/containers/x/start'));
    log.flush(true);
    expect(details('refused').at(-1)).toMatchObject({ repeated: 10 });
  });
});
