import { ROLE_LABEL } from '../model/knowledge.ts';
import { GIT_PATHS, type ProtectedPath, type WorkspaceFacts } from './git-paths.ts';
import type { Policy } from './policy.ts';

/**
 * Names and places inside the box: the one place where they are decided. Plans write them into files, probes look
 * for them, the verbs find containers by them.
 */
export const LAYOUT = {
  /** Compose service that runs the agent. */
  agentService: 'agent',
  /** Compose service that the editor attaches to in topology `split`; in `attached` that is the agent's. */
  editorService: 'editor',
  firewallService: 'docker-firewall',
  guardService: 'guard',
  /** Internal network that holds the firewall and the agent, and nobody else. */
  firewallNetwork: 'docker-api',
  firewallPort: 2375,
  actionsService: 'actions',
  /** Internal network that holds the sidecar for actions and the agent, and nobody else. */
  actionsNetwork: 'actions',
  /** The sidecar's name on that network alone: it listens nowhere else. */
  actionsHost: 'cofferdam-actions',
  actionsPort: 7070,
  /** Where agent and sidecar find the token that they have in common. */
  actionsToken: '/etc/cofferdam/actions-token',
  /** The editor's way out in topology `split`: the agent is not on it, so neither can open a connection to the other. */
  editorNetwork: 'editor',
  /** Internal network of this folder that holds the services shared with its worktrees, and its own agent. */
  servicesNetwork: 'services',
  forwardService: 'forward',
  /** Holds the forward alone, so that the engine can publish its ports. */
  forwardNetwork: 'forward',
  /** Folder that the agent's container shares with the forward's and the editor's, which have it read-only: a socket a port. */
  forward: '/run/cofferdam-forward',
  user: 'vscode',
  home: '/home/vscode',
  workspace: '/workspace',
  /** Root-owned files of ours in the image. */
  etc: '/etc/cofferdam',
  hardenScript: '/etc/cofferdam/security-harden.sh',
  /** XDG_RUNTIME_DIR of the box: root-owned, mode 0555, so that an editor server cannot bind a socket in it. */
  runtimeDir: '/run/cofferdam',
  /** Where the guard sees the box's /tmp (a tmpfs volume that only the two of them share). */
  guardView: '/watched/tmp',
  /** Likewise the /tmp of the editor's container. */
  guardEditorView: '/watched/editor-tmp',
  /** Folder that the agent's container shares with the editor's, which has it read-only: the way into the former. */
  terminal: '/run/cofferdam-terminal',
  terminalSocket: '/run/cofferdam-terminal/agent.sock',
  /** Folder that the editor's container shares with the agent's, which has it read-only: the public key for that way. */
  editorKeys: '/run/cofferdam-editor',
  /** Memory of the editor's container alone: the private key. */
  privateKey: '/run/cofferdam-key',
  /** Memory of the agent's container alone: its ssh server's host key. */
  hostKey: '/run/cofferdam-sshd',
  /** Opens a shell, or runs a command, in the agent's container; in the editor's. */
  agentShell: '/usr/local/bin/agent-shell',
  /** Memory of the guard's container alone: its heartbeat. */
  guardState: '/run/cofferdam-guard',
  auditLog: '/var/log/cofferdam/audit.jsonl',
} as const;

/** Installs what the lockfile pins; in the agent's image, with `stack: node`. */
export const INSTALL_SCRIPT = `${LAYOUT.etc}/install`;

/** The service that devcontainer.json names. */
export const editorService = ({ topology }: Pick<Policy, 'topology'>): string =>
  topology === 'split' ? LAYOUT.editorService : LAYOUT.agentService;

/** Whether the box has a guard: not where the only container is one whose sockets are left alone. */
export const hasGuard = ({ topology, ipc }: Pick<Policy, 'topology' | 'ipc'>): boolean =>
  topology === 'split' || ipc !== 'allow';

/** Volumes that are memory: empty as soon as no container has them, so they never outlive the box. */
export const MEMORY_VOLUMES = ['tmp', 'editor-tmp', 'terminal', 'editor-keys', 'forward'] as const;

/** Labels that mark what `up` made; `down`, `status` and `verify` find things only by them. */
export const LABELS = {
  /** The compose project's name, on every container, network and volume. */
  project: 'dev.cofferdam.project',
  /** agent, editor, firewall, guard or forward. */
  role: ROLE_LABEL,
  /** Hash of the generated files that the containers were made from. */
  config: 'dev.cofferdam.config',
  /** On what folders share, and on each folder's network for it: the compose project of the shared services. */
  shared: 'dev.cofferdam.shared',
  /** The name by which boxes reach a shared service; those without this label are on no box's network. */
  alias: 'dev.cofferdam.alias',
  /** Set on what `verify` makes; its value is the run's nonce. */
  verify: 'dev.cofferdam.verify',
  /** Set on what a client makes through the firewall; its value says through whose. */
  sandbox: 'dev.cofferdam.sandbox',
} as const;

const AGENT_FOLDERS = ['.claude', '.codex', '.gemini', '.opencode', '.windsurf', '.roo', '.kiro', '.amazonq', '.junie'];
const AGENT_FILES = ['.mcp.json', 'opencode.json', 'opencode.jsonc'];

// Copilot CLI and the chat of VS Code run the commands of .github/hooks/*.json (docs.github.com, “CLI hooks reference”).
const AGENT_PARTS = ['.github/copilot', '.github/hooks'];

/** Where agents on the host find programs, hooks and permissions in a workspace. */
export const AGENT_PATHS: readonly string[] = [...AGENT_FOLDERS, ...AGENT_FILES, ...AGENT_PARTS];

const HOST_EXECUTED: readonly ProtectedPath[] = [
  ...AGENT_FOLDERS.map(
    (path): ProtectedPath => ({
      path,
      kind: 'directory',
      access: 'read-only',
      why: 'configuration, hooks and permissions of an agent on the host',
    }),
  ),
  ...AGENT_FILES.map(
    (path): ProtectedPath => ({
      path,
      kind: 'any',
      access: 'read-only',
      why: 'programs that an agent on the host starts as MCP servers',
    }),
  ),
  { path: '.github', kind: 'directory', access: 'anchor', why: 'parent of a read-only path' },
  ...AGENT_PARTS.map(
    (path): ProtectedPath => ({
      path,
      kind: 'directory',
      access: 'read-only',
      why: 'configuration of an agent on the host',
    }),
  ),
  { path: '.zed', kind: 'directory', access: 'read-only', why: 'tasks and settings that name programs' },
  { path: '.run', kind: 'directory', access: 'read-only', why: 'run configurations of JetBrains editors' },
  { path: '.fleet', kind: 'directory', access: 'read-only', why: 'run configurations' },
  {
    path: '.devcontainer',
    kind: 'directory',
    access: 'read-only',
    why: 'initializeCommand, the Dockerfile and the compose file take effect on the host',
  },
  { path: '.devcontainer.json', kind: 'any', access: 'read-only', why: 'a second dev container configuration' },
  {
    path: '.vscode',
    kind: 'directory',
    access: 'read-only',
    why: 'tasks, launch configurations and settings that name programs',
  },
  { path: '.idea', kind: 'directory', access: 'read-only', why: 'run configurations and file watchers' },
  { path: '.cursor', kind: 'directory', access: 'read-only', why: 'MCP servers and hooks' },
  { path: '.envrc', kind: 'any', access: 'read-only', why: 'direnv runs it when a shell enters the folder' },
  { path: '.husky', kind: 'directory', access: 'read-only', why: 'git hooks under version control' },
];

/** `a/b/c` → `a`, `a/b`: the folders between the workspace and the path. */
function ancestors(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/**
 * Every path of the workspace that gets a mount of its own in the box, parents first. A read-only mount below a folder
 * that is no mount point falls to renaming that folder (measured; renaming a mount point is EBUSY, rename(2)), so each
 * ancestor is a mount point too.
 */
export function protectedPaths(policy: Pick<Policy, 'readOnly'>, facts: WorkspaceFacts): readonly ProtectedPath[] {
  const paths = new Map<string, ProtectedPath>();
  const add = (entry: ProtectedPath): void => {
    if (!paths.has(entry.path)) paths.set(entry.path, entry);
  };
  for (const entry of [...HOST_EXECUTED, ...GIT_PATHS[facts.git]]) add(entry);
  for (const path of policy.readOnly) {
    for (const parent of ancestors(path)) {
      add({
        path: parent,
        kind: 'directory',
        access: 'anchor',
        why: 'parent of a read-only path of the policy',
      });
    }
    add({ path, kind: 'any', access: 'read-only', why: 'readOnly in the policy' });
  }
  return [...paths.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
