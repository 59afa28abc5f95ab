import { AGENTS, type AgentName } from '../policy/agents.ts';
import { LAYOUT } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';

/** A folder of the host that holds one agent's configuration, and where the agent finds it. */
export interface StateFolder {
  /** Relative to the workspace. Below .devcontainer, which the agent can't write: it can't put a link in its place. */
  readonly source: string;
  readonly target: string;
  readonly agent: AgentName;
}

export function stateFolders(policy: Policy): readonly StateFolder[] {
  return policy.agents.flatMap((agent) =>
    AGENTS[agent].folders.map((folder) => ({
      source: `.devcontainer/state/${agent}/${folder}`,
      target: `${LAYOUT.home}/${folder}`,
      agent,
    })),
  );
}

/** A volume of this workspace alone: a cache shared between projects is a way from one into the other. */
export interface Cache {
  readonly name: string;
  readonly target: string;
  /** Path in the workspace that must exist as a mount point. */
  readonly mountPoint?: string;
  readonly why: string;
}

export function caches(policy: Policy): readonly Cache[] {
  return [
    {
      name: 'cache',
      target: `${LAYOUT.home}/.cache`,
      why: 'downloads and the package store, of this folder only: a shared store can be poisoned',
    },
    ...(policy.stack.name === 'node'
      ? [
          {
            name: 'node-modules',
            target: `${LAYOUT.workspace}/node_modules`,
            mountPoint: 'node_modules',
            why: 'what the box installs is never run by the host',
          },
        ]
      : []),
  ];
}
