import { describe, expect, it } from 'vitest';
import {
  extensionOptOuts,
  MACHINE_SETTINGS,
  machineSettings,
  USER_SETTINGS,
} from '../../src/policy/editor-settings.ts';

const keys = (...[box]: Parameters<typeof machineSettings>) => machineSettings(box).map(({ key }) => key);
const ATTACHED = { topology: 'attached', ipc: 'prevent' } as const;
const SPLIT = { topology: 'split', ipc: 'prevent' } as const;

describe('the editor’s settings', () => {
  it('are each in one place only: the container’s, or the user’s own', () => {
    const all = [...MACHINE_SETTINGS, ...USER_SETTINGS].map(({ key }) => key);
    expect(new Set(all).size).toBe(all.length);
  });

  it('keep git from running in repositories that the agent nests, in every box', () => {
    for (const topology of ['attached', 'split'] as const) {
      for (const ipc of ['prevent', 'guard', 'allow'] as const) {
        const settings = Object.fromEntries(machineSettings({ topology, ipc }).map(({ key, value }) => [key, value]));
        expect(settings).toMatchObject({ 'git.autoRepositoryDetection': false, 'git.detectSubmodules': false });
      }
    }
  });

  it('close the way to the host’s credentials with `ipc: prevent` and leave it with the others', () => {
    expect(keys(ATTACHED)).toContain('git.terminalAuthentication');
    expect(keys({ ...ATTACHED, ipc: 'guard' })).not.toContain('git.terminalAuthentication');
    expect(keys({ ...ATTACHED, ipc: 'allow' })).not.toContain('git.useIntegratedAskPass');
  });

  it('keep agents of the editor out of the editor’s container where that is not the box', () => {
    expect(keys(SPLIT)).toContain('chat.agent.enabled');
    expect(extensionOptOuts(SPLIT)).toContain('-anthropic.claude-code');
    expect(keys(ATTACHED)).not.toContain('chat.agent.enabled');
    expect(extensionOptOuts(ATTACHED)).toEqual([]);
    // The pattern that VS Code's schema of devcontainer.json has for an extension to leave out.
    for (const id of extensionOptOuts(SPLIT)) expect(id).toMatch(/^-[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*$/);
  });
});
