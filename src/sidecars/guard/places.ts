/** A folder in which an editor puts sockets or the like. */
export interface Place {
  /** As Markdown. */
  readonly place: string;
  readonly who: string;
  /** Where that is below a watched folder, which is the box's /tmp; `undefined`: nowhere. UID stands for the user's number. */
  readonly below?: string;
  /** What becomes of it: looked at in each round, or why it is not. */
  readonly note: string;
  readonly source: string;
}

export const PLACES: readonly Place[] = [
  {
    place: '`/tmp`',
    who: 'VS Code, Cursor and Windsurf where XDG_RUNTIME_DIR is not set; the Dev Containers extension always',
    below: '',
    note: 'looked at in each round',
    source: 'https://github.com/microsoft/vscode/issues/107596',
  },
  {
    place: '`/tmp/user`',
    who: 'the folder above the next one',
    below: 'user',
    note: 'looked at in each round',
    source: 'https://github.com/microsoft/vscode-remote-release/issues/8487',
  },
  {
    place: '`/tmp/user/UID`',
    who: 'VS Code in a dev container with a runtime directory there',
    below: 'user/UID',
    note: 'looked at in each round',
    source: 'https://github.com/microsoft/vscode-remote-release/issues/8487',
  },
  {
    place: '`$XDG_RUNTIME_DIR`, usually `/run/user/UID`',
    who: 'VS Code (its git extension, too); Windsurf (alok-debnath/wsl-windsurf-launcher, issue 1); VS Code’s Remote-SSH for the SSH agent',
    note: 'not seen unless it lies below /tmp; in the box it belongs to root and is closed, and /run/user is not there',
    source: 'https://github.com/microsoft/vscode-remote-release/issues/2335',
  },
  {
    place: '`$TMPDIR`, `$TMP`, `$TEMP`',
    who: 'whatever asks Node for a temporary folder',
    note: 'not seen unless it lies below /tmp; in the box none is set',
    source: 'https://nodejs.org/api/os.html#ostmpdir',
  },
  {
    place: '`/tmp/.X11-unix`',
    who: 'the Dev Containers extension, for the host’s X11 display',
    note: 'seen and left alone: Xvfb in the box makes sockets of the same name',
    source: 'https://github.com/microsoft/vscode-remote-release/issues/11098',
  },
  {
    place: '`~/.gnupg/S.gpg-agent`',
    who: 'the Dev Containers extension, where the box has gpgconf; the image has none',
    note: 'not seen: the home directory is the agent’s container’s own',
    source: 'https://github.com/microsoft/vscode-remote-release/issues/8625',
  },
  {
    place: '`~/.local/share/zed/server_state`',
    who: 'Zed’s remote server',
    note: 'not seen, as above',
    source: 'zed-industries/zed, crates/paths/src/paths.rs',
  },
  {
    place: '`~/.cache/JetBrains/RemoteDev`',
    who: 'JetBrains’ editors keep their server there; a socket of theirs is in no source that we found',
    note: 'not seen, as above',
    source: 'none',
  },
  {
    place: 'of Fleet',
    who: 'no source that we found says where, or whether',
    note: 'not known',
    source: 'none',
  },
];
