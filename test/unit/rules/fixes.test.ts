import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/finding.ts';
import { RULES } from '../../../src/rules/index.ts';
import type { Rule } from '../../../src/rules/rule.ts';
import { fixed, seen, unmarked } from '../../support/fixing.ts';

const key = ({ rule, at, message }: Finding): string => `${rule} ${at.file}: ${message}`;

/** The bad examples of a rule in which something can be fixed. */
async function fixable(rule: Rule) {
  const cases = await Promise.all(
    rule.bad.map(async ({ title, files }) => {
      const plain = unmarked(files);
      const { findings } = await seen(plain);
      return { title, files: plain, own: findings.filter((finding) => finding.rule === rule.id && finding.fix) };
    }),
  );
  return cases.filter(({ own }) => own.length > 0);
}

describe.each(RULES.map((rule) => ({ id: rule.id, rule })))('--fix of $id', async ({ rule }) => {
  const cases = await fixable(rule);

  it('is described if there is one', () => {
    expect(rule.fixes !== undefined).toBe(cases.length > 0);
    if (rule.fixes !== undefined) expect(rule.fixes).toMatch(/^[A-Z].*\.$/);
  });

  it.each(cases)('mends: $title', async ({ files, own }) => {
    const before = (await seen(files)).findings.map(key);
    const { files: after, outcomes } = await fixed(files, { rules: [rule.id] });
    const { findings } = await seen(after);
    expect(outcomes.filter(({ refused }) => refused !== undefined)).toEqual([]);
    expect(findings.map(key).filter((name) => own.map(key).includes(name))).toEqual([]);
    expect(findings.map(key).filter((name) => !before.includes(name))).toEqual([]);
    expect(after).not.toEqual(files);
  });

  it.each(cases)('changes nothing the second time: $title', async ({ files }) => {
    const { files: once } = await fixed(files, { rules: [rule.id] });
    const { files: twice, outcomes } = await fixed(once, { rules: [rule.id] });
    expect(twice).toEqual(once);
    expect(outcomes).toEqual([]);
  });
});

describe('a safe fix', () => {
  it('leaves the values of variables that the user wrote', async () => {
    const own = { BROWSER: '/usr/bin/w3m', DISPLAY: ':0', SSH_AUTH_SOCK: '/ssh-agent' };
    const before = JSON.stringify({ image: 'debian', remoteUser: 'dev', remoteEnv: own });
    const { files } = await fixed({ 'devcontainer.json': before }, { rules: ['ipc-environment'], unsafe: false });
    const after = JSON.parse(files['devcontainer.json'] ?? '');
    expect(after.remoteEnv).toMatchObject(own);
    expect(after.remoteEnv).toHaveProperty('VSCODE_IPC_HOOK_CLI', '');
  });
});
