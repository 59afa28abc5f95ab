import type { AttackId } from '../core/finding.ts';
import type { Some } from '../core/span.ts';
import { installRisks } from './installs.ts';
import type { Policy } from './policy.ts';
import { printPorts } from './ports.ts';

/** Attacks that a setting leaves open, or that stay open whatever is set. */
export interface Residual {
  /** The setting, as it is written in the policy; undefined: by nature. */
  readonly setting: string | undefined;
  readonly because: string;
  readonly attacks: Some<AttackId>;
}

type Settings = Pick<Policy, 'egress' | 'topology' | 'ipc' | 'docker' | 'forward' | 'shared' | 'accept' | 'worktrees'> &
  Partial<Pick<Policy, 'stack' | 'actions'>>;

/** What the default box is, for places without a policy. */
export const DEFAULTS: Settings = {
  egress: 'open',
  topology: 'attached',
  ipc: 'prevent',
  docker: 'read',
  accept: [],
  worktrees: { isolation: 'clone' },
};

/** What remains possible in a box that holds all it promises. `cofferdam explain --risks` and every report print it. */
export function residualRisks(policy: Settings): readonly Residual[] {
  const risks: Residual[] = [
    {
      setting: undefined,
      because:
        'git on the host that writes .git/config (git push -u, git config, git branch -d) lifts its protection in the running box until the next `cofferdam up`',
      attacks: ['TAM-08'],
    },
    {
      setting: undefined,
      because:
        'a nested repository names programs in its own configuration: git add, git describe --dirty, an editor that looks for repositories, or any git command in its folder runs them on the host; `cofferdam status` names those in the index',
      attacks: ['TAM-11'],
    },
    {
      setting: undefined,
      because:
        'a link in .git in place of a file that git writes (COMMIT_EDITMSG, FETCH_HEAD, logs) leads git on the host to any file of yours: `git commit --amend` there writes the agent’s message through it; `cofferdam status` names such links, and `cofferdam worktree land` needs no git in a worktree',
      attacks: ['TAM-10'],
    },
    {
      setting: undefined,
      because:
        'the workspace is writable: package scripts, Makefiles, CI workflows and instructions such as AGENTS.md take effect when somebody builds, tests, pushes or starts an agent with them',
      attacks: ['TAM-13', 'TAM-15', 'TAM-17'],
    },
    {
      setting: undefined,
      because: 'the workspace is readable, with the .env files and the history in it',
      attacks: ['CRD-09'],
    },
    {
      setting: undefined,
      because:
        'the agent reads its own token, and so does every program that it starts: processes of one user read each other’s memory and environment',
      attacks: ['CRD-07', 'CRD-08'],
    },
    {
      setting: undefined,
      because:
        '`sh -c` and a direct exec read no start-up file: a variable that is injected there is not cleared, and /proc/PID/environ keeps what a process was started with',
      attacks: ['VSC-03', 'VSC-04'],
    },
    {
      setting: undefined,
      because:
        'the terminal that shows the agent belongs to the host: output can set its clipboard, and in VS Code (1.139, as read in its source) ask for what is in it: the answer comes as input, with what a password manager put there',
      attacks: ['UIX-02'],
    },
    {
      setting: undefined,
      because: 'packages that the agent installs run with all that the agent may do',
      attacks: ['SUP-04', 'SUP-05'],
    },
    {
      setting: undefined,
      because: 'the kernel is shared with the host: a fault in it, or in the container runtime, is a way out',
      attacks: ['KRN-01', 'RUN-12'],
    },
    {
      setting: undefined,
      because: 'the workspace’s disk can be filled, and money spent on the model’s API',
      attacks: ['RES-03', 'RES-04'],
    },
    {
      setting: undefined,
      because:
        'the agent has the host user’s number, and the kernel counts some things by it: with all inotify instances taken, file watchers of the host’s user and of the editor fail until the box stops',
      attacks: ['RES-05'],
    },
  ];
  if (policy.shared !== undefined) {
    risks.push({
      setting: 'shared: postgres',
      because:
        'folders feel each other’s load and full disks, see each other’s names, and a hole in PostgreSQL that makes a role a superuser opens every folder’s database',
      attacks: ['SHR-01', 'SHR-02'],
    });
  }
  if (policy.egress === 'open') {
    risks.push({
      setting: 'egress: open',
      because:
        'whatever can be read inside can be sent anywhere, and services of the host and the local network answer',
      attacks: ['NET-01', 'NET-02', 'NET-03', 'NET-06', 'NET-07', 'NET-13'],
    });
  }
  if (policy.topology === 'attached') {
    risks.push({
      setting: 'topology: attached',
      because:
        'the editor’s server runs as the agent’s user in the agent’s container: it can be changed, its settings with it, what it holds can be read, and what it runs of the workspace it runs beside the agent',
      attacks: ['VSC-07', 'CRD-08', 'VSC-09'],
    });
  } else {
    risks.push({
      setting: 'topology: split',
      because:
        'what the editor itself runs of the workspace it runs in its container, beside its server: extensions that load the workspace’s configuration and packages (ESLint, test runners, TypeScript of the workspace), debug sessions, tasks of type `process` or with a shell of their own (`options.shell.executable`), filters and diff programs of a nested repository if an extension starts git there, `exec` lines of a rebase that the agent prepared in .git, once it goes on (VS Code does that when you commit in its view; `git status` names a rebase), an agent that is an extension and was installed by hand; a *.code-workspace file that the agent wrote brings settings of its own once you open it',
      attacks: ['VSC-09'],
    });
  }
  if (policy.topology === 'attached' && policy.ipc === 'prevent') {
    risks.push({
      setting: 'ipc: prevent',
      because:
        'what the desktop’s Dev Containers extension puts into /tmp, the SSH agent and the calls to itself, does not follow the runtime directory: the guard removes it a moment later, and a program that does nothing but try connects to about half of such sockets first',
      attacks: ['CRD-01', 'VSC-05', 'VSC-06'],
    });
  }
  if (policy.ipc === 'guard') {
    risks.push({
      setting: 'ipc: guard',
      because:
        'an editor’s socket is there for a moment before the guard removes it: a program in its container that does nothing but try connects to about half of them, and keeps the connection',
      attacks: ['VSC-01', 'VSC-05', 'VSC-06'],
    });
  }
  if (policy.ipc === 'allow') {
    risks.push({
      setting: 'ipc: allow',
      because:
        'every program in the editor’s container commands the editor on the host: it opens files and addresses, installs extensions and gets the host’s git credentials',
      attacks: ['VSC-01', 'VSC-02', 'VSC-05', 'VSC-06'],
    });
  }
  if (policy.docker === 'read') {
    risks.push({
      setting: 'docker: read',
      because:
        'logs and descriptions of the project’s own containers are readable, secrets in them only as far as they are recognised',
      attacks: ['DKR-02', 'DKR-03'],
    });
  }
  if (policy.docker === 'sandboxed') {
    risks.push({
      setting: 'docker: sandboxed',
      because:
        'as with docker: read; besides, the agent runs containers as their root with the capabilities of a database image, behind the kernel’s and the engine’s own walls, and pulls images that sandbox.images names',
      attacks: ['DKR-02', 'DKR-03', 'KRN-01'],
    });
  }
  const actions = Object.keys(policy.actions ?? {});
  if (actions.length > 0) {
    risks.push({
      setting: 'actions',
      because: `whatever runs in the agent’s container triggers ${actions.join(', ')}, within their limits, and reads what they print: what the programs do with the arguments is theirs to get right`,
      attacks: ['SHR-04'],
    });
  }
  if (policy.forward?.length) {
    risks.push({
      setting: `forward: [${printPorts(policy.forward).join(', ')}]`,
      because:
        'what comes to these ports of this machine, the agent gets: the code of a login that returns there, and what a browser keeps for localhost (cookies know no ports), unless it is a profile of its own with the box’s proxy',
      attacks: ['PRT-01', 'PRT-03'],
    });
  }
  if (policy.stack?.name === 'node') risks.push(...installRisks(policy.stack));
  if (policy.worktrees.isolation === 'shared') {
    risks.push({
      setting: 'worktrees.isolation: shared',
      because:
        'the agent of a worktree can move, delete and read every branch, stash and HEAD of the main repository; with clone it has branches of its own',
      attacks: ['TAM-12'],
    });
  }
  return risks;
}
