import { ToolError } from '../core/errors.ts';
import { nearest, unknownName } from '../core/nearest.ts';
import { AGENTS, type AgentName } from '../policy/agents.ts';
import { exec } from './exec.ts';
import { loadPolicy } from './load-policy.ts';
import { findRoot } from './project.ts';

/** Starts an agent of the policy in its container, in the folder that the caller is in; gives its exit status. */
export async function agent(cwd: string, words: readonly string[]): Promise<number> {
  return exec(cwd, agentArgv(loadPolicy(findRoot(cwd)).policy.agents, words));
}

/** Program and arguments for `[NAME] [ARGUMENT…]`; the name may be left out where the policy has one agent. */
export function agentArgv(agents: readonly AgentName[], words: readonly string[]): readonly [string, ...string[]] {
  const [first, ...rest] = words;
  const named = agents.find((name) => name === first || AGENTS[name].command === first);
  if (named !== undefined) return [AGENTS[named].command, ...rest];
  const [only, ...more] = agents;
  const names = agents.join(', ');
  if (only === undefined) {
    throw new ToolError(
      'usage',
      'The policy has no agent.',
      'Name one under `agents` in the policy, then: cofferdam up',
    );
  }
  // What begins with a dash is no agent: it came after `--`.
  if (first !== undefined && !first.startsWith('-')) {
    const known = agents.flatMap((name) => [name, AGENTS[name].command]);
    throw new ToolError(
      'usage',
      unknownName('The policy has no agent', first, nearest(first, known)),
      `It has ${names}. Words for an agent come after its name: cofferdam agent ${only} ${JSON.stringify(first)}`,
    );
  }
  if (more.length > 0) {
    throw new ToolError('usage', `The policy has several agents: ${names}.`, `Name one: cofferdam agent ${only}`);
  }
  return [AGENTS[only].command, ...words];
}
