import { describe, expect, it } from 'vitest';
import { checkEditor } from '../../../src/verbs/doctor/editor.ts';

const CLOSED = `{
  // comments are allowed here
  "dev.containers.copyGitConfig": false,
  "dev.containers.dockerCredentialHelper": false,
  "dev.containers.gitCredentialHelperConfigLocation": "none",
}`;

describe('the editor’s user settings', () => {
  it('are well if no credential goes into containers', () => {
    expect(checkEditor('Code', CLOSED)).toMatchObject({ state: 'ok' });
  });

  it('are open by default', () => {
    for (const text of ['', '{}']) {
      const check = checkEditor('Code', text);
      expect(check.state).toBe('warn');
      expect(check.next).toContain('"dev.containers.gitCredentialHelperConfigLocation": "none"');
    }
  });

  it('are told about one by one', () => {
    const check = checkEditor('Code', CLOSED.replace('copyGitConfig": false', 'copyGitConfig": true'));
    expect(check.next).toBe('Add to the user settings: "dev.containers.copyGitConfig": false');
  });

  it('that cannot be read are never called well', () => {
    for (const text of ['{', '[]]', '"text"', `${CLOSED}}`]) expect(checkEditor('Code', text).state).toBe('warn');
  });
});
