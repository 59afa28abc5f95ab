import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/finding.ts';
import { memoryFiles } from '../../../src/model/files.ts';
import { readWorkspace } from '../../../src/model/read.ts';
import { type AuditReport, sortFindings } from '../../../src/report/findings.ts';
import { findingsJson } from '../../../src/report/findings-json.ts';
import { findingsText } from '../../../src/report/findings-text.ts';
import { RULES } from '../../../src/rules/index.ts';
import { fingerprinted } from '../../../src/verbs/fingerprint.ts';

const plain = (_: string, text: string): string => text;
const validate = new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync('schema/audit.schema.json', 'utf8')));

async function report(files: Record<string, string>): Promise<AuditReport> {
  const { workspace, texts } = await readWorkspace(memoryFiles(files));
  const findings = RULES.flatMap((rule) =>
    [...rule.check(workspace, undefined)].map(
      (problem): Finding => ({
        ...problem,
        rule: rule.id,
        severity: problem.severity ?? rule.severity,
        attacks: rule.attacks,
      }),
    ),
  );
  return {
    findings: sortFindings([...fingerprinted(findings, texts).values()]),
    accepted: [{ id: 'open-egress', because: 'so be it', findings: [] }],
    silenced: [],
    unusedIgnores: [],
    leftOut: [],
    notChecked: workspace.notChecked,
    hidden: 0,
    configurations: workspace.configurations.map(({ file }) => file),
    rules: RULES.length,
    texts,
  };
}

const unmarked = (files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([file, text]) => [file, text.replace(/[«»]/g, '')]));

describe('the JSON report', () => {
  it.each(RULES.map((rule) => ({ id: rule.id, rule })))('of the examples of $id fits its schema', async ({ rule }) => {
    for (const example of [...rule.bad, ...rule.good]) {
      const document: unknown = JSON.parse(findingsJson(await report(unmarked(example.files))));
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  it('is refused by its schema when a key is missing or added', async () => {
    const document = JSON.parse(findingsJson(await report({ 'devcontainer.json': '{ "image": "a" }' })));
    expect(validate({ ...document, findings: undefined })).toBe(false);
    expect(validate({ ...document, extra: 1 })).toBe(false);
  });
});

describe('the text report', () => {
  it('shows place, line, attacks and the next step', async () => {
    const found = await report({ '.devcontainer/devcontainer.json': '{\n  "image": "a",\n  "privileged": true\n}\n' });
    expect(
      findingsText({ ...found, findings: found.findings.slice(0, 1), accepted: [] }, { width: 80, paint: plain }),
    ).toBe(`critical [privileged] the dev container is privileged
  --> .devcontainer/devcontainer.json:3:3
 3 |   "privileged": true
   |   ^^^^^^^^^^^^^^^^^^
   = attacks: RUN-01 KRN-03
   = [fixable] the dev container is no longer privileged.
   = help: cofferdam explain privileged

1 finding (1 critical) in 1 dev container, 1 file, ${RULES.length} rules.
Files only: what the running container really stops, \`cofferdam verify\` attacks.
`);
  });

  it('shows no secret in the lines of other findings either', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const found = await report({
      'devcontainer.json': `{ "image": "debian", "containerEnv": { "GITHUB_TOKEN": "${token}" }, "privileged": true } // ${token}`,
    });
    expect(found.findings.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['inline-secret', 'privileged']));
    const shown = findingsText(found, { width: 80, paint: plain });
    expect(shown).toContain('"privileged": true');
    expect(shown).not.toContain('a1B2');
  });

  it('is readable at 80 columns for every example', async () => {
    for (const rule of RULES) {
      for (const example of rule.bad) {
        const text = findingsText(await report(unmarked(example.files)), { width: 200, paint: plain });
        for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
      }
    }
  });

  it('never prints a secret that it found', async () => {
    const token = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
    const found = await report({
      'devcontainer.json': `{ "image": "a", "containerEnv": { "X": "${token}" } } // ${token}`,
      'compose.yaml': '',
    });
    expect(found.findings.some(({ rule }) => rule === 'inline-secret')).toBe(true);
    const secrets = found.findings.filter(({ rule }) => rule === 'inline-secret');
    expect(findingsText({ ...found, findings: secrets }, { width: 80, paint: plain })).not.toContain(token);
    expect(findingsJson(found)).not.toContain(token);
  });

  it('lists what was accepted and what was not checked, and does not call that clean', async () => {
    const text = findingsText(await report({ 'devcontainer.json': '{ "image": ' }), { width: 80, paint: plain });
    expect(text).toContain('Accepted by the policy:\n  open-egress (0 findings): so be it');
    expect(text).toContain('Not checked:\n  devcontainer.json');
    expect(text).toMatch(/\d+ not checked/);
  });
});
