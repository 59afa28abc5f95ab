import type { AttackId } from '../core/finding.ts';
import { NO_OTHER_SHELLS } from './editor-shells.ts';
import { LAYOUT } from './layout.ts';

/** What of a policy decides about the editor. */
export interface EditorBox {
  readonly topology: 'attached' | 'split';
  readonly ipc: 'prevent' | 'guard' | 'allow';
}

/**
 * As VS Code registers the setting. Settings of devcontainer.json become the server's machine settings, in which all but
 * `application` count; a workspace's .vscode/settings.json wins over them except for `machine` and `application-machine`.
 * Measured with VS Code 1.139: each key below was set in either place, and an extension was asked for the value in
 * effect. `desktop`: read by the Dev Containers extension on the host, before there is a container to have settings.
 */
export type Scope = 'application' | 'application-machine' | 'machine' | 'window' | 'resource' | 'desktop';

type Value =
  | boolean
  | string
  | readonly string[]
  | Readonly<Record<string, null | string | Readonly<Record<string, string>>>>;

interface Setting {
  readonly key: string;
  readonly value: Value;
  readonly scope: Scope;
  readonly attack: AttackId;
  readonly why: string;
}

export interface MachineSetting extends Setting {
  readonly scope: Exclude<Scope, 'application' | 'desktop'>;
  /** The boxes that need it; undefined: all. */
  readonly only?: Partial<EditorBox>;
}

const PREVENT = { ipc: 'prevent' } as const;
const SPLIT = { topology: 'split' } as const;

const TERMINALS: readonly MachineSetting[] = (
  [
    [
      'profiles',
      {
        ...NO_OTHER_SHELLS,
        agent: { path: LAYOUT.agentShell, icon: 'shield' },
        'editor’s container': { path: '/bin/bash', icon: 'warning' },
      },
    ],
    ['defaultProfile', 'agent'],
    ['automationProfile', { path: LAYOUT.agentShell }],
  ] as const
).map(([name, value]) => ({
  key: `terminal.integrated.${name}.linux`,
  value,
  scope: 'window',
  attack: 'VSC-09',
  only: SPLIT,
  why: 'Terminals and shell tasks run in the agent’s container: what of the workspace they execute cannot reach the editor. Tasks of type `process`, or with a shell of their own, run beside it.',
}));

/** What devcontainer.json sets. */
export const MACHINE_SETTINGS: readonly MachineSetting[] = [
  ...TERMINALS,
  {
    key: 'git.terminalAuthentication',
    value: false,
    scope: 'window',
    attack: 'CRD-03',
    only: PREVENT,
    why: 'No helper that answers git with the host’s credentials.',
  },
  {
    key: 'git.useIntegratedAskPass',
    value: false,
    scope: 'window',
    attack: 'CRD-03',
    only: PREVENT,
    why: 'No helper that answers git with the host’s credentials.',
  },
  {
    key: 'terminal.integrated.env.linux',
    value: { BROWSER: null, GIT_ASKPASS: null, VSCODE_IPC_HOOK_CLI: null },
    scope: 'window',
    attack: 'VSC-01',
    only: PREVENT,
    why: 'Terminals lose BROWSER; the editor puts the other two in again later.',
  },
  {
    key: 'git.autoRepositoryDetection',
    value: false,
    scope: 'window',
    attack: 'VSC-09',
    why: 'The editor would run git in each nested repository that the agent makes, and git the programs that its configuration names.',
  },
  {
    key: 'git.detectSubmodules',
    value: false,
    scope: 'resource',
    attack: 'VSC-09',
    why: 'The same for the working folders of submodules.',
  },
  {
    key: 'git.openRepositoryInParentFolders',
    value: 'never',
    scope: 'resource',
    attack: 'VSC-09',
    why: 'The same for a folder that is opened below one.',
  },
  {
    key: 'extensions.ignoreRecommendations',
    value: true,
    scope: 'window',
    attack: 'SUP-06',
    why: 'A file of the workspace does not propose what to install.',
  },
  {
    key: 'remote.autoForwardPorts',
    value: false,
    scope: 'window',
    attack: 'VSC-09',
    why: 'A port that something in the box opens is not opened on the host, nor shown in its browser.',
  },
  {
    key: 'remote.localPortHost',
    value: 'localhost',
    scope: 'window',
    attack: 'VSC-09',
    why: 'A port that you forward yourself is for this host alone.',
  },
  {
    key: 'terminal.integrated.allowedLinkSchemes',
    value: ['file', 'http', 'https', 'mailto'],
    scope: 'window',
    attack: 'VSC-09',
    why: 'No vscode: links in what programs print: they start commands of extensions on the host.',
  },
  {
    key: 'debug.javascript.autoAttachFilter',
    value: 'disabled',
    scope: 'window',
    attack: 'VSC-09',
    why: 'Programs in a terminal get no socket of the debugger.',
  },
  {
    key: 'chat.useHooks',
    value: false,
    scope: 'window',
    attack: 'VSC-09',
    why: 'The editor’s own chat would run the commands that .github/hooks names.',
  },
  {
    key: 'chat.tools.global.autoApprove',
    value: false,
    scope: 'application-machine',
    attack: 'VSC-09',
    why: 'The editor’s own chat asks before it runs something.',
  },
  {
    key: 'chat.tools.terminal.autoApproveWorkspaceNpmScripts',
    value: false,
    scope: 'window',
    attack: 'VSC-09',
    why: 'Scripts of package.json are the agent’s.',
  },
  {
    key: 'chat.agent.enabled',
    value: false,
    scope: 'window',
    attack: 'VSC-09',
    only: SPLIT,
    why: 'An agent of the editor would work in this container, beside the editor’s server, and not in its box.',
  },
  {
    key: 'chat.agentHost.claudeAgent.enabled',
    value: false,
    scope: 'window',
    attack: 'VSC-09',
    only: SPLIT,
    why: 'An agent of the editor would work in this container, beside the editor’s server, and not in its box.',
  },
  {
    key: 'chat.agentHost.codexAgent.enabled',
    value: false,
    scope: 'window',
    attack: 'VSC-09',
    only: SPLIT,
    why: 'An agent of the editor would work in this container, beside the editor’s server, and not in its box.',
  },
];

/** The settings of devcontainer.json for one box. */
export function machineSettings({ topology, ipc }: EditorBox): readonly MachineSetting[] {
  return MACHINE_SETTINGS.filter(
    ({ only = {} }) => (only.topology ?? topology) === topology && (only.ipc ?? ipc) === ipc,
  );
}

export interface UserSetting extends Setting {
  readonly scope: 'application' | 'desktop';
  /** What the editor does where the setting is not there. */
  readonly absent: 'safe' | 'open';
}

/** What only the user's own settings can say; `cofferdam doctor` looks there. */
export const USER_SETTINGS: readonly UserSetting[] = [
  {
    key: 'dev.containers.copyGitConfig',
    value: false,
    scope: 'desktop',
    absent: 'open',
    attack: 'CRD-05',
    why: 'copies your git configuration into each container',
  },
  {
    key: 'dev.containers.dockerCredentialHelper',
    value: false,
    scope: 'desktop',
    absent: 'open',
    attack: 'CRD-04',
    why: 'gives containers your registry credentials',
  },
  {
    key: 'dev.containers.gitCredentialHelperConfigLocation',
    value: 'none',
    scope: 'desktop',
    absent: 'open',
    attack: 'CRD-03',
    why: 'lets git in containers ask the editor for your credentials',
  },
  {
    key: 'task.allowAutomaticTasks',
    value: 'off',
    scope: 'application',
    absent: 'open',
    attack: 'VSC-09',
    why: 'runs tasks of a folder as soon as it is opened (the default differs between versions)',
  },
  {
    key: 'workbench.trustedDomains.promptInTrustedWorkspace',
    value: true,
    scope: 'application',
    absent: 'open',
    attack: 'VSC-01',
    why: 'opens links of a trusted folder in your browser without asking',
  },
  {
    key: 'security.workspace.trust.enabled',
    value: true,
    scope: 'application',
    absent: 'safe',
    attack: 'VSC-09',
    why: 'trusts each folder that is opened',
  },
  ...['gulp', 'grunt', 'jake'].map(
    (tool): UserSetting => ({
      key: `${tool}.autoDetect`,
      value: 'off',
      scope: 'application',
      absent: 'safe',
      attack: 'VSC-09',
      why: `starts the folder’s own ${tool} to list its tasks`,
    }),
  ),
];

/**
 * Extensions that are coding agents. In topology `split` they would work beside the editor's server. `-` before an id in
 * devcontainer.json takes one off the list of what is installed, wherever the list got it from (an image, a Feature, the
 * user's dev.containers.defaultExtensions), says VS Code's schema of that file; what is installed by hand stays, and
 * what comes with VS Code (Copilot Chat).
 */
export const AGENT_EXTENSIONS: readonly string[] = [
  'amazonwebservices.amazon-q-vscode',
  'anthropic.claude-code',
  'augment.vscode-augment',
  'continue.continue',
  'github.copilot',
  'github.copilot-chat',
  'google.gemini-cli-vscode-ide-companion',
  'google.geminicodeassist',
  'kilocode.kilo-code',
  'openai.chatgpt',
  'rooveterinaryinc.roo-cline',
  'saoudrizwan.claude-dev',
  'sourcegraph.amp',
  'sst-dev.opencode',
];

/** What devcontainer.json says about extensions; nothing in topology `attached`, where the editor is in the agent's box. */
export const extensionOptOuts = ({ topology }: EditorBox): readonly string[] =>
  topology === 'split' ? AGENT_EXTENSIONS.map((id) => `-${id}`) : [];
