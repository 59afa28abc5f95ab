import type { NotChecked, Severity } from '../core/finding.ts';
import { printable } from '../core/printable.ts';
import { publishedUrl, ruleUrl } from '../core/published.ts';
import type { Span } from '../core/span.ts';
import { type AuditReport, placeOf, type Reported } from './findings.ts';
import { Places } from './places.ts';
import type { RuleFacts } from './rule-facts.ts';

const LEVELS = { critical: 'error', high: 'error', medium: 'warning', low: 'note' } as const satisfies Record<
  Severity,
  string
>;

/** GitHub makes its own words of these: over 9.0 critical, from 7.0 high, from 4.0 medium, below low. */
const SCORES = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.5' } as const satisfies Record<Severity, string>;

/** A path as a relative URI: each part encoded, so that a name cannot be a scheme, a host, a query or a fragment. */
const uri = (file: string): string =>
  file
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/')
    .replace(/^\//, './');

/** A message is plain text, in which `[words](target)` would be a link (SARIF 2.1.0, 3.11.6). */
const words = (text: string): string => withoutLinks(printable(text).replace(/\p{Surrogate}/gu, '\ufffd'));

const withoutLinks = (text: string): string => (text.includes('](') ? text.replaceAll('[', '\\[') : text);

/** SARIF 2.1.0, as code scanning services read it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function findingsSarif(
  report: AuditReport,
  tool: { readonly rules: readonly RuleFacts[]; readonly version: string; readonly exitCode: number },
): string {
  const { findings, accepted, silenced, unusedIgnores, baseline, notChecked, texts } = report;
  const places = new Places(texts);
  const physical = (at: Span) => {
    const { line, column, endLine, endColumn } = placeOf({ at }, places);
    return {
      artifactLocation: { uri: uri(at.file), uriBaseId: '%SRCROOT%' },
      region: { startLine: line, startColumn: column, endLine, endColumn },
    };
  };
  const result = (finding: Reported, more: Readonly<Record<string, unknown>>) => ({
    ruleId: finding.rule,
    ruleIndex: tool.rules.findIndex(({ id }) => id === finding.rule),
    kind: 'fail',
    level: LEVELS[finding.severity],
    message: { text: words(finding.message) },
    locations: [{ physicalLocation: physical(finding.at) }],
    ...(finding.see
      ? {
          relatedLocations: finding.see.map(({ value, span }, index) => ({
            id: index + 1,
            message: { text: words(value) },
            physicalLocation: physical(span),
          })),
        }
      : {}),
    partialFingerprints: { 'cofferdamEvidence/v1': finding.fingerprint },
    properties: { severity: finding.severity, confidence: finding.confidence, attacks: finding.attacks },
    ...more,
  });
  const state = (baselineState: string) => (baseline ? { baselineState } : {});
  const run = {
    tool: {
      driver: {
        name: 'cofferdam',
        semanticVersion: tool.version,
        informationUri: publishedUrl(tool.version, 'README.md'),
        rules: tool.rules.map((rule) => descriptor(rule, tool.version)),
      },
    },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        // An error among the notifications means that the run did not do all that it should (3.20.14).
        executionSuccessful: notChecked.length === 0,
        exitCode: tool.exitCode,
        toolExecutionNotifications: [
          ...notChecked.map((item) => notification(item, physical)),
          ...unusedIgnores.map(({ value, span }) => ({
            level: 'note',
            message: { text: words(`an ignore comment for ${value} that silences nothing`) },
            locations: [{ physicalLocation: physical(span) }],
          })),
        ],
      },
    ],
    results: [
      ...findings.map((finding) => result(finding, { ...state('new'), suppressions: [] })),
      ...silenced.map(({ finding, by, because, at }) =>
        result(finding, {
          ...state(by === 'baseline' ? 'unchanged' : 'new'),
          suppressions: [
            by === 'comment' && at
              ? { kind: 'inSource', justification: words(because), location: { physicalLocation: physical(at) } }
              : { kind: 'external', justification: words(because) },
          ],
        }),
      ),
      ...accepted.flatMap(({ because, findings: list }) =>
        list.map((finding) =>
          result(finding, {
            ...state('unchanged'),
            suppressions: [{ kind: 'external', justification: words(`accepted by the policy: ${because}`) }],
          }),
        ),
      ),
    ],
  };
  const document = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function notification({ file, reason, span }: NotChecked, physical: (at: Span) => object) {
  const place = span ? physical(span) : { artifactLocation: { uri: uri(file), uriBaseId: '%SRCROOT%' } };
  return {
    level: 'error',
    message: { text: words(`not checked: ${file}: ${reason}`) },
    locations: [{ physicalLocation: place }],
  };
}

function descriptor({ id, title, severity, attacks, references, why, remedy, bad }: RuleFacts, version: string) {
  const examples = bad.slice(0, 1).flatMap(({ files }) => Object.entries(files));
  const code = examples.map(([file, text]) => `\`${file}\`\n\n\`\`\`\n${text.replace(/[«»]/g, '').trimEnd()}\n\`\`\``);
  const see = references.map((reference) => `- <${reference}>`).join('\n');
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    helpUri: ruleUrl(version, id),
    help: {
      text: `${why}\n\nWhat to do: ${remedy}\n\nAttacks: ${attacks.join(', ')}\n\n${references.join('\n')}`,
      markdown: `${why}\n\n**What to do.** ${remedy}\n\n**Attacks:** ${attacks.join(', ')}\n\n### Found\n\n${code.join('\n\n')}\n\n### See\n\n${see}`,
    },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      tags: ['security', ...attacks],
      'security-severity': SCORES[severity],
      'problem.severity': problem(severity),
    },
  };
}

const problem = (severity: Severity): string => (LEVELS[severity] === 'note' ? 'recommendation' : LEVELS[severity]);
