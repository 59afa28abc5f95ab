/**
 * Variables through which an editor or a desktop hands its powers to processes in the container. `empty`: an empty
 * value keeps programs from falling back to a default path, where unsetting it would not. Clearing them is hygiene, not
 * a boundary: /proc/PID/environ of a parent process keeps what it was started with (proc(5)).
 */
export interface EditorVariable {
  readonly name: string;
  readonly clear: 'empty' | 'unset';
  readonly why: string;
}

export const EDITOR_VARIABLES: readonly EditorVariable[] = [
  { name: 'SSH_AUTH_SOCK', clear: 'empty', why: 'the host’s SSH agent signs with the user’s keys' },
  { name: 'GPG_AGENT_INFO', clear: 'empty', why: 'the host’s GPG agent signs and decrypts' },
  { name: 'BROWSER', clear: 'empty', why: 'the editor’s helper opens URLs on the host' },
  {
    name: 'VSCODE_IPC_HOOK_CLI',
    clear: 'unset',
    why: 'the socket through which `code` opens files, URLs and extensions on the host',
  },
  {
    name: 'VSCODE_GIT_IPC_HANDLE',
    clear: 'unset',
    why: 'the socket through which git asks the editor for credentials',
  },
  { name: 'GIT_ASKPASS', clear: 'unset', why: 'the editor’s helper that answers with the host’s git credentials' },
  { name: 'SSH_ASKPASS', clear: 'unset', why: 'as GIT_ASKPASS, for ssh and as git’s fall-back' },
  { name: 'VSCODE_GIT_ASKPASS_MAIN', clear: 'unset', why: 'part of that helper' },
  { name: 'VSCODE_GIT_ASKPASS_NODE', clear: 'unset', why: 'part of that helper' },
  { name: 'VSCODE_GIT_ASKPASS_EXTRA_ARGS', clear: 'unset', why: 'part of that helper' },
  { name: 'REMOTE_CONTAINERS_IPC', clear: 'unset', why: 'remote procedure calls into the editor on the host' },
  { name: 'REMOTE_CONTAINERS_SOCKETS', clear: 'unset', why: 'lists the sockets that the editor forwards' },
  { name: 'REMOTE_CONTAINERS_DISPLAY_SOCK', clear: 'unset', why: 'the host’s X11 display: reads keys and screen' },
  { name: 'WAYLAND_DISPLAY', clear: 'unset', why: 'the host’s Wayland display' },
];
