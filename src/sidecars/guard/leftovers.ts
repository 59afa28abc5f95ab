/** Something that an editor puts into a temporary folder and that reaches back to the host. */
export interface Leftover {
  /** How the audit log calls it. File names are the agent's to choose, so they are not logged. */
  readonly id: string;
  readonly name: RegExp;
  /** Only this kind of file is removed; a folder or link of that name is somebody else's. */
  readonly kind: 'socket' | 'file';
  readonly opens: string;
}

/**
 * VS Code and what is made from it. Cursor keeps VS Code's names and adds one of its own
 * (stuartleeks/devcontainer-cli issue 92); no name of Windsurf's own is known to us.
 */
export const LEFTOVERS: readonly Leftover[] = [
  {
    id: 'vscode-ssh-auth',
    // With Dev Containers `…-UUID.sock`, with Remote-SSH `…-sock-NUMBER`.
    name: /^vscode-ssh-auth-(?:.*\.sock|sock-\d+)$/s,
    kind: 'socket',
    opens: 'the SSH keys of the host’s agent',
  },
  {
    id: 'vscode-ipc',
    name: /^vscode-ipc-.*\.sock$/s,
    kind: 'socket',
    opens: 'commands of the editor on the host (`code`, opening of addresses and extensions)',
  },
  {
    id: 'vscode-git',
    name: /^vscode-git-.*\.sock$/s,
    kind: 'socket',
    opens: 'the host’s git credentials',
  },
  {
    id: 'vscode-remote-containers-ipc',
    name: /^vscode-remote-containers-ipc-.*\.sock$/s,
    kind: 'socket',
    opens: 'calls into the Dev Containers extension on the host',
  },
  {
    id: 'vscode-remote-containers-js',
    name: /^vscode-remote-containers-.*\.js$/s,
    kind: 'file',
    opens: 'the helper that makes those calls',
  },
  {
    id: 'vscode-wayland',
    // vscode-remote-release issue 8487; a mount point where the editor mounted it, and then busy.
    name: /^vscode-wayland-.*\.sock$/s,
    kind: 'socket',
    opens: 'the host’s screen and keyboard',
  },
  {
    id: 'cursor-remote-ssh',
    name: /^cursor-remote-ssh-.*\.sock$/s,
    kind: 'socket',
    opens: 'commands of the Cursor editor on the host',
  },
];

export const leftoverOf = (name: string): Leftover | undefined => LEFTOVERS.find((known) => known.name.test(name));
