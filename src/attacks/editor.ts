import { attacksOf } from './attack.ts';

export default attacksOf('editor', [
  {
    id: 'VSC-01',
    title: 'The editor’s command-line socket acts on the host',
    severity: 'critical',
    summary:
      'A process that reaches the socket asks the editor on the host to open files, folders and URLs, or to install extensions.',
    residual:
      'Where the editor’s server runs in the agent’s container, sockets in places that prevention does not cover.',
  },
  {
    id: 'VSC-02',
    title: 'Sockets outside of /tmp',
    severity: 'high',
    summary: 'Socket folders follow XDG_RUNTIME_DIR and TMPDIR, so a clean-up that looks into /tmp alone misses them.',
    residual: 'Nothing where the server cannot bind in any of them.',
  },
  {
    id: 'VSC-03',
    title: 'A cleared environment is recovered',
    severity: 'high',
    summary:
      'Values that a shell has unset are still in the environment of its parent process and in the kernel’s socket list.',
    residual: 'Clearing variables is hygiene only; /proc keeps what a process was started with.',
  },
  {
    id: 'VSC-04',
    title: 'Shells that skip the hardening script',
    severity: 'high',
    summary:
      'Processes started directly, or by shells that read other start files, never run the script that clears the environment.',
    residual: 'Programs executed directly, without any shell, keep what they were given.',
  },
  {
    id: 'VSC-05',
    title: 'Sockets come back after they were deleted',
    severity: 'high',
    summary:
      'The editor makes new sockets on attach, reload and for each terminal; a loop with an end misses the later ones.',
    residual: 'Deletion always leaves a window; a spinning process of the same user wins it about half of the time.',
  },
  {
    id: 'VSC-06',
    title: 'The remote-containers RPC socket',
    severity: 'critical',
    summary:
      'The socket between the container and the editor’s extension offers helpers for credentials and Docker to whoever connects.',
    residual: 'Names change with the editor’s versions.',
  },
  {
    id: 'VSC-07',
    title: 'Taking over the editor’s remote server',
    severity: 'critical',
    summary:
      'The agent edits the server’s program or an installed extension; the changed code then talks to the editor on the host as a trusted part.',
    residual: 'Open in topology `attached`: the server runs as the agent’s user. Out of reach in `split`.',
  },
  {
    id: 'VSC-08',
    title: 'The agent edits its own hardening',
    severity: 'high',
    summary:
      'Scripts and start files that belong to the agent are changed, shadowed by others in PATH, or made to lie to the verifier.',
    residual: 'Start files in the agent’s home are its own; the scripts they call are root’s.',
  },
  {
    id: 'VSC-09',
    title: 'The editor runs workspace code for the agent',
    severity: 'high',
    summary:
      'Even with another user for the editor, its tasks, language servers and test runners execute files of the workspace.',
    residual: 'High: an editor that executes workspace content lends its powers to whoever wrote it.',
  },
  {
    id: 'VSC-10',
    title: 'IDE servers of coding agents',
    severity: 'medium',
    summary:
      'Lock files in a shared agent folder hold tokens of an IDE server on the host, which opens files and runs code.',
    residual: 'Nothing, as long as the agent’s folder is the box’s own.',
  },
]);
