import { ToolError } from '../../core/errors.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { printable } from '../../core/printable.ts';
import type { Terminal } from '../../host/terminal.ts';
import type { Services } from '../../verbs/services.ts';
import { defineCommand } from '../command.ts';

const JSON_OPTION = { flags: '--json', summary: 'print a document for programs' };

const document = (result: object): string => `${JSON.stringify({ schemaVersion: 1, ...result }, null, 2)}\n`;

/** Sizes as people compare them. */
const size = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

function show(now: Services, terminal: Terminal): ExitCode {
  terminal.out(`${now.project}: ${now.state}\n`);
  for (const { service, state, health, ports, name } of now.containers) {
    terminal.out(`  ${service.padEnd(9)} ${(health || state).padEnd(9)} ${name}${ports === '' ? '' : ` ${ports}`}\n`);
  }
  if (now.folders.length > 0) terminal.out('Folders:\n');
  for (const { folder, database, running } of now.folders) {
    const found = now.databases.find(({ name }) => name === database);
    const held = found ? `${size(found.bytes)}, ${found.connections} connections` : 'size not known';
    terminal.out(`  ${running ? 'box up  ' : 'box down'} ${printable(folder)}: ${database} (${held})\n`);
  }
  const others = now.databases.filter(({ name }) => !now.folders.some(({ database }) => database === name));
  for (const { name, bytes } of others) terminal.out(`  no folder: ${printable(name)} (${size(bytes)})\n`);
  if (now.outdated) terminal.out('Started from other files than there are now. Next: cofferdam services up\n');
  if (now.state === 'running') return now.outdated ? EXIT.findings : EXIT.ok;
  terminal.out('Next: cofferdam services up (a box that comes up starts them by itself)\n');
  return EXIT.incomplete;
}

/** What is lost goes by name, and only with a yes. */
async function askForData(cwd: string, yes: boolean, terminal: Terminal): Promise<boolean> {
  const { services } = await import('../../verbs/services.ts');
  const { volumes, folders } = await services(cwd);
  terminal.err('This deletes for good:\n');
  for (const volume of volumes) terminal.err(`  volume ${volume}\n`);
  for (const { folder, database } of folders) terminal.err(`  database ${database} of ${printable(folder)}\n`);
  if (yes) return true;
  if (!terminal.interactive) {
    throw new ToolError('usage', 'Nobody is there to confirm that data is deleted.', 'Add --yes.');
  }
  const { confirm } = await import('../../host/confirm.ts');
  return await confirm('Delete it?');
}

export default defineCommand({
  name: 'services',
  summary: 'start, stop or look at what worktrees share: up, down, status',
  description:
    'The services of the policy’s key `shared` run once for a repository and all its worktrees. A box that comes up starts them and gets a database of its own; this command is for looking at them and for stopping them.',
  subcommands: [
    {
      name: 'up',
      summary: 'start them, also anew where their files have changed',
      options: [JSON_OPTION],
      examples: [['cofferdam services up', 'start them, or take up changed settings']],
      async run({ cwd, options }, terminal) {
        const { servicesUp } = await import('../../verbs/services.ts');
        const now = await servicesUp(cwd, (line) => terminal.err(`${printable(line)}\n`));
        if (options['json'] !== true) return show(now, terminal);
        terminal.out(document(now));
        return now.state === 'running' ? EXIT.ok : EXIT.incomplete;
      },
    },
    {
      name: 'down',
      summary: 'stop and remove them; the data stays',
      description: 'Refused while boxes of this repository run. The data stays in a volume, unless --data is given.',
      options: [
        { flags: '--force', summary: 'although boxes use them' },
        { flags: '--data', summary: 'delete every database of this repository’s folders too, after naming them' },
        { flags: '--yes', summary: 'with --data: do not ask' },
        JSON_OPTION,
      ],
      examples: [
        ['cofferdam services down', 'stop them; the next box starts them again'],
        ['cofferdam services down --data', 'and delete what they hold'],
      ],
      async run({ cwd, options }, terminal) {
        const data = options['data'] === true;
        if (data && !(await askForData(cwd, options['yes'] === true, terminal))) return EXIT.findings;
        const { servicesDown } = await import('../../verbs/services.ts');
        const result = await servicesDown(cwd, { force: options['force'] === true, data });
        if (options['json'] === true) {
          terminal.out(document(result));
          return EXIT.ok;
        }
        const { removed, kept } = result;
        terminal.out(removed.length === 0 ? 'Nothing to remove.\n' : 'Removed:\n');
        for (const name of removed) terminal.out(`  ${printable(name)}\n`);
        if (kept.length > 0) terminal.out('Kept (remove with --data):\n');
        for (const name of kept) terminal.out(`  ${printable(name)}\n`);
        return EXIT.ok;
      },
    },
    {
      name: 'status',
      summary: 'say whether they run, who uses them and what they hold',
      description:
        'Exit code: 0 running; 1 running, but from other files than there are now; 3 not running, or Postgres is not healthy.',
      options: [JSON_OPTION],
      examples: [['cofferdam services status', 'state, folders, databases with their size, ports']],
      async run({ cwd, options }, terminal) {
        const { services } = await import('../../verbs/services.ts');
        const now = await services(cwd);
        if (options['json'] !== true) return show(now, terminal);
        terminal.out(document(now));
        return now.state !== 'running' ? EXIT.incomplete : now.outdated ? EXIT.findings : EXIT.ok;
      },
    },
  ],
  examples: [
    ['cofferdam services status', 'state, folders, databases with their size, ports'],
    ['cofferdam services down', 'stop them and keep the data'],
  ],
  run: () => Promise.resolve(EXIT.usage),
});
