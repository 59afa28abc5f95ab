import { ATTACKS } from '../attacks/catalogue.ts';
import type { ProbeResult, Verdict } from '../core/verdict.ts';
import { type Residual, VERDICTS } from '../core/verification.ts';
import type { Policy } from '../policy/policy.ts';
import { DEFAULTS, residualRisks } from '../policy/residual.ts';
import { PROBES } from '../probes/index.ts';

/** What remains: what the author accepted, what settings and nature leave, and attacks that no probe tries. */
export function residual(policy: Policy | undefined): readonly Residual[] {
  const risks = residualRisks(policy ?? DEFAULTS);
  const probed = new Set<string>(PROBES.flatMap(({ attacks }) => attacks));
  const said = new Set<string>(risks.flatMap(({ attacks }) => attacks));
  return [
    ...(policy?.accept ?? []).map(({ id, because }): Residual => ({ kind: 'accepted', about: id, because })),
    ...risks.map(
      ({ setting, because, attacks }): Residual =>
        setting === undefined
          ? { kind: 'design', about: attacks.join(', '), because }
          : { kind: 'setting', about: setting, because: `${because} (${attacks.join(', ')})` },
    ),
    ...ATTACKS.filter(({ id }) => !probed.has(id) && !said.has(id)).map(
      ({ id, title }): Residual => ({ kind: 'open', about: id, because: `no probe tries it: ${title}` }),
    ),
  ];
}

/**
 * Each attack by the worst verdict of its probes. `open` are those that no probe tries; one whose probes were left out
 * of this run is not counted.
 */
export function attackVerdicts(results: readonly ProbeResult[]): Record<Verdict | 'open', number> {
  const counts = { breached: 0, inconclusive: 0, residual: 0, held: 0, 'not-applicable': 0, open: 0 };
  const probed = new Set<string>(PROBES.flatMap(({ attacks }) => attacks));
  for (const { id } of ATTACKS) {
    const verdicts = results.filter(({ attacks }) => attacks.includes(id)).map(({ verdict }) => verdict);
    const worst = VERDICTS.find((verdict) => verdicts.includes(verdict));
    if (worst !== undefined) counts[worst]++;
    else if (!probed.has(id)) counts.open++;
  }
  return counts;
}
