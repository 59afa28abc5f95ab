/** Something that an editor puts into a temporary folder and that reaches back to the host. */
export interface Leftover {
  /** How the audit log calls it. File names are the agent's to choose, so they are not logged. */
  readonly id: string;
  readonly name: RegExp;
  /** Only this kind of file is removed; a folder or link of that name is somebody else's. */
  readonly kind: 'socket' | 'file';
  readonly opens: string;
  readonly source: string;
}

const RELEASE = 'https://github.com/microsoft/vscode-remote-release/issues/';

/**
 * VS Code and what is made from it: Cursor and Windsurf keep its names, and Cursor adds one. Of Zed, JetBrains' editors
 * and Fleet no socket in a temporary folder is known to us (places.ts).
 */
export const LEFTOVERS: readonly Leftover[] = [
  {
    id: 'vscode-ssh-auth',
    // With Dev Containers `…-UUID.sock`, with Remote-SSH `…-sock-NUMBER`.
    name: /^vscode-ssh-auth-(?:.*\.sock|sock-\d+)$/s,
    kind: 'socket',
    opens: 'the SSH keys of the host’s agent',
    source: `${RELEASE}4202`,
  },
  {
    id: 'vscode-ipc',
    name: /^vscode-ipc-.*\.sock$/s,
    kind: 'socket',
    opens: 'commands of the editor on the host (`code`, opening of addresses and extensions)',
    source: `${RELEASE}11426`,
  },
  {
    id: 'vscode-git',
    name: /^vscode-git-.*\.sock$/s,
    kind: 'socket',
    opens: 'the host’s git credentials',
    source: 'microsoft/vscode, extensions/git/src/ipc/ipcServer.ts',
  },
  {
    id: 'vscode-remote-containers-ipc',
    name: /^vscode-remote-containers-ipc-.*\.sock$/s,
    kind: 'socket',
    opens: 'calls into the Dev Containers extension on the host',
    source: `${RELEASE}4202`,
  },
  {
    id: 'vscode-remote-containers-js',
    name: /^vscode-remote-containers-.*\.js$/s,
    kind: 'file',
    opens: 'the helper that makes those calls',
    source: 'https://github.com/devcontainers/cli/issues/441',
  },
  {
    id: 'vscode-wayland',
    // A mount point where the editor mounted it, and then busy.
    name: /^vscode-wayland-.*\.sock$/s,
    kind: 'socket',
    opens: 'the host’s screen and keyboard',
    source: `${RELEASE}8487`,
  },
  {
    id: 'cursor-remote-ssh',
    name: /^cursor-remote-ssh-.*\.sock$/s,
    kind: 'socket',
    opens: 'the SSH keys of the host’s agent: SSH_AUTH_SOCK names it',
    source: 'https://github.com/stuartleeks/devcontainer-cli/issues/92',
  },
];

export const leftoverOf = (name: string): Leftover | undefined => LEFTOVERS.find((known) => known.name.test(name));
