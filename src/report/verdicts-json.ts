import type { Verdict } from '../core/verdict.ts';
import type { Verification } from '../core/verification.ts';

/** For programs, `residual` is `not-applicable`: the evidence begins with the setting, and `residual` says what it leaves. */
const verdictOf = (verdict: Verdict): Exclude<Verdict, 'residual'> =>
  verdict === 'residual' ? 'not-applicable' : verdict;

const counted = <T extends Readonly<Record<Verdict, number>>>({ residual, ...counts }: T) => ({
  ...counts,
  'not-applicable': counts['not-applicable'] + residual,
});

/** For programs: schema/verify.schema.json. */
export function verdictsJson({ target, probes, residual, summary }: Verification): string {
  const { probes: ofProbes, attacks, seconds } = summary;
  const report = {
    schemaVersion: 1,
    target,
    probes: probes.map((probe) => ({ ...probe, verdict: verdictOf(probe.verdict) })),
    residual,
    summary: { probes: counted(ofProbes), attacks: counted(attacks), seconds },
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
