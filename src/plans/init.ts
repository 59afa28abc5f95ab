import type { AgentName } from '../policy/agents.ts';
import type { Detected } from '../policy/detect.ts';
import { protectedPaths } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import { printPorts } from '../policy/ports.ts';
import type { Remarks } from '../policy/print.ts';
import { DEFAULTS } from '../policy/schema.ts';

/** What the user said on the command line; undefined where they said nothing. */
export interface Answers {
  readonly agents: readonly AgentName[] | undefined;
  readonly stack: 'node' | 'debian' | undefined;
  readonly topology: Policy['topology'] | undefined;
  readonly docker: Policy['docker'] | undefined;
  readonly forward: readonly number[] | undefined;
}

export interface FirstPolicy {
  readonly policy: Policy;
  readonly remarks: Remarks;
}

/** The policy of a folder that has none yet. `hooks` are the folders of the workspace from which git here runs hooks. */
export function firstPolicy(
  answers: Answers,
  detected: Detected,
  hooks: readonly string[],
  leads: readonly string[] = [],
): FirstPolicy {
  const uncovered = [...new Set([...hooks, ...leads])].filter((path) => !isReadOnly(path, { readOnly: [] }));
  return {
    policy: {
      stack: detected.stack,
      agents: answers.agents ?? ['claude-code'],
      packages: [],
      topology: answers.topology ?? 'attached',
      ipc: 'prevent',
      docker: answers.docker ?? 'read',
      sandbox: { ...DEFAULTS.sandbox, images: [...DEFAULTS.sandbox.images] },
      egress: 'open',
      services: [],
      ...(answers.forward === undefined ? {} : { forward: answers.forward }),
      readOnly: uncovered,
      limits: DEFAULTS.limits,
      worktrees: { isolation: 'clone' },
      actions: {},
      images: {},
      accept: [],
    },
    remarks: Object.fromEntries(
      uncovered.map((path) => [
        path,
        hooks.includes(path)
          ? 'core.hooksPath: git on this machine runs what is in it'
          : 'a link in a folder that this machine runs programs from leads here',
      ]),
    ),
  };
}

/** Whether the agent cannot write a path of the workspace. */
export function isReadOnly(path: string, policy: Pick<Policy, 'readOnly'>): boolean {
  return protectedPaths(policy, { git: 'directory' }).some(
    (own) => own.access === 'read-only' && (own.path === path || path.startsWith(`${own.path}/`)),
  );
}

const list = (ports: readonly number[]): string => printPorts(ports).join(', ') || 'none';

/** Where the answers and the policy that is there disagree, one sentence each. */
export function disagreements(answers: Answers, policy: Policy): readonly string[] {
  const found: string[] = [];
  const compare = (key: string, asked: string | undefined, has: string): void => {
    if (asked !== undefined && asked !== has) found.push(`\`${key}\` is ${has} there, not ${asked}`);
  };
  compare('agents', answers.agents && [...answers.agents].sort().join(', '), [...policy.agents].sort().join(', '));
  compare('stack', answers.stack, policy.stack.name);
  compare('topology', answers.topology, policy.topology);
  compare('docker', answers.docker, policy.docker);
  compare('forward', answers.forward && list(answers.forward), list(policy.forward ?? []));
  return found;
}
