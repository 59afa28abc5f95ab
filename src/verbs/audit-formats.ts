import type { ExitCode } from '../core/exit.ts';
import type { Severity } from '../core/finding.ts';
import type { Terminal } from '../host/terminal.ts';
import type { AuditReport } from '../report/findings.ts';
import { findingsText } from '../report/findings-text.ts';
import type { RuleFacts } from '../report/rule-facts.ts';

declare const __VERSION__: string;

export const AUDIT_FORMATS = ['text', 'json', 'sarif', 'junit', 'github'] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];

interface Shown {
  readonly format: AuditFormat;
  readonly failOn: Severity;
  readonly rules: readonly RuleFacts[];
  readonly exitCode: ExitCode;
}

/** The report in one of the formats; coloured and as wide as the terminal where it goes to one. */
export async function rendered(
  report: AuditReport,
  { format, failOn, rules, exitCode }: Shown,
  terminal: Terminal | undefined,
): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('../report/findings-json.ts')).findingsJson(report);
    case 'sarif': {
      const { findingsSarif } = await import('../report/findings-sarif.ts');
      return findingsSarif(report, { rules, version: __VERSION__, exitCode });
    }
    case 'junit':
      return (await import('../report/findings-junit.ts')).findingsJunit(report, rules, failOn);
    case 'github':
      return (await import('../report/findings-github.ts')).findingsGithub(report);
    case 'text':
      return findingsText(report, {
        width: terminal?.width ?? 80,
        paint: (style, text) => terminal?.style('out', style, text) ?? text,
      });
  }
}
