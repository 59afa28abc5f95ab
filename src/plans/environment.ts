import { AGENTS } from '../policy/agents.ts';
import { editorGitEnvironment } from '../policy/editor-git.ts';
import type { WorkspaceFacts } from '../policy/git-paths.ts';
import { LAYOUT } from '../policy/layout.ts';
import type { Policy } from '../policy/policy.ts';
import { partsOf } from './parts.ts';

type Variables = Readonly<Record<string, string>>;

/** An editor's server puts its sockets there; it belongs to root and has mode 0555. */
const PREVENTED: Variables = { XDG_RUNTIME_DIR: LAYOUT.runtimeDir };

/** Each shell that reads a start file clears the editor's variables first (bash(1), dash(1)). */
const CLEARED: Variables = { BASH_ENV: LAYOUT.hardenScript, ENV: LAYOUT.hardenScript };

const merged = (all: readonly (Variables | undefined)[]): Variables => Object.assign({}, ...all);

/** Variables of the agent's container. In `split` no editor runs there, and one that is started there by mistake stays dumb. */
export function agentEnvironment(policy: Policy, facts: WorkspaceFacts): Variables {
  const own = policy.agents.flatMap((agent) => Object.entries<string>(AGENTS[agent].environment));
  const split = policy.topology === 'split';
  return {
    ...merged(partsOf(policy, facts).map((part) => part.agent?.environment)),
    DOCKER_CONFIG: `${LAYOUT.etc}/docker`,
    ...(split || policy.ipc === 'prevent' ? PREVENTED : {}),
    ...(split || policy.ipc !== 'allow' ? CLEARED : {}),
    npm_config_cache: `${LAYOUT.home}/.cache/npm`,
    npm_config_store_dir: `${LAYOUT.home}/.cache/pnpm-store`,
    YARN_CACHE_FOLDER: `${LAYOUT.home}/.cache/yarn`,
    ...Object.fromEntries(own.map(([name, value]) => [name, value.replace(/^~(?=\/)/, LAYOUT.home)])),
  };
}

/** Variables of the editor's container in topology `split`: no engine, no agent. */
export const editorEnvironment = (policy: Policy, facts: WorkspaceFacts): Variables => ({
  ...merged(partsOf(policy, facts).map((part) => part.editor?.environment)),
  DOCKER_CONFIG: `${LAYOUT.etc}/docker`,
  ...(policy.ipc === 'prevent' ? PREVENTED : {}),
  ...(policy.ipc === 'allow' ? {} : CLEARED),
  ...editorGitEnvironment(policy.ipc),
});
