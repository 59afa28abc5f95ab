import { describe, expect, it } from 'vitest';
import { ATTACKS, findAttack, GROUPS } from '../../../src/attacks/catalogue.ts';

/** How many attacks each family of the catalogue has: a missing one must not go unnoticed. */
const FAMILIES = {
  DKR: 7,
  RUN: 12,
  CRD: 10,
  VSC: 10,
  TAM: 18,
  NET: 13,
  SUP: 7,
  SHR: 4,
  PER: 4,
  RES: 5,
  KRN: 3,
  PRT: 4,
  UIX: 3,
  EXT: 2,
};

describe('the attack catalogue', () => {
  it('has every attack of every family, numbered without gaps', () => {
    const expected = Object.entries(FAMILIES).flatMap(([family, count]) =>
      Array.from({ length: count }, (_, index) => `${family}-${String(index + 1).padStart(2, '0')}`),
    );
    expect(ATTACKS.map(({ id }) => id).sort()).toEqual(expected.sort());
    expect(ATTACKS).toHaveLength(102);
  });

  it('says of each what it does and what remains', () => {
    for (const attack of ATTACKS) {
      expect(attack.title.length, attack.id).toBeGreaterThan(5);
      expect(attack.summary, attack.id).toMatch(/^.{30,}\.$/);
      expect(attack.residual, attack.id).toMatch(/^.{10,}\.$/);
      expect(GROUPS[attack.group], attack.id).toBeTruthy();
    }
  });

  it('finds an attack by its ID and nothing by another name', () => {
    expect(findAttack('DKR-01')?.group).toBe('engine');
    expect(findAttack('dkr-01')).toBeUndefined();
    expect(findAttack('constructor')).toBeUndefined();
  });
});
