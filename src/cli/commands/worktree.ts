import { ToolError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit.ts';
import { printable } from '../../core/printable.ts';
import type { Terminal } from '../../host/terminal.ts';
import { table } from '../../report/worktrees.ts';
import { defineCommand } from '../command.ts';

const NAME = { name: 'NAME', summary: 'name of the worktree, which is that of its branch', required: true } as const;
const JSON_OPTION = { flags: '--json', summary: 'print a document for programs' } as const;

const document = (terminal: Terminal, content: object): void =>
  terminal.out(`${JSON.stringify({ schemaVersion: 1, ...content }, null, 2)}\n`);

const listed = (terminal: Terminal, title: string, lines: readonly string[]): void => {
  if (lines.length > 0) terminal.out(`${title}\n${lines.map((line) => `  ${printable(line)}\n`).join('')}`);
};

const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

const add = defineCommand({
  name: 'add',
  summary: 'make a checkout of its own, with its own box, for a branch',
  description: `Makes the folder REPOSITORY-NAME beside the repository, with a new branch NAME and the main checkout's policy.

clone: the checkout has a repository of its own, which borrows the main one's objects; its branch comes back with
\`worktree land\`. shared: a worktree of git's, whose agent can write every branch of the repository.

Run again after it was ended, or after a folder was moved, it puts things right.`,
  arguments: [NAME],
  options: [
    { flags: '--base <ref>', summary: 'where the branch begins (default: what is checked out)' },
    { flags: '--isolation <kind>', summary: 'in place of what the policy says', choices: ['clone', 'shared'] },
    JSON_OPTION,
  ],
  examples: [
    ['cofferdam worktree add fix-login', 'begin where the main checkout is'],
    ['cofferdam worktree add fix-login --base v2.1', 'begin at a tag'],
  ],
  async run({ cwd, options, arguments: [name = ''] }, terminal) {
    const { addWorktree } = await import('../../verbs/worktree-add.ts');
    const { base, isolation } = options;
    const result = await addWorktree(cwd, name, {
      base: typeof base === 'string' ? base : undefined,
      isolation: isolation === 'clone' || isolation === 'shared' ? isolation : undefined,
    });
    if (options['json'] === true) {
      document(terminal, result);
      return EXIT.ok;
    }
    const from = result.mended ? 'put right' : `on branch ${result.branch}, from ${result.base.slice(0, 12)}`;
    terminal.out(`${printable(result.path)}: ${from} (${result.isolation})\n`);
    listed(terminal, 'Note:', result.notes);
    terminal.out(`Next: cd ${printable(quoted(result.path))} && cofferdam up\n`);
    return EXIT.ok;
  },
});

const list = defineCommand({
  name: 'list',
  summary: 'show the worktrees and how far they are',
  description: `One line for each worktree of this repository: its branch, its box, how far it is ahead of and behind its base, commits
that the main checkout does not have, ports on this machine, disk, and when something was last done in it.`,
  options: [JSON_OPTION],
  examples: [['cofferdam worktree list', 'from any of them']],
  async run({ cwd, options }, terminal) {
    const { listWorktrees } = await import('../../verbs/worktree-list.ts');
    const worktrees = await listWorktrees(cwd);
    if (options['json'] === true) document(terminal, { worktrees });
    else
      terminal.out(
        worktrees.length === 0
          ? 'No worktrees. Next: cofferdam worktree add NAME\n'
          : table(worktrees, (time) => (Date.now() - Date.parse(time)) / 1000),
      );
    return worktrees.some(({ faults }) => faults.length > 0) ? EXIT.incomplete : EXIT.ok;
  },
});

const land = defineCommand({
  name: 'land',
  summary: 'take the branch of a worktree over into the main checkout',
  description: `Fetches the branch NAME with every object checked, and runs nothing of the agent's on the way. Your checkout stays as it
is: merge the branch when you have read it. Refuses a history that was rewritten (--force takes it) and changes to what
this machine may execute, such as .vscode/tasks.json; it lists them, and --accept takes one.`,
  arguments: [NAME],
  options: [
    { flags: '--force', summary: 'take a history that was rewritten' },
    {
      flags: '--accept <path>',
      summary: 'take a change to this file or folder; may be given several times',
      repeatable: true,
    },
    JSON_OPTION,
  ],
  examples: [
    ['cofferdam worktree land fix-login', 'take it over; then: git merge fix-login'],
    ['cofferdam worktree land fix-login --accept .vscode/tasks.json', 'after reading that change'],
  ],
  async run({ cwd, options, arguments: [name = ''] }, terminal) {
    const { landWorktree } = await import('../../verbs/worktree-land.ts');
    const accept = options['accept'];
    const result = await landWorktree(cwd, name, {
      force: options['force'] === true,
      accept: Array.isArray(accept) ? accept.map(String) : [],
    });
    if (options['json'] === true) {
      document(terminal, result);
      return EXIT.ok;
    }
    const { branch, before, after, commits, accepted } = result;
    const span =
      before === undefined || before === after ? after.slice(0, 12) : `${before.slice(0, 12)}..${after.slice(0, 12)}`;
    terminal.out(
      commits === 0
        ? `Branch ${branch} has nothing new (${after.slice(0, 12)}).\n`
        : `Branch ${branch} has ${commits} new commit${commits > 1 ? 's' : ''} (${span}).\n`,
    );
    listed(terminal, 'Accepted, though this machine may execute it:', accepted);
    terminal.out(`Next: git log -p ${branch} | git merge ${branch}\n`);
    return EXIT.ok;
  },
});

const remove = defineCommand({
  name: 'remove',
  summary: 'remove a worktree, its box and everything made for it',
  description: `Refuses if commits are not in the main checkout or files are not committed; --force removes all the same. The branch goes
too if another one has all of it, or with --force.`,
  arguments: [NAME],
  options: [{ flags: '--force', summary: 'also lose work that was not taken over, and the branch' }, JSON_OPTION],
  examples: [
    ['cofferdam worktree remove fix-login', 'after its branch was merged'],
    ['cofferdam worktree remove fix-login --force', 'throw its work away'],
  ],
  async run({ cwd, options, arguments: [name = ''] }, terminal) {
    const { removeWorktree } = await import('../../verbs/worktree-remove.ts');
    const result = await removeWorktree(cwd, name, { force: options['force'] === true });
    if (options['json'] === true) {
      document(terminal, result);
      return EXIT.ok;
    }
    listed(terminal, 'Removed:', result.removed);
    listed(terminal, 'Kept:', result.kept);
    return EXIT.ok;
  },
});

export default defineCommand({
  name: 'worktree',
  summary: 'work on several branches at once, each in a box of its own',
  description:
    'Each worktree has its own checkout, containers, networks and volumes. The commands work in the main checkout and in each of its worktrees.',
  examples: [['cofferdam worktree add fix-login', 'a second checkout, for a second agent']],
  subcommands: [add, list, land, remove],
  async run() {
    throw new ToolError('usage', 'Say what to do with a worktree.', 'cofferdam worktree --help');
  },
});
