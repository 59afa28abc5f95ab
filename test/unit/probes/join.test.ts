import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findAttack } from '../../../src/attacks/catalogue.ts';
import { concludes } from '../../../src/core/verdict.ts';
import { PROBES } from '../../../src/probes/index.ts';
import { FACTS } from '../../../src/probes/support/facts.ts';

describe('the probes', () => {
  it('are each named as their file and joined to attacks of the catalogue', () => {
    const files = readdirSync('src/probes').filter((file) => file.endsWith('.ts'));
    expect(PROBES.map(({ id }) => `${id}.ts`).sort()).toEqual(
      files.filter((file) => !['index.ts', 'probe.ts'].includes(file)).sort(),
    );
    for (const { id, attacks } of PROBES)
      expect(
        attacks.filter((attack) => !findAttack(attack)),
        id,
      ).toEqual([]);
    expect(PROBES.length).toBeGreaterThanOrEqual(60);
  });

  it('say why they matter and what they leave', () => {
    for (const { id, title, why, leaves } of PROBES) {
      expect(title.length, id).toBeGreaterThan(15);
      expect(why, id).toMatch(/^.{30,}[.]$/s);
      expect(leaves, id).toMatch(/^.{10,}[.]$/s);
    }
  });

  it('take from a hostile container only answers of the promised shape', () => {
    expect(FACTS.status.safeParse({ self: {} }).success).toBe(false);
    expect(FACTS.ports.safeParse(['22']).success).toBe(false);
    expect(FACTS.create.safeParse({ done: 'yes' }).success).toBe(false);
  });
});

describe('a verdict', () => {
  it('is held only with a control that fired and attempts that were all refused', () => {
    expect(concludes('breached', ['held', 'held'])).toBe('held');
    expect(concludes('held', ['held'])).toBe('inconclusive');
    expect(concludes('unclear', ['held'])).toBe('inconclusive');
    expect(concludes('breached', [])).toBe('inconclusive');
    expect(concludes('breached', ['held', 'unclear'])).toBe('inconclusive');
  });

  it('is breached whatever the control says', () => {
    for (const control of ['held', 'breached', 'unclear'] as const) {
      expect(concludes(control, ['held', 'unclear', 'breached'])).toBe('breached');
    }
  });
});
