import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { ToolError } from '../core/errors.ts';
import { readOnlyTree } from '../host/tree.ts';
import type { Reported } from '../report/findings.ts';

const SCHEMA = z.strictObject({
  schemaVersion: z.literal(1),
  findings: z.array(
    z.strictObject({
      fingerprint: z.string().regex(/^[0-9a-f]{32}$/),
      rule: z.string(),
      severity: z.enum(['low', 'medium', 'high', 'critical']),
      file: z.string(),
      message: z.string(),
    }),
  ),
});

/** Findings that a repository had when somebody began to use the auditor: schema/baseline.schema.json. */
export type Baseline = z.infer<typeof SCHEMA>;

/** Reads a baseline; one that is missing or not understood is an error, because what it silences is then unknown. */
export function readBaseline(cwd: string, path: string): Baseline {
  const full = resolve(cwd, path);
  const again = `cofferdam audit --baseline ${path} --write-baseline`;
  const wrong = (why: string): ToolError => new ToolError('usage', `The baseline ${path} ${why}.`, again);
  if (!existsSync(full)) throw wrong('does not exist');
  const read = readOnlyTree(dirname(full)).read(full.slice(dirname(full).length + 1));
  if (read.kind !== 'text') throw wrong(read.kind === 'absent' ? 'does not exist' : `cannot be read: ${read.reason}`);
  let document: unknown;
  try {
    document = JSON.parse(read.text);
  } catch (error) {
    throw wrong(`is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = SCHEMA.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw wrong(`is not what --write-baseline writes: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** The file for these findings, in the order of files and rules, so that two versions of it can be compared. */
export function baselineText(findings: readonly Reported[]): string {
  const entries = findings.map(({ fingerprint, rule, severity, at, message }) => ({
    fingerprint,
    rule,
    severity,
    file: at.file,
    message,
  }));
  const key = ({ file, rule, fingerprint }: Baseline['findings'][number]): string => `${file}\n${rule}\n${fingerprint}`;
  entries.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const baseline: Baseline = { schemaVersion: 1, findings: entries };
  return `${JSON.stringify(baseline, null, 2)}\n`;
}
