import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';

const fuzz = (...args: string[]) =>
  spawnSync(process.execPath, ['scripts/fuzz-firewall.mjs', ...args], { encoding: 'utf8' });

describe('the fuzzer of the firewall', () => {
  it('finds nothing in a few seconds', () => {
    const { status, stdout } = fuzz('--seconds', '5');
    expect(stdout).toMatch(/\nnothing found: \d+ inputs, [1-9]\d* requests arrived/);
    expect(status).toBe(0);
  });

  it('finds what a proxy without rules lets through, and finds it again', () => {
    const { status, stdout } = fuzz('--seconds', '60', '--seed', '1', '--subject', 'plain');
    expect(stdout).toMatch(/^found at level \w+: /m);
    expect(status).toBe(1);
    const file = /--replay (\S+)/.exec(stdout)?.[1] ?? '';
    expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveProperty('bytes');
    const again = fuzz('--replay', file, '--subject', 'plain');
    expect(again).toMatchObject({ status: 1 });
    for (const found of [file, /--replay (\S+)/.exec(again.stdout)?.[1] ?? file])
      rmSync(dirname(found), { recursive: true });
  });
});
