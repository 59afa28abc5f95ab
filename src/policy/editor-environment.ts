/**
 * Variables through which an editor or a desktop hands its powers to processes in the container. `empty`: an empty
 * value keeps programs from falling back to a default path, where unsetting it would not. Clearing them is hygiene, not
 * a boundary: /proc/PID/environ of a parent process keeps what it was started with (proc(5)).
 */
export interface EditorVariable {
  readonly name: string;
  readonly clear: 'empty' | 'unset';
  /** Only where this one has a value too: alone it is the agent's own, as with xvfb-run or `GIT_EDITOR=true git rebase`. */
  readonly beside?: string;
  /** An empty value is worse than none, so that it can't go into `remoteEnv`. */
  readonly shellsOnly?: true;
  readonly why: string;
  readonly source: string;
}

/** What is left as it is, although it comes from an editor. */
export interface KeptVariable {
  readonly name: string;
  readonly why: string;
  readonly source: string;
}

const SEEN = 'seen in a terminal of VS Code’s server 1.139';
const GIT_ASKPASS = 'microsoft/vscode, extensions/git/src/askpass.ts';
const GIT_EDITOR = 'microsoft/vscode, extensions/git/src/gitEditor.ts';
const RELEASE = 'https://github.com/microsoft/vscode-remote-release/issues/';

export const EDITOR_VARIABLES: readonly EditorVariable[] = [
  {
    name: 'SSH_AUTH_SOCK',
    clear: 'empty',
    why: 'the host’s SSH agent signs with the user’s keys',
    source: 'https://code.visualstudio.com/remote/advancedcontainers/sharing-git-credentials',
  },
  {
    name: 'GPG_AGENT_INFO',
    clear: 'empty',
    why: 'the host’s GPG agent signs and decrypts',
    source: 'gpg-agent(1): GnuPG before 2.1',
  },
  { name: 'BROWSER', clear: 'empty', why: 'the editor’s helper opens URLs on the host', source: SEEN },
  {
    name: 'VSCODE_IPC_HOOK_CLI',
    clear: 'unset',
    why: 'the socket through which `code` opens files, URLs and extensions on the host',
    source: `${RELEASE}11426`,
  },
  {
    name: 'VSCODE_GIT_IPC_HANDLE',
    clear: 'unset',
    why: 'the socket through which git asks the editor for credentials',
    source: 'microsoft/vscode, extensions/git/src/ipc/ipcServer.ts',
  },
  {
    name: 'GIT_ASKPASS',
    clear: 'unset',
    why: 'the editor’s helper that answers with the host’s git credentials',
    source: GIT_ASKPASS,
  },
  {
    name: 'SSH_ASKPASS',
    clear: 'unset',
    why: 'as GIT_ASKPASS, for ssh and as git’s fall-back',
    source: 'gitcredentials(7)',
  },
  { name: 'VSCODE_GIT_ASKPASS_MAIN', clear: 'unset', why: 'part of that helper', source: GIT_ASKPASS },
  { name: 'VSCODE_GIT_ASKPASS_NODE', clear: 'unset', why: 'part of that helper', source: GIT_ASKPASS },
  { name: 'VSCODE_GIT_ASKPASS_EXTRA_ARGS', clear: 'unset', why: 'part of that helper', source: SEEN },
  {
    name: 'VSCODE_GIT_ASKPASS_HANDLE',
    clear: 'unset',
    why: 'the socket of that helper in older versions',
    source: GIT_ASKPASS,
  },
  {
    name: 'GIT_EDITOR',
    clear: 'unset',
    beside: 'VSCODE_GIT_EDITOR_MAIN',
    shellsOnly: true,
    why: 'the editor’s helper for commit messages, which goes through the git socket and fails without it',
    source: GIT_EDITOR,
  },
  { name: 'VSCODE_GIT_EDITOR_MAIN', clear: 'unset', why: 'part of that helper', source: GIT_EDITOR },
  { name: 'VSCODE_GIT_EDITOR_NODE', clear: 'unset', why: 'part of that helper', source: GIT_EDITOR },
  { name: 'VSCODE_GIT_EDITOR_EXTRA_ARGS', clear: 'unset', why: 'part of that helper', source: GIT_EDITOR },
  {
    name: 'REMOTE_CONTAINERS_IPC',
    clear: 'unset',
    why: 'remote procedure calls into the editor on the host; its credential helper uses them',
    source: `${RELEASE}4202`,
  },
  {
    name: 'REMOTE_CONTAINERS_SOCKETS',
    clear: 'unset',
    why: 'lists the sockets that the editor forwards',
    source: `${RELEASE}8963`,
  },
  {
    name: 'DISPLAY',
    clear: 'unset',
    beside: 'REMOTE_CONTAINERS_DISPLAY_SOCK',
    why: 'where the editor forwards it: the host’s X11 display, whose clients read each other’s keys and windows',
    source: `${RELEASE}8550`,
  },
  {
    name: 'REMOTE_CONTAINERS_DISPLAY_SOCK',
    clear: 'unset',
    why: 'the socket of that display',
    source: `${RELEASE}8550`,
  },
  { name: 'WAYLAND_DISPLAY', clear: 'unset', why: 'the host’s Wayland display', source: `${RELEASE}550` },
];

export const KEPT_VARIABLES: readonly KeptVariable[] = [
  {
    name: 'TERM_PROGRAM',
    why: 'says which terminal it is',
    source: 'https://github.com/microsoft/vscode/issues/29426',
  },
  {
    name: 'VSCODE_INJECTION',
    why: 'turns shell integration on; it marks prompts and commands in the terminal’s own output',
    source: 'https://github.com/microsoft/vscode/issues/190253',
  },
  {
    name: 'VSCODE_NONCE',
    why: 'lets the terminal tell its own marks from those of a program; it opens nothing',
    source: 'https://github.com/microsoft/vscode/issues/190253',
  },
  {
    name: 'VSCODE_PROXY_URI',
    why: 'a pattern of addresses at which code-server shows ports of the box',
    source: 'https://github.com/coder/code-server/issues/1510',
  },
  {
    name: 'VSCODE_INSPECTOR_OPTIONS',
    why: 'a socket of the debugger, which runs in the box; without it, debugging in the terminal breaks',
    source: 'https://github.com/denoland/deno/pull/31949',
  },
  {
    name: 'REMOTE_CONTAINERS',
    why: 'says that this is a dev container',
    source: `${RELEASE}3734`,
  },
  {
    name: 'VSCODE_REMOTE_CONTAINERS_SESSION',
    why: 'a number of the session, which only marks processes',
    source: `${RELEASE}3585`,
  },
  {
    name: 'ELECTRON_RUN_AS_NODE',
    why: 'makes Electron behave like Node; it names nothing',
    source: GIT_ASKPASS,
  },
];
