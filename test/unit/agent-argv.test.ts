import { describe, expect, it } from 'vitest';
import { agentArgv } from '../../src/verbs/agent.ts';

describe('what `cofferdam agent` starts', () => {
  it('is the policy’s only agent, without a name', () => {
    expect(agentArgv(['claude-code'], [])).toEqual(['claude']);
    expect(agentArgv(['claude-code'], ['--continue', 'x'])).toEqual(['claude', '--continue', 'x']);
  });

  it('is the one that is named, by the policy’s word or the program’s', () => {
    expect(agentArgv(['claude-code', 'gemini-cli'], ['gemini-cli'])).toEqual(['gemini']);
    expect(agentArgv(['claude-code', 'gemini-cli'], ['gemini', 'two words', '-p'])).toEqual([
      'gemini',
      'two words',
      '-p',
    ]);
  });

  it('is asked for where the policy has several', () => {
    expect(() => agentArgv(['codex', 'opencode'], [])).toThrow('several agents: codex, opencode');
    expect(() => agentArgv(['codex', 'opencode'], ['--help'])).toThrow('several agents');
  });

  it('is never guessed: neither a misspelt name nor an agent that the policy has not', () => {
    expect(() => agentArgv(['codex'], ['codx'])).toThrow('no agent codx. Did you mean codex?');
    expect(() => agentArgv(['claude-code'], ['codex'])).toThrow('no agent codex');
    expect(() => agentArgv(['claude-code'], ['bash'])).toThrow('no agent bash');
    expect(() => agentArgv([], [])).toThrow('has no agent');
  });
});
