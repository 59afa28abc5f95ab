import { describe, expect, it } from 'vitest';
import { USER_SETTINGS } from '../../../src/policy/editor-settings.ts';
import { checkEditor } from '../../../src/verbs/doctor/editor.ts';

const CLOSED = `{
  // comments are allowed here
  "dev.containers.copyGitConfig": false,
  "dev.containers.dockerCredentialHelper": false,
  "dev.containers.gitCredentialHelperConfigLocation": "none",
  "task.allowAutomaticTasks": "off",
  "workbench.trustedDomains.promptInTrustedWorkspace": true,
}`;
const FILE = '~/.config/Code/User/settings.json';
const judge = (text: string | undefined) => checkEditor('Code', FILE, text);
const told = (text: string) =>
  judge(text)
    .map(({ next }) => next)
    .join('\n');

describe('the editor’s user settings', () => {
  it('are well if no credential goes into containers and nothing of a folder starts unasked', () => {
    expect(judge(CLOSED)).toMatchObject([{ state: 'ok' }]);
    expect(judge(`\uFEFF${CLOSED}`)).toMatchObject([{ state: 'ok' }]);
  });

  it('are open by default', () => {
    for (const text of ['', '{}']) {
      expect(judge(text).map(({ state }) => state)).toEqual(['warn', 'warn']);
      expect(told(text)).toContain('"dev.containers.gitCredentialHelperConfigLocation": "none"');
      expect(told(text)).toContain('"task.allowAutomaticTasks": "off"');
    }
  });

  it('are told about one by one, each with the line to add', () => {
    for (const { key, value, absent, why } of USER_SETTINGS) {
      const rest = CLOSED.replace(new RegExp(`.*${JSON.stringify(key)}.*\n`), '');
      const line = `Add to the user settings, or change there: ${JSON.stringify(key)}: ${JSON.stringify(value)}`;
      const other = judge(rest.replace('{', `{ ${JSON.stringify(key)}: "something else",`));
      expect(other, key).toMatchObject([{ state: 'warn', found: `${key} ${why}`, next: line }]);
      expect(judge(rest)[0]?.state, key).toBe(absent === 'safe' ? 'ok' : 'warn');
    }
  });

  it('that put an agent beside the editor’s server are noted', () => {
    const settings = (id: string) => CLOSED.replace('{', `{ "dev.containers.defaultExtensions": ["a.b", "${id}"],`);
    expect(judge(settings('Anthropic.claude-code@2.0.0'))).toMatchObject([
      { state: 'note', found: expect.stringContaining('Anthropic.claude-code') },
    ]);
    expect(judge(settings('anthropic.claude-code-theme'))).toMatchObject([{ state: 'ok' }]);
  });

  it('that cannot be read are never called well, and the place is said', () => {
    for (const text of [undefined, '{', '[]', '[]]', '"text"', `${CLOSED}}`]) {
      expect(judge(text)).toMatchObject([{ state: 'warn', found: expect.stringContaining(FILE) }]);
    }
    expect(judge('{\n  "a": 1\n  "b": 2\n}')).toMatchObject([{ found: expect.stringContaining('in line 3') }]);
  });
});
