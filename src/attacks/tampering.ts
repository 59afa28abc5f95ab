import { attacksOf } from './attack.ts';

export default attacksOf('tampering', [
  {
    id: 'TAM-01',
    title: 'initializeCommand',
    severity: 'critical',
    summary:
      'The command runs on the host at every start and reopen; whoever can change it, or the script it calls, runs code there.',
    residual: 'Nothing, as long as the folder of the configuration is read-only inside.',
  },
  {
    id: 'TAM-02',
    title: 'The compose file or Dockerfile is edited',
    severity: 'critical',
    summary:
      'A changed definition takes effect at the next rebuild: a privileged service, a mount of the host’s root, a build that sees secrets.',
    residual: 'A build runs without the box’s network limits.',
  },
  {
    id: 'TAM-03',
    title: 'Compose variables from an .env that the agent writes',
    severity: 'critical',
    summary: 'Values in .env decide mount sources, images and even which compose files are read.',
    residual: 'Nothing, as long as the .env that compose reads is read-only inside.',
  },
  {
    id: 'TAM-04',
    title: 'A second configuration is planted',
    severity: 'high',
    summary:
      'A new dev container configuration in a place that tools look at is offered, or taken by default if the first one is gone.',
    residual: 'Configurations in nested folders that somebody opens on their own.',
  },
  {
    id: 'TAM-05',
    title: 'Editor tasks that run when the folder opens',
    severity: 'critical',
    summary: 'A task in the workspace runs on the host when the folder is opened there and trusted.',
    residual: 'Nothing at the top of the workspace; nested folders that are opened on their own remain.',
  },
  {
    id: 'TAM-06',
    title: 'Editor settings that name programs',
    severity: 'critical',
    summary:
      'Settings, launch configurations and MCP lists in the workspace name interpreters and servers that the host’s editor starts.',
    residual: 'Nested folders that are opened on their own.',
  },
  {
    id: 'TAM-07',
    title: 'Git hooks',
    severity: 'critical',
    summary: 'Git on the host runs hooks that were written inside; git status shows nothing of it.',
    residual: 'Hooks of a tool that keeps them under another name in the tree.',
  },
  {
    id: 'TAM-08',
    title: 'Programs named in .git/config',
    severity: 'critical',
    summary: 'A dozen keys of git’s configuration name programs; some of them run on a plain git status.',
    residual: 'Nothing, as long as the file and its parents stay as they are.',
  },
  {
    id: 'TAM-09',
    title: 'git is redirected by .git/commondir',
    severity: 'critical',
    summary:
      'One line in that file makes git use the configuration and hooks of another folder, past all mounts on the real ones.',
    residual: 'Hostile index and object files; git does not promise to withstand them.',
  },
  {
    id: 'TAM-10',
    title: '.git is swapped as a whole',
    severity: 'critical',
    summary: 'The folder is renamed and replaced, or becomes a file that points elsewhere.',
    residual: 'Nothing where .git is a mount point of its own.',
  },
  {
    id: 'TAM-11',
    title: 'Metadata of submodules and worktrees',
    severity: 'high',
    summary: 'Configurations and hooks below .git/modules and .git/worktrees are executed like the main ones.',
    residual: 'Faults in git’s own handling of submodules.',
  },
  {
    id: 'TAM-12',
    title: 'The main repository’s .git is writable from a worktree',
    severity: 'critical',
    summary:
      'A worktree’s container with the main .git mounted can plant hooks for the main checkout and rewrite other branches.',
    residual: 'References of other branches, where a worktree has to share the repository.',
  },
  {
    id: 'TAM-13',
    title: 'Entry points of package managers and build tools',
    severity: 'high',
    summary:
      'Scripts, plug-ins, wrappers and build outputs in the workspace run when somebody builds or tests on the host.',
    residual: 'Open by nature: do not run the project’s code on the host.',
  },
  {
    id: 'TAM-14',
    title: 'Shell files that run by themselves (.envrc)',
    severity: 'high',
    summary: 'direnv asks again when the file itself changes, but not for files that it includes.',
    residual: 'Files that an approved .envrc includes.',
  },
  {
    id: 'TAM-15',
    title: 'CI workflows',
    severity: 'high',
    summary: 'A workflow that the person pushes runs with the repository’s secrets, or on a runner of their own.',
    residual: 'Review what you push: workflows are ordinary files of the workspace.',
  },
  {
    id: 'TAM-16',
    title: 'Agent configuration that an agent on the host executes',
    severity: 'critical',
    summary:
      'Hooks, MCP servers and permissions in the workspace’s agent folders take effect for an agent that runs on the host.',
    residual: 'Names of agents that the list of protected paths does not know.',
  },
  {
    id: 'TAM-17',
    title: 'Poisoned instructions',
    severity: 'medium',
    summary: 'Instruction files carry an injection over to the next agent, which may be less contained.',
    residual: 'How models behave; review instruction files like code.',
  },
  {
    id: 'TAM-18',
    title: 'The agent edits its own policy',
    severity: 'high',
    summary:
      'A policy or permission file within reach is changed, or broken so that the tool falls back to something weaker.',
    residual: 'Nothing for cofferdam’s policy; the agent’s own permission files are its own.',
  },
]);
