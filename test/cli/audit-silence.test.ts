import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { cofferdam, Scratch } from '../support/cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const schema = (name: string) =>
  new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync(`schema/${name}.schema.json`, 'utf8')));
const validate = schema('audit');
const CONFIG = '.devcontainer/devcontainer.json';
const ONLY = ['--only', 'privileged,missing-limits'];
const configuration = (comment: string): Record<string, string> => ({
  [CONFIG]: `{\n  "image": "debian:12",\n  ${comment}\n  "privileged": true\n}\n`,
});

function audited(folder: string, ...args: string[]) {
  const { status, stdout, stderr } = cofferdam(folder, ['audit', '--json', ...args]);
  expect(stderr).toBe('');
  const document = JSON.parse(stdout);
  expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  const rules: string[] = document.findings.map(({ rule }: { rule: string }) => rule);
  return { status, document, rules, summary: document.summary };
}

describe('an ignore comment', () => {
  const reasoned = configuration('// cofferdam-ignore privileged: the tests need it');

  it('silences its rule on the next line, and every report prints it with its reason', () => {
    const folder = scratch.folder(reasoned);
    const { status, rules, summary } = audited(folder, '--only', 'privileged');
    expect([status, rules]).toEqual([0, []]);
    expect(summary.silenced).toMatchObject([
      { rule: 'privileged', severity: 'critical', file: CONFIG, line: 4, by: 'comment', because: 'the tests need it' },
    ]);
    for (const format of ['text', 'sarif', 'junit', 'github']) {
      const { status: code, stdout } = cofferdam(folder, ['audit', '--only', 'privileged', '--format', format]);
      expect([code, stdout]).toEqual([0, expect.stringContaining('the tests need it')]);
    }
  });

  it('silences nothing with --strict', () => {
    expect(audited(scratch.folder(reasoned), '--only', 'privileged', '--strict')).toMatchObject({
      status: 1,
      rules: ['privileged'],
      summary: { silenced: [] },
    });
  });

  it.each([
    ['for another rule', '// cofferdam-ignore missing-limits: not this one'],
    ['in a text', '"name": "// cofferdam-ignore privileged: no comment",'],
  ])('%s leaves the finding', (_, comment) => {
    const { status, rules } = audited(scratch.folder(configuration(comment)), '--only', 'privileged');
    expect([status, rules]).toEqual([1, ['privileged']]);
  });

  it('two lines away leaves the finding', () => {
    const { status, rules } = audited(
      scratch.folder(configuration('// cofferdam-ignore privileged: too far\n')),
      '--only',
      'privileged',
    );
    expect([status, rules]).toEqual([1, ['privileged']]);
  });

  it.each([
    ['// cofferdam-ignore privileged', 'without a reason'],
    ['// cofferdam-ignore privilegd: a slip', 'Did you mean privileged?'],
  ])('that is wrong (%s) silences nothing and makes the audit incomplete', (comment, says) => {
    const { status, rules, document } = audited(scratch.folder(configuration(comment)), '--only', 'privileged');
    expect([status, rules]).toEqual([1, ['privileged']]);
    expect(document.notChecked).toEqual([{ file: CONFIG, reason: expect.stringContaining(says) }]);
    expect(
      audited(scratch.folder(configuration(comment)), '--only', 'privileged', '--fail-on', 'critical').status,
    ).toBe(1);
    expect(audited(scratch.folder(configuration(comment)), '--only', 'home-mount').status).toBe(3);
  });

  it('that silences nothing is told, unless its rule was not checked', () => {
    const folder = scratch.folder(configuration('// cofferdam-ignore home-mount: gone by now'));
    expect(audited(folder, '--only', 'home-mount').summary.unusedIgnores).toEqual([
      { rule: 'home-mount', file: CONFIG, line: 3, column: 3 },
    ]);
    expect(audited(folder, '--only', 'privileged').summary.unusedIgnores).toEqual([]);
    expect(cofferdam(folder, ['audit', '--only', 'home-mount']).stdout).toContain(
      'Ignore comments that silence nothing:',
    );
  });

  it('works in compose files, Dockerfiles and scripts', () => {
    const folder = scratch.folder({
      [CONFIG]:
        '{ "dockerComposeFile": "compose.yaml", "service": "a", "postCreateCommand": "bash .devcontainer/x.sh" }',
      '.devcontainer/compose.yaml':
        'services:\n  a:\n    build: .\n    privileged: true # cofferdam-ignore privileged: why not\n',
      '.devcontainer/Dockerfile':
        'FROM debian:12\n# cofferdam-ignore piped-install: pinned elsewhere\nRUN curl -fsSL https://example.com/i.sh | sh\n',
      '.devcontainer/x.sh':
        '#!/bin/bash\n# cofferdam-ignore piped-install: read it\ncurl https://example.com/j.sh | sh\n',
    });
    const { rules, summary } = audited(folder, '--only', 'privileged,piped-install');
    expect(rules).toEqual([]);
    expect(summary.silenced.map(({ because }: { because: string }) => because).sort()).toEqual([
      'pinned elsewhere',
      'read it',
      'why not',
    ]);
  });
});

describe('a baseline', () => {
  const files = configuration('');
  const baseline = (folder: string, ...args: string[]) => audited(folder, '--baseline', 'known.json', ...args);

  it('makes old findings known, whatever moves above them, and tells new and gone ones', () => {
    const folder = scratch.folder(files);
    const first = baseline(folder, '--write-baseline');
    expect(first).toMatchObject({ status: 0, rules: [], summary: { baseline: { new: 0, gone: [] } } });
    const validBaseline = schema('baseline');
    const written = JSON.parse(readFileSync(join(folder, 'known.json'), 'utf8'));
    expect(validBaseline(written), JSON.stringify(validBaseline.errors)).toBe(true);
    expect(written.findings).toHaveLength(first.summary.baseline.known);

    writeFileSync(join(folder, CONFIG), `// a new line\n\n${files[CONFIG]}`);
    expect(baseline(folder)).toMatchObject({ status: 0, rules: [] });

    writeFileSync(join(folder, CONFIG), '{\n  "image": "debian:12",\n  "runArgs": ["--cap-add=SYS_ADMIN"]\n}\n');
    const { status, rules, summary } = baseline(folder);
    expect([status, rules]).toEqual([1, ['added-capability']]);
    expect(summary.baseline).toMatchObject({ new: 1, gone: [{ rule: 'privileged', file: CONFIG }] });
    expect(cofferdam(folder, ['audit', '--baseline', 'known.json']).stdout).toContain('Gone since the baseline');
  });

  it('does not call gone what was not checked', () => {
    const folder = scratch.folder(files);
    baseline(folder, '--write-baseline');
    expect(baseline(folder, '--only', 'home-mount').summary.baseline.gone).toEqual([]);
    writeFileSync(join(folder, CONFIG), '');
    expect(baseline(folder)).toMatchObject({ status: 3, summary: { baseline: { known: 0, gone: [] } } });
  });

  it('does not know what has become worse', () => {
    const folder = scratch.folder(files);
    baseline(folder, '--write-baseline');
    const file = join(folder, 'known.json');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"severity": "critical"', '"severity": "low"'));
    expect(baseline(folder)).toMatchObject({ status: 1, rules: ['privileged'] });
  });

  it('serves every format and the folder by any name', () => {
    const folder = scratch.folder({ [`sub/${CONFIG}`]: files[CONFIG] ?? '' });
    baseline(folder, 'sub', '--write-baseline');
    const { status, stdout } = cofferdam(folder, ['audit', 'sub', '--baseline', 'known.json', '--format', 'sarif']);
    expect(status).toBe(0);
    const [run] = JSON.parse(stdout).runs;
    expect(run.results[0]).toMatchObject({
      baselineState: 'unchanged',
      locations: [{ physicalLocation: { artifactLocation: { uri: `sub/${CONFIG}` } } }],
    });
  });

  it('is replaced, not written through, where a link stands in its place', () => {
    const outside = scratch.folder({ 'precious.txt': 'keep' });
    const folder = scratch.folder(files);
    symlinkSync(join(outside, 'precious.txt'), join(folder, 'known.json'));
    cofferdam(folder, ['audit', '--baseline', 'known.json', '--write-baseline']);
    expect(readFileSync(join(outside, 'precious.txt'), 'utf8')).toBe('keep');
    expect(lstatSync(join(folder, 'known.json')).isSymbolicLink()).toBe(false);
  });

  it.each([
    ['is missing', undefined, 'does not exist'],
    ['is not JSON', '{', 'is not JSON'],
    ['is something else', '{ "schemaVersion": 1, "findings": [{ "rule": "privileged" }] }', 'findings.0.fingerprint'],
    ['is from a later version', '{ "schemaVersion": 2, "findings": [] }', 'schemaVersion'],
  ])('that %s stops the audit', (_, text, says) => {
    const folder = scratch.folder({ ...files, ...(text === undefined ? {} : { 'known.json': text }) });
    const { status, stdout, stderr } = cofferdam(folder, ['audit', '--baseline', 'known.json']);
    expect(stderr).toContain(says);
    expect(stderr.match(/^error /gm)).toHaveLength(1);
    expect([status, stdout]).toEqual([2, '']);
  });
});

describe('the other options', () => {
  it('--output writes the report and prints nothing', () => {
    const folder = scratch.folder(configuration(''));
    const { status, stdout } = cofferdam(folder, ['audit', ...ONLY, '--format', 'sarif', '--output', 'out.sarif']);
    expect([status, stdout]).toEqual([1, '']);
    expect(JSON.parse(readFileSync(join(folder, 'out.sarif'), 'utf8')).version).toBe('2.1.0');
  });

  it('--list-rules lists them for people and for programs', () => {
    const folder = scratch.folder();
    expect(cofferdam(folder, ['audit', '--list-rules'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^privileged +critical /m),
    });
    const { rules } = JSON.parse(cofferdam(folder, ['audit', '--list-rules', '--json']).stdout);
    expect(rules).toContainEqual(expect.objectContaining({ id: 'privileged', help: expect.stringMatching(/^https:/) }));
  });

  it('--ignore says in the report what was left out', () => {
    const folder = scratch.folder(configuration(''));
    expect(audited(folder, '--ignore', 'privileged').summary.leftOut).toEqual(['privileged']);
    expect(cofferdam(folder, ['audit', '--ignore', 'privileged']).stdout).toMatch(/left\s+out:\s+privileged/);
  });

  it.each([
    [['audit', '--write-baseline'], '--write-baseline needs the name of the file'],
    [['audit', '--baseline', 'b', '--write-baseline', '--only', 'privileged'], 'goes with all rules'],
    [['audit', '--list-rules', '--format', 'sarif'], 'for people or as JSON'],
    [['audit', '--json', '--format', 'sarif'], 'contradict each other'],
    [['audit', '--output', 'nowhere/x'], 'there is no folder'],
  ])('%j is refused with one clear error', (args, says) => {
    const folder = scratch.folder(configuration(''));
    const { status, stdout, stderr } = cofferdam(folder, args);
    expect(stderr).toContain(says);
    expect(stderr.match(/^error /gm)).toHaveLength(1);
    expect([status, stdout]).toEqual([2, '']);
    expect(existsSync(join(folder, 'b'))).toBe(false);
  });
});
