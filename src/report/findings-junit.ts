import type { Severity } from '../core/finding.ts';
import { type AuditReport, isAtLeast, type Reported } from './findings.ts';
import { Places } from './places.ts';
import type { RuleFacts } from './rule-facts.ts';
import { xml } from './xml.ts';

/**
 * JUnit's XML as CI systems read it. A finding is a failed case of its rule, or a skipped one where it doesn't make the
 * audit fail; what could not be checked is an error; a rule that found nothing is one case that passed.
 */
export function findingsJunit(report: AuditReport, rules: readonly RuleFacts[], failOn: Severity): string {
  const { findings, accepted, silenced, notChecked, texts } = report;
  const places = new Places(texts);
  const one = (finding: Reported, inner: string): string => {
    const { line, column } = places.at(finding.at.file, finding.at.start);
    const name = `${finding.at.file}:${line}:${column} ${finding.message}`;
    return `    <testcase classname="${xml(`audit.${finding.rule}`)}" name="${xml(name)}">${inner}</testcase>`;
  };
  const detail = ({ rule, severity, attacks }: Reported): string =>
    xml(`${severity}; attacks: ${attacks.join(' ')}\nhelp: cofferdam explain ${rule}`);
  const failing = findings.filter(({ severity }) => isAtLeast(severity, failOn));
  const mild = findings.filter(({ severity }) => !isAtLeast(severity, failOn));
  const spoken = new Set([...findings, ...silenced.map(({ finding }) => finding)].map(({ rule }) => rule));
  const passed = rules.filter(({ id }) => !spoken.has(id));
  const skip = (why: string): string => `<skipped message="${xml(why)}"/>`;
  const cases = [
    ...failing.map((finding) =>
      one(
        finding,
        `<failure message="${xml(finding.message)}" type="${finding.severity}">${detail(finding)}</failure>`,
      ),
    ),
    ...mild.map((finding) => one(finding, skip(`${finding.severity}, less than --fail-on ${failOn}`))),
    ...silenced.map(({ finding, by, because }) =>
      one(finding, skip(by === 'comment' ? `ignored: ${because}` : because)),
    ),
    ...notChecked.map(
      ({ file, reason }) =>
        `    <testcase classname="audit.not-checked" name="${xml(file)}"><error message="${xml(reason)}"/></testcase>`,
    ),
    ...passed.map(
      ({ id, title }) => `    <testcase classname="audit.${xml(id)}" name="${xml(`not found: ${title}`)}"/>`,
    ),
  ];
  const skipped = mild.length + silenced.length;
  const numbers = `tests="${cases.length}" failures="${failing.length}" errors="${notChecked.length}" skipped="${skipped}"`;
  const said = accepted.map(({ id, because, findings: list }) => `${id} (${list.length} findings): ${because}`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="cofferdam audit" ${numbers}>`,
    `  <testsuite name="cofferdam audit" ${numbers}>`,
    ...cases,
    ...(said.length > 0 ? [`    <system-out>${xml(`Accepted by the policy:\n${said.join('\n')}`)}</system-out>`] : []),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
