import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { cofferdam, Scratch } from '../support/cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

describe('cofferdam verify', () => {
  it('says what is missing where there is no policy', () => {
    const { status, stderr } = cofferdam(scratch.folder(), ['verify']);
    expect(status).toBe(2);
    expect(stderr).toContain('[policy-missing]');
  });

  it('names the nearest probe when one is asked for that is not', () => {
    const { status, stderr } = cofferdam(scratch.folder(), ['verify', '--here', '--only', 'git-hooks,gits-hooks']);
    expect(status).toBe(2);
    expect(stderr).toContain('[unknown-id]');
    expect(stderr).toContain('There is no probe gits-hooks. Did you mean git-hooks?');
  });

  it('refuses a place for the report that there is not, before it attacks', () => {
    const folder = scratch.folder();
    const { status, stdout, stderr } = cofferdam(folder, ['verify', '--here', '--output', '/nonexistent/report']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('there is no folder /nonexistent');
    expect(cofferdam(folder, ['verify', '--here', '--output', '.']).stderr).toContain('that is a folder');
  });

  it('refuses a format that it does not have', () => {
    expect(cofferdam(scratch.folder(), ['verify', '--format', 'xml']).status).toBe(2);
  });
});

describe('cofferdam verify --here', () => {
  // It looks through the whole machine, which may hold a lot.
  it('needs no engine, holds nothing without a control, and does not exit with 0', { timeout: 300_000 }, () => {
    const engineless = { DOCKER_HOST: 'unix:///nonexistent' };
    const { status, stdout } = cofferdam(
      scratch.folder(),
      ['verify', '--here', '--format', 'json'],
      engineless,
      280_000,
    );
    const validate = new Ajv2020({ allowUnionTypes: true }).compile(
      JSON.parse(readFileSync('schema/verify.schema.json', 'utf8')),
    );
    const report = JSON.parse(stdout);
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect([1, 3]).toContain(status);
    const probes: readonly { verdict: string; id: string; evidence: string; control: { detected: boolean } }[] =
      report.probes;
    expect(probes.filter(({ verdict, control }) => verdict === 'held' && !control.detected)).toEqual([]);
    const untried = probes.filter(({ evidence }) => evidence.startsWith('not tried from inside'));
    expect(untried.length).toBeGreaterThan(0);
    expect(untried.map(({ verdict }) => verdict)).toEqual(untried.map(() => 'inconclusive'));
    const clearing = probes.find(({ id }) => id === 'environment-clearing');
    expect(clearing?.control.detected).toBe(true);
  });

  it('writes its report where it was told, not where a link of the workspace points', () => {
    const root = scratch.folder({ '.devcontainer/cofferdam.yaml': 'version: 1\n', 'reports/': '' });
    const only = ['verify', '--here', '--only', 'environment-clearing', '--format', 'tap', '--output'];
    cofferdam(root, [...only, 'reports/verify.tap']);
    expect(readFileSync(join(root, 'reports/verify.tap'), 'utf8')).toMatch(/^TAP version 14\n1\.\.1\n/);

    const outside = scratch.folder({ victim: 'untouched\n' });
    symlinkSync(join(outside, 'victim'), join(root, 'planted.tap'));
    const { status } = cofferdam(root, [...only, 'planted.tap']);
    expect(status).toBe(3);
    expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('untouched\n');

    mkdirSync(join(outside, 'folder'));
    writeFileSync(join(outside, 'folder/verify.tap'), 'untouched\n');
    symlinkSync(join(outside, 'folder'), join(root, 'linked'));
    cofferdam(root, [...only, 'linked/verify.tap']);
    expect(readFileSync(join(outside, 'folder/verify.tap'), 'utf8')).toBe('untouched\n');
  });
});
