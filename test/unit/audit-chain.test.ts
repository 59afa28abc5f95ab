import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditTo } from '../../src/sidecars/audit.ts';
import { chainChecker } from '../../src/verbs/audit-chain.ts';
import { formatEntry } from '../../src/verbs/log.ts';

/** The lines of one start, as the sidecar writes them. */
function start(...paths: readonly string[]): string[] {
  const lines: string[] = [];
  const audit = auditTo('docker-firewall', (line) => lines.push(line.replace(/\n$/, '')));
  audit('started', { scope: 'project=shop' });
  for (const route of paths) audit('refused', { method: 'POST', route, code: 'write', status: 403 });
  return lines;
}

function problems(lines: readonly string[]): number[] {
  const check = chainChecker();
  return lines.flatMap((line, index) => (check(line).problem === undefined ? [] : [index]));
}

describe('the chain of audit lines', () => {
  const lines = start('/a', '/b', '/c', '/d');

  it('holds for what a sidecar wrote, also over restarts', () => {
    expect(problems(lines)).toEqual([]);
    expect(problems([...lines, ...start('/e'), ...start()])).toEqual([]);
  });

  it('breaks where a line was taken out, changed, swapped or put in', () => {
    expect(problems(lines.toSpliced(2, 1))).toEqual([2]);
    expect(problems(lines.with(2, (lines[2] ?? '').replace('/b', '/x')))).toEqual([3]);
    expect(problems([...lines.slice(0, 2), ...lines.slice(2, 4).reverse(), ...lines.slice(4)])).toContain(2);
    expect(problems(lines.toSpliced(2, 0, lines[1] ?? ''))).toContain(2);
    expect(problems(lines.toSpliced(2, 0, 'not JSON'))).toContain(2);
    expect(problems(lines.toSpliced(2, 0, '{"time":"x"}'))).toContain(2);
  });

  it('breaks in a file where a second beginning was put in, and says which line is torn', () => {
    const check = chainChecker({ starts: 'go on' });
    expect([...lines, ...start('/e')].flatMap((line, index) => (check(line).problem ? [index] : []))).toEqual([5]);
    expect(chainChecker({ starts: 'go on' })((lines[0] ?? '').slice(0, 40)).problem).toContain('torn');
  });

  it('says that the beginning is missing, which log rotation does too', () => {
    const check = chainChecker();
    expect(lines.slice(2).map((line) => check(line))).toMatchObject([
      { problem: undefined, cutOff: true },
      { problem: undefined, cutOff: false },
      { problem: undefined, cutOff: false },
    ]);
  });

  it('is one line of ASCII that reads back, whatever is told', () => {
    const extreme = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, '\0'.repeat(100_000));
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.boolean(), extreme);
    const told = fc.record({
      event: fc.string({ unit: 'binary' }),
      detail: fc.dictionary(fc.string({ unit: 'binary', maxLength: 20 }), value, { maxKeys: 8 }),
    });
    fc.assert(
      fc.property(fc.array(told), (all) => {
        const written: string[] = [];
        const audit = auditTo('docker-firewall', (line) => written.push(line));
        audit('started', {});
        for (const { event, detail } of all) audit(event, detail);
        const check = chainChecker();
        expect(written).toHaveLength(all.length + 1);
        for (const [index, line] of written.entries()) {
          expect(line).toMatch(/^[\x20-\x7e]{1,80000}\n$/);
          expect(check(line.slice(0, -1))).toMatchObject({ problem: undefined, entry: { sidecar: 'docker-firewall' } });
          const detail = all[index - 1]?.detail ?? {};
          expect(Object.keys(JSON.parse(line).detail).sort()).toEqual(Object.keys(detail).sort());
        }
      }),
    );
  });

  it('is written in ASCII, so that no decoding can change a line', () => {
    const written: string[] = [];
    auditTo('guard', (line) => written.push(line))('started', { note: 'ü\u202e\ud83d\ude00\u007f' });
    expect(written[0]).toMatch(/^[\x20-\x7e]+\n$/);
    expect(chainChecker()((written[0] ?? '').trim()).entry?.detail['note']).toBe('ü\u202e\ud83d\ude00\u007f');
  });
});

describe('a line for a person', () => {
  const terminal = { width: 80, style: (_stream: 'out' | 'err', _style: unknown, text: string) => text };
  const entry = (detail: Record<string, string | number>) => ({
    time: '2026-11-24T22:49:36.247Z',
    sidecar: 'docker-firewall' as const,
    event: 'refused',
    detail,
    previous: '',
  });

  it('says when, who, what and why in 80 columns', () => {
    const line = formatEntry(
      entry({ method: 'POST', route: '/containers/create', code: 'write', status: 403, ms: 0.25 }),
      terminal,
    );
    expect(line).toBe('11-24 22:49:36 firewall refused  (write) POST /containers/create');
    expect(formatEntry(entry({ method: 'GET', route: `/${'x'.repeat(200)}` }), terminal)).toHaveLength(80);
  });

  it('puts what it is about into the path, as it was asked for', () => {
    const line = formatEntry(
      entry({ method: 'GET', route: '/containers/{id}/json', target: '$&', code: 'not-in-scope', status: 404, ms: 1 }),
      terminal,
    );
    expect(line).toMatch(/\(not-in-scope\) GET \/containers\/\$&\/json$/);
  });

  it('shows what would steer a terminal', () => {
    expect(formatEntry(entry({ method: 'GET', route: '/\u001b]0;x\u0007' }), terminal)).toContain('/\\u{1b}]0;x\\u{7}');
  });
});
