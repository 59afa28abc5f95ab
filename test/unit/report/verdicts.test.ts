import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { ProbeResult, Verdict } from '../../../src/core/verdict.ts';
import type { Verification } from '../../../src/core/verification.ts';
import { verdictsJson } from '../../../src/report/verdicts-json.ts';
import { verdictsJunit } from '../../../src/report/verdicts-junit.ts';
import { verdictsTap } from '../../../src/report/verdicts-tap.ts';
import { verdictsText } from '../../../src/report/verdicts-text.ts';

const probe = (id: string, verdict: Verdict, evidence = 'tried: refused'): ProbeResult => ({
  id,
  title: `A claim about ${id} that is as long as the titles of real probes are, or longer`,
  group: 'docker',
  attacks: ['DKR-01', 'VSC-02'],
  verdict,
  evidence,
  control: { ran: verdict !== 'not-applicable', detected: verdict === 'held' },
});

const HOSTILE = 'read # /tmp/\u001b]0;owned\u0007 \\ <b>&"\u202e\nsecond line';

const sample: Verification = {
  target: { kind: 'box', name: 'app-\u001b[2Jagent-1', project: 'app-1', image: 'app-1-agent' },
  probes: [
    probe('one', 'held'),
    probe('two', 'breached', HOSTILE),
    probe('three', 'inconclusive', 'the control did not fire'),
    probe('four', 'not-applicable', 'no Docker (docker: none)'),
    probe('five', 'residual', 'ipc: guard leaves this open\n481 of 1000 reached'),
  ],
  residual: [
    { kind: 'setting', about: 'egress: open', because: 'whatever the agent can read it can send anywhere' },
    { kind: 'accepted', about: 'published-ports', because: 'a demonstration\u001b[31m' },
    { kind: 'open', about: 'NET-02', because: 'no probe tries it: DNS' },
  ],
  summary: {
    probes: { held: 1, breached: 1, inconclusive: 1, residual: 1, 'not-applicable': 1 },
    attacks: { held: 1, breached: 1, inconclusive: 0, residual: 0, 'not-applicable': 0, open: 99 },
    seconds: 7.25,
  },
};

const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

describe('the report of verify', () => {
  it('as text fits 80 columns and says what was not checked', () => {
    const text = verdictsText(sample, (_, word) => word, 80);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toContain('1 held, 1 breached, 1 residual, 1 could not be');
    expect(text).toContain('ipc: guard leaves this open');
    expect(text).toContain('99 known attacks are tried by no probe');
    expect(text).toContain('no Docker (docker: none)');
    expect(text).toContain('the control did not fire');
    expect(text).toContain('NET-02');
    expect(text).not.toMatch(CONTROL);
  });

  it('as TAP 14 has a plan, skips with a reason, and no ok for what is unclear', () => {
    const lines = verdictsTap(sample).split('\n');
    expect(lines.slice(0, 2)).toEqual(['TAP version 14', '1..5']);
    const points = lines.filter((line) => /^(?:not )?ok /.test(line));
    expect(points.map((line) => line.replace(/:.*?(?= # SKIP| # TODO|$)/, ''))).toEqual([
      'ok 1 - one',
      'not ok 2 - two',
      'not ok 3 - three',
      'ok 4 - four # SKIP no Docker (docker: none)',
      'not ok 5 - five # TODO the policy leaves it open',
    ]);
    expect(lines.filter((line) => line === '  ---')).toHaveLength(3);
    expect(lines.filter((line) => line === '  ...')).toHaveLength(3);
    expect(lines.join('\n')).not.toMatch(CONTROL);
  });

  it('as JSON matches the published schema', () => {
    const validate = new Ajv2020({ allowUnionTypes: true }).compile(
      JSON.parse(readFileSync('schema/verify.schema.json', 'utf8')),
    );
    expect(validate(JSON.parse(verdictsJson(sample))), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...JSON.parse(verdictsJson(sample)), extra: 1 })).toBe(false);
  });

  it('as JUnit counts breaches as failures and the unclear as errors', () => {
    const xml = verdictsJunit(sample);
    expect(xml).toContain('tests="5" failures="1" errors="1" skipped="2"');
    expect(xml.match(/<testcase /g)).toHaveLength(5);
    expect(xml).toContain('&lt;b&gt;&amp;&quot;');
    expect(xml).not.toMatch(CONTROL);
    // Every element that is opened is closed, in order.
    const stack: string[] = [];
    for (const [, slash, name = '', , own] of xml.matchAll(/<(\/?)([a-z-]+)((?:\s[^<>]*?)?)(\/?)>/g)) {
      if (slash) expect(stack.pop()).toBe(name);
      else if (!own) stack.push(name);
    }
    expect(stack).toEqual([]);
  });
});
