import type { Some } from '../core/span.ts';

/** Facts about one coding agent: how it is installed and where it keeps its own configuration. */
export interface Agent {
  readonly title: string;
  /** npm package and the exact version that goes into the image. */
  readonly package: string;
  readonly version: string;
  readonly command: string;
  /** Folders below the home directory that hold its configuration, history and token. Nothing else of the host is shared. */
  readonly folders: Some<string>;
  /** Variables that keep it inside those folders; `~` is the home directory. */
  readonly environment: Readonly<Record<string, string>>;
}

export const AGENTS = {
  'claude-code': {
    title: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    version: '2.1.331',
    command: 'claude',
    folders: ['.claude'],
    environment: { CLAUDE_CONFIG_DIR: '~/.claude', DISABLE_AUTOUPDATER: '1' },
  },
  codex: {
    title: 'Codex CLI',
    package: '@openai/codex',
    version: '0.169.0',
    command: 'codex',
    folders: ['.codex'],
    environment: { CODEX_HOME: '~/.codex' },
  },
  'gemini-cli': {
    title: 'Gemini CLI',
    package: '@google/gemini-cli',
    version: '0.61.0',
    command: 'gemini',
    folders: ['.gemini'],
    environment: {},
  },
  opencode: {
    title: 'OpenCode',
    package: 'opencode-ai',
    version: '1.18.33',
    command: 'opencode',
    folders: ['.config/opencode', '.local/share/opencode'],
    environment: {},
  },
  copilot: {
    title: 'GitHub Copilot CLI',
    package: '@github/copilot',
    version: '1.0.102',
    command: 'copilot',
    folders: ['.copilot'],
    environment: {},
  },
} as const satisfies Record<string, Agent>;

export type AgentName = keyof typeof AGENTS;
