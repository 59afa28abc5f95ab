import type { ProbeResult } from '../core/verdict.ts';
import type { Verification } from '../core/verification.ts';
import { xml } from './xml.ts';

/** JUnit's XML as CI systems read it: a breach is a failure, what could not be concluded is an error. */
export function verdictsJunit({ probes, residual, summary }: Verification): string {
  const { breached, inconclusive } = summary.probes;
  const skipped = summary.probes['not-applicable'] + summary.probes.residual;
  const numbers = `tests="${probes.length}" failures="${breached}" errors="${inconclusive}" skipped="${skipped}"`;
  const remains = residual.map(({ about, because }) => `${about}: ${because}`).join('\n');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="cofferdam verify" ${numbers} time="${summary.seconds.toFixed(3)}">`,
    `  <testsuite name="cofferdam verify" ${numbers}>`,
    ...probes.map(testcase),
    `    <system-out>${xml(`What remains:\n${remains}`)}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testcase({ id, title, group, verdict, evidence }: ProbeResult): string {
  const open = `    <testcase classname="${xml(`verify.${group}`)}" name="${xml(`${id}: ${title}`)}"`;
  if (verdict === 'held') return `${open}/>`;
  const inner = {
    breached: `<failure message="breached">${xml(evidence)}</failure>`,
    inconclusive: `<error message="inconclusive">${xml(evidence)}</error>`,
    residual: `<skipped message="${xml(`residual: ${evidence}`)}"/>`,
    'not-applicable': `<skipped message="${xml(evidence)}"/>`,
  }[verdict];
  return `${open}>${inner}</testcase>`;
}
