import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/finding.ts';
import { memoryFiles } from '../../../src/model/files.ts';
import { readWorkspace } from '../../../src/model/read.ts';
import type { AuditReport } from '../../../src/report/findings.ts';
import { findingsGithub } from '../../../src/report/findings-github.ts';
import { findingsJunit } from '../../../src/report/findings-junit.ts';
import { findingsSarif } from '../../../src/report/findings-sarif.ts';
import { findingsText } from '../../../src/report/findings-text.ts';
import { RULES } from '../../../src/rules/index.ts';
import { fingerprinted } from '../../../src/verbs/fingerprint.ts';

/** The schema that OASIS published, as Microsoft's package for tests has it; draft 4, whose differences it does not use. */
function sarifSchema(): object {
  const file = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const { $schema, id, ...schema } = JSON.parse(readFileSync(file, 'utf8'));
  expect([$schema, id]).toEqual([expect.stringContaining('draft-04'), expect.stringContaining('sarif-2.1.0')]);
  expect(JSON.stringify(schema)).not.toMatch(/"exclusiveM(?:in|ax)imum":/);
  return schema;
}

// A pattern of the schema has a bracket too many, which regular expressions with the flag u refuse.
const ajv = new Ajv({ strict: false, unicodeRegExp: false });
ajv.addFormat('uri', (text) => URL.canParse(text));
ajv.addFormat('uri-reference', (text) => URL.canParse(text, 'http://localhost/') && /^[!-~]*$/.test(text));
ajv.addFormat('date-time', true);
const validSarif = ajv.compile(sarifSchema());

const sarif = (report: AuditReport) => {
  const document = JSON.parse(findingsSarif(report, { rules: RULES, version: '1.2.3', exitCode: 1 }));
  expect(validSarif(document), JSON.stringify(validSarif.errors)).toBe(true);
  return document.runs[0];
};

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
    findings: [...fingerprinted(findings, texts).values()],
    accepted: [],
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

/** One finding of the reporter's own making, in a file of any name. */
function single(file: string, message: string, text: string): AuditReport {
  const finding: Finding = {
    rule: 'privileged',
    severity: 'critical',
    confidence: 'high',
    attacks: ['RUN-01'],
    message,
    at: { file, start: 0, end: text.length },
    see: [{ value: message, span: { file, start: 0, end: 1 } }],
  };
  const findings = [...fingerprinted([finding], new Map([[file, text]])).values()];
  const silenced = findings.map((one) => ({ finding: one, by: 'comment' as const, because: message, at: one.at }));
  return {
    findings,
    accepted: [{ id: 'RUN-01', because: message, findings }],
    silenced,
    unusedIgnores: [{ value: 'privileged', span: finding.at }],
    leftOut: [],
    baseline: { new: 1, known: 0, gone: [{ rule: 'privileged', file, message }] },
    notChecked: [{ file, reason: message }],
    hidden: 0,
    configurations: [file],
    rules: 1,
    texts: new Map([[file, text]]),
  };
}

const unmarked = (files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([file, text]) => [file, text.replace(/[«»]/g, '')]));

/** Elements, in order, of a text that must be XML as far as tags, attributes and characters go. */
function elements(xml: string): readonly string[] {
  const names: string[] = [];
  const open: string[] = [];
  const rest = xml
    .replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '')
    .replace(/<(\/?)([a-z-]+)((?: [a-z]+="[^"<>]*")*)(\/?)>/g, (_, slash, name, _attributes, own) => {
      if (slash) expect(open.pop()).toBe(name);
      else names.push(name);
      if (!slash && !own) open.push(name);
      return '';
    });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]/);
  expect(xml).not.toMatch(/&(?!(?:lt|gt|amp|quot|apos);)/);
  // https://www.w3.org/TR/xml/#charsets
  expect(xml).toMatch(/^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u);
  return names;
}

const HOSTILE = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '::error::x',
        '##[add-mask]x',
        '%0A',
        '\n',
        '\r',
        ']]>',
        '<a b="c">',
        '&',
        '\u202e',
        '\u001b[31m',
        '[a](b)',
        ',line=1',
        '\ud800',
        '\ufffe',
        '../',
        '//',
        '?',
        '#',
        ':',
        ' ',
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
);

describe('SARIF', () => {
  it.each(RULES.map((rule) => ({ id: rule.id, rule })))('of the examples of $id is valid', async ({ rule }) => {
    for (const { files } of [...rule.bad, ...rule.good]) sarif(await report(unmarked(files)));
  });

  it('tells about each rule, with a page of this version, and how bad it is', async () => {
    const run = sarif(await report({ 'devcontainer.json': '{ "image": "a", "privileged": true }' }));
    const { rules } = run.tool.driver;
    expect(rules).toHaveLength(RULES.length);
    const rule = rules.find(({ id }: { id: string }) => id === 'privileged');
    expect(rule).toMatchObject({
      helpUri: 'https://unpkg.com/cofferdam@1.2.3/docs/rules/privileged.md',
      defaultConfiguration: { level: 'error' },
      properties: { 'security-severity': '9.5' },
      help: { text: expect.stringContaining('What to do:'), markdown: expect.stringContaining('```') },
    });
    const found = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === 'privileged');
    expect(rules[found.ruleIndex]).toBe(rule);
    expect(found.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'devcontainer.json', uriBaseId: '%SRCROOT%' },
      region: { startLine: 1, startColumn: 17, endLine: 1, endColumn: 35 },
    });
  });

  it('says that a run which could not read a file was not a success', async () => {
    const [invocation] = sarif(await report({ 'devcontainer.json': '' })).invocations;
    expect(invocation).toMatchObject({ executionSuccessful: false, exitCode: 1 });
    expect(invocation.toolExecutionNotifications).toMatchObject([
      { level: 'error', message: { text: expect.stringContaining('devcontainer.json') } },
    ]);
  });

  it('keeps what is silenced, as suppressed and with the reason, and names other places', () => {
    const run = sarif(single('a b/c:d.yaml', 'see [here](http://x)', 'x'));
    expect(run.results).toHaveLength(3);
    expect(run.results[0]).toMatchObject({
      baselineState: 'new',
      suppressions: [],
      message: { text: 'see \\[here](http://x)' },
      relatedLocations: [{ id: 1, physicalLocation: { artifactLocation: { uri: 'a%20b/c%3Ad.yaml' } } }],
    });
    expect(run.results[1].suppressions).toMatchObject([{ kind: 'inSource', justification: 'see \\[here](http://x)' }]);
    expect(run.results[2].suppressions).toMatchObject([{ kind: 'external' }]);
  });

  it('is valid whatever the repository has named its files', () => {
    fc.assert(
      fc.property(HOSTILE, HOSTILE, HOSTILE, (file, message, text) => {
        sarif(single(file || '.', `m${message}`, text));
      }),
    );
  });
});

describe('JUnit', () => {
  it('counts findings as failures, what is not severe enough as skipped, the unread as errors', async () => {
    const xml = findingsJunit(
      await report({ 'devcontainer.json': '{ "image": "debian:12", "privileged": true }', 'x/devcontainer.json': '{' }),
      RULES.filter(({ id }) => ['privileged', 'missing-limits', 'home-mount'].includes(id)),
      'high',
    );
    expect(xml).toContain('<failure message="the dev container is privileged" type="critical">');
    expect(xml).toContain('<skipped message="low, less than --fail-on high"/>');
    expect(xml).toContain('<testcase classname="audit.not-checked" name="x/devcontainer.json"><error message=');
    expect(xml).toContain('<testcase classname="audit.home-mount" name="not found: ');
    const names = elements(xml);
    const count = (name: string): number => names.filter((one) => one === name).length;
    expect(xml).toContain(
      `tests="${count('testcase')}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`,
    );
  });

  it('is XML whatever the repository has named its files', () => {
    fc.assert(
      fc.property(HOSTILE, HOSTILE, HOSTILE, (file, message, text) => {
        elements(findingsJunit(single(file || '.', `m${message}`, text), RULES, 'low'));
      }),
    );
  });
});

describe('GitHub annotations', () => {
  it('stand beside the line, with a command for each severity', async () => {
    const text = findingsGithub(
      await report({ 'a,b/devcontainer.json': '{\n  "image": "debian:12",\n  "privileged": true\n}' }),
    );
    expect(text).toMatch(
      /^::error file=a%2Cb\/devcontainer\.json,line=3,endLine=3,col=3,endColumn=20,title=critical%3A privileged::the dev container is privileged; /m,
    );
    expect(text).toMatch(/^::notice .*missing-limits/m);
    expect(text).toMatch(/^::warning .*missing-cap-drop/m);
  });

  it('are the only commands, whatever the repository has named its files', () => {
    fc.assert(
      fc.property(HOSTILE, HOSTILE, HOSTILE, (file, message, text) => {
        const lines = findingsGithub(single(file || '.', `m${message}`, text)).split('\n');
        const property = '[a-zA-Z]+=[^,:\\r\\n]*';
        const command = new RegExp(`^::(?:error|notice) ${property}(?:,${property})*::[^\\r\\n]*$`);
        expect(lines.filter((line) => command.test(line))).toHaveLength(3);
        expect(lines.filter((line) => /^\s*::/.test(line))).toHaveLength(3);
        expect(lines.join('\n')).not.toMatch(/##\[|[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
        // Three annotations, the accepted, the silenced and the gone one, the sums.
        expect(lines).toHaveLength(8);
      }),
    );
  });

  it('write a percent sign so that it does not become a line break', () => {
    expect(findingsGithub(single('a', 'x%0A::error::y', 'x'))).toContain('x%250A::error::y');
  });
});

describe('text', () => {
  it('moves no cursor, whatever the repository has named its files', () => {
    fc.assert(
      fc.property(HOSTILE, HOSTILE, HOSTILE, (file, message, text) => {
        const shown = findingsText(single(file || '.', `m${message}`, text), { width: 80, paint: (_, word) => word });
        expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e]/);
      }),
    );
  });
});

describe('a fingerprint', () => {
  const compose =
    'services:\n  a:\n    image: debian\n    privileged: true\n  b:\n    image: debian\n    privileged: true\n';
  const prints = async (text: string, file = 'compose.yaml'): Promise<readonly string[]> =>
    (await report({ [file]: text })).findings.filter(({ rule }) => rule === 'privileged').map((one) => one.fingerprint);

  it('stays when lines and spaces move, and differs for what is there twice', async () => {
    const before = await prints(compose);
    expect(new Set(before).size).toBe(2);
    expect(await prints(`# more\n\n${compose.replace('privileged: true', 'privileged:   true')}`)).toEqual(before);
  });

  it('is another one in another file', async () => {
    expect(await prints(compose, 'docker-compose.yml')).not.toEqual(await prints(compose));
  });

  it('tells nothing about a secret', async () => {
    const token = (value: string) => `{ "image": "a", "containerEnv": { "TOKEN": "ghp_${value.repeat(36)}" } }`;
    const secrets = async (value: string) =>
      (await report({ 'devcontainer.json': token(value) })).findings
        .filter(({ secret }) => secret)
        .map(({ fingerprint }) => fingerprint);
    expect(await secrets('a')).toHaveLength(1);
    expect(await secrets('a')).toEqual(await secrets('b'));
  });
});
